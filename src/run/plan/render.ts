import type { RowPlan } from "../../model/guarantee.ts";
import { targetText } from "../../model/target.ts";
import { faultText } from "./faults.ts";
import { originText } from "./layer.ts";
import type { Setting } from "./merge.ts";
import type { PlannedRun, PlanSet } from "./resolve.ts";

/** What would run, for people: the runs in their order, then every value with where it came from. */
export function renderPlans(set: PlanSet): string {
  const count = set.runs.length;
  const lines = [`${count} run${count === 1 ? "" : "s"} of profile ${set.runs[0]?.plan.profile ?? ""}`, ""];
  const numbered = set.runs.map((run, i) => [
    String(i + 1),
    targetText(run.plan.target),
    ...(run.plan.row === undefined ? [varyingText(run, set)] : rowCells(run.plan.row)),
  ]);
  lines.push(...table(numbered), "");
  // Settings of a matrix differ from row to row; --json has them.
  if (set.runs.some((r) => r.plan.row !== undefined)) return lines.slice(0, -1).join("\n");
  const rows: string[][] = [];
  for (const [key, settings] of byKey(set.runs)) {
    const cells = settings.map((s) => `${s.value}\0${s.origin}`);
    for (const cell of new Set(cells)) rows.push([key, ...cell.split("\0")]);
  }
  lines.push(...table(rows));
  for (const expression of new Set(set.runs.flatMap((r) => r.plan.expect)))
    lines.push(`expect  ${expression}`);
  for (const fault of new Set(set.runs.flatMap((r) => r.plan.faults.map(faultText))))
    lines.push(`fault   ${fault}`);
  return lines.join("\n");
}

/** The same as data: each plan with the origin of every key. */
export function plansJson(set: PlanSet): unknown {
  return {
    varied: set.varied,
    runs: set.runs.map(({ plan, repeat, settings }) => ({
      plan,
      repeat,
      origins: Object.fromEntries(settings.map((s) => [s.path.join("."), originText(s.origin)])),
    })),
  };
}

interface Shown {
  readonly value: string;
  readonly origin: string;
}

/** In the order of the first run; a key that another run has beside them comes last. */
function byKey(runs: readonly PlannedRun[]): ReadonlyMap<string, readonly Shown[]> {
  const keys = new Map<string, Shown[]>();
  for (const run of runs)
    for (const setting of inOrder(run.settings)) {
      const key = setting.path.join(".");
      const shown = { value: valueText(run, setting), origin: originText(setting.origin) };
      keys.set(key, [...(keys.get(key) ?? []), shown]);
    }
  return keys;
}

/** Grouped as in a profile, whichever layer gave them. */
function inOrder(settings: readonly Setting[]): readonly Setting[] {
  const groups = [
    "seed",
    "stream",
    "load",
    "message",
    "producers",
    "consumers",
    "durability",
    "phases",
    "agents",
  ];
  const rank = (s: Setting): number => (groups.indexOf(s.path[0]!) + groups.length + 1) % (groups.length + 1);
  return [...settings].sort((a, b) => rank(a) - rank(b));
}

function valueText({ plan }: PlannedRun, { path, value }: Setting): string {
  const key = path.join(".");
  if (key === "consumers.sharing" && value === "auto") return `${plan.consumers.sharing} (auto)`;
  if (key === "load.rate" && plan.load.loop === "open" && plan.load.schedule.kind === "burst")
    return plan.load.schedule.ratePerS === 0 ? "0/s" : String(value);
  // A repeat's seed is its own.
  if (key === "seed") return String(plan.seed);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What tells a run from the others of its set, beside its target: `message.size=1KiB`. */
export function varyingText(run: PlannedRun, set: PlanSet): string {
  const parts = run.settings
    .filter((s) => set.varied.includes(s.path.join(".")))
    .map((s) => `${s.path.join(".")}=${valueText(run, s)}`);
  if (set.runs.some((r) => r.repeat > 0)) parts.push(`repeat ${run.repeat + 1}`);
  return parts.join("  ");
}

/** `at-most-once`, `crash consumer before-process`, `predicted: MISSING` */
function rowCells({ configuration, load, fault, must, may }: RowPlan): readonly string[] {
  const predicted = [...must, ...may.map((code) => `perhaps ${code}`)].join(", ") || "none";
  return [configuration, load === "throughput" ? "none, in a closed loop" : fault, `predicted: ${predicted}`];
}

/** Columns of one width each, two blanks between them. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (w, row) => row.map((cell, i) => Math.max(w[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
}

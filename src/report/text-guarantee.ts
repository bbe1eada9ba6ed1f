import type { GuaranteePlan, GuaranteeResult } from "../model/guarantee.ts";
import type { Finding, RunResult } from "../model/result.ts";
import { formatCount, formatDuration } from "../model/units.ts";
import { paint, type Style, type Tone } from "./style.ts";
import { wrap } from "./table.ts";

const TONES: Readonly<Record<GuaranteeResult["verdict"], Tone>> = {
  held: "good",
  violated: "bad",
  inconclusive: "warn",
};

/** What the run's guarantee set, promised, allowed and forbade, and what was seen. */
export function guaranteeLines(result: RunResult, style: Style): readonly string[] {
  const { guarantee } = result.plan;
  const judged = result.guarantee;
  if (guarantee === undefined || judged === undefined) return [];
  const verdict = paint(judged.verdict, TONES[judged.verdict], style);
  const observed = [
    ...judged.forbidden.map((f) => `${seenText(f)}, forbidden`),
    ...judged.allowed.map((f) => `${seenText(f)}, allowed`),
  ];
  const rows: readonly (readonly [string, string])[] = [
    ["verdict", `${verdict}: ${judged.why}`],
    ["promised", guarantee.promise],
    ["settings", settingsText(guarantee)],
    ...changedRows(guarantee),
    ["allowed", guarantee.allows.join(", ") || "nothing"],
    ["forbidden", guarantee.forbids.join(", ")],
    ...(observed.length === 0 ? ["no anomaly"] : observed).map((text) => ["observed", text] as const),
    ...(result.faults ?? []).map((f) => ["fault", faultText(f)] as const),
  ];
  return [
    `Guarantee: ${paint(guarantee.name, "strong", style)}`,
    ...rows.flatMap(([name, text]) => wrap(text, 2, `${name.padEnd(NAME_WIDTH)}  `)),
  ];
}

/** `durability=disk, producers.idempotent=true`, as the guarantee sets them. */
export function settingsText({ settings, changed }: GuaranteePlan): string {
  return entries(
    Object.fromEntries(Object.entries(settings).filter(([key]) => !Object.hasOwn(changed, key))),
  );
}

/** Where somebody knew better. */
export function changedRows({ changed }: GuaranteePlan): readonly (readonly [string, string])[] {
  return Object.keys(changed).length === 0 ? [] : [["changed", `${entries(changed)}, not by the guarantee`]];
}

const NAME_WIDTH = "forbidden".length;

function entries(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");
}

/** `LOST: 34 (producer 0, partition 0, numbers 1 020, 1 021, …)` */
function seenText({ code, count, examples }: Finding): string {
  const [first] = examples;
  if (first === undefined) return `${code}: ${formatCount(count)}`;
  const same = examples.filter((e) => e.producer === first.producer && e.partition === first.partition);
  const numbers = same.slice(0, SHOWN).map((e) => formatCount(e.sequence));
  const more = count > numbers.length ? ", …" : "";
  const where = `producer ${first.producer}, partition ${first.partition}, number${count > 1 ? "s" : ""}`;
  return `${code}: ${formatCount(count)} (${where} ${numbers.join(", ")}${more})`;
}

/** Examples that say where to look; run.json has more. */
const SHOWN = 3;

function faultText({ kind, point, side, startNs, bit }: NonNullable<RunResult["faults"]>[number]): string {
  const what = [kind, side, ...(point === undefined ? [] : [point])].join(" ");
  const when = startNs === null ? "not begun" : `at ${formatDuration(startNs)}`;
  return `${what}, ${when}: ${bit ? "it met messages" : "it did NOT bite"}`;
}

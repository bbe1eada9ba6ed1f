import { readEnvironment } from "../src/run/environment.ts";
import type { Bench, Row } from "./bench.ts";
import { ratios, spreadOf } from "./stats.ts";

export interface ResultFile {
  /** The file's text so far: rows of benches that are not run again stay, unless the machine is another. */
  readonly before: string;
  readonly rows: readonly Row[];
  /** Those that say below the table what they compare. */
  readonly benches: readonly Pick<Bench, "name" | "what" | "settings" | "peerLeavesOut">[];
}

const COLUMNS = [
  "bench",
  "measure",
  "mqbench",
  "against",
  "ratio (min…max)",
  "goal",
  "runs",
  "date",
  "notes",
];

/** Markdown: only the table's `rows`, or the whole `file`. */
export function renderResults(
  { before, rows, benches }: ResultFile,
  as: "rows" | "file",
  now = new Date(),
): string {
  const lines = rows.map((row) => lineOf(row, now));
  if (as === "rows") return `${lines.join("\n")}\n`;
  const { cpu, cores, os } = readEnvironment();
  const machine = `Machine: ${cores} cores, ${cpu}, ${os}, Node ${process.version}.`;
  const measured = new Set(rows.map((r) => keyOf(lineOf(r, now))));
  const kept = before.includes(machine)
    ? before.split("\n").filter((l) => /^\| [a-z]/.test(l) && keyOf(l) !== HEAD && !measured.has(keyOf(l)))
    : [];
  return `${[
    "# mqbench against its peers",
    "",
    "Written by `npm run bench`. Ratios are mqbench / peer of interleaved pairs, median and min…max; absolute",
    "numbers are medians of this machine, which broker and clients share. *noisy*: the ratios differ by more",
    "than 30 % of their median. A goal is met or *missed* by the median ratio; without a peer by the number.",
    "[LIMITS.md](LIMITS.md) shows by profiles what stands in the way where one is missed.",
    "",
    machine,
    "",
    `| ${COLUMNS.join(" | ")} |`,
    `|${"---|".repeat(COLUMNS.length)}`,
    ...[...kept, ...lines].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    "",
    "## What is compared",
    ...benches.flatMap(({ name, what, settings, peerLeavesOut }) => [
      "",
      `### ${name}: ${what}`,
      "",
      ...settings.map((s) => `- ${s}`),
      ...(peerLeavesOut ? ["", `The peer leaves out: ${peerLeavesOut}`] : []),
    ]),
  ].join("\n")}\n`;
}

const HEAD = COLUMNS.slice(0, 2).join(" | ");

/** Bench and measure: what makes a line the same line. */
function keyOf(line: string): string {
  return line.slice(2).split(" | ").slice(0, 2).join(" | ");
}

function lineOf(row: Row, now: Date): string {
  const ours = spreadOf(row.ours);
  const peer = row.peer && spreadOf(row.peer);
  const ratio = row.peer && spreadOf(ratios(row.ours, row.peer));
  const cells = [
    row.name,
    `${row.measure} (${row.better} is better)`,
    peer ? digits(ours.median) : spreadText(ours, ours.noisy),
    peer ? `${row.against} ${digits(peer.median)}` : row.against,
    ratio ? spreadText(ratio, ratio.noisy) : "–",
    goalText(row, (ratio ?? ours).median),
    String(row.ours.length),
    now.toISOString().slice(0, 10),
    row.notes,
  ];
  return `| ${cells.map((c) => c.replaceAll("|", "/")).join(" | ")} |`;
}

function goalText({ goal, better }: Row, median: number): string {
  if (goal === undefined) return "–";
  const isMet = better === "higher" ? median >= goal : median <= goal;
  return `${better === "higher" ? "≥" : "≤"} ${goal} ${isMet ? "met" : "**missed**"}`;
}

function spreadText(
  { median, min, max }: { median: number; min: number; max: number },
  noisy: boolean,
): string {
  return `${digits(median)} (${digits(min)}…${digits(max)})${noisy ? " noisy" : ""}`;
}

/** Three significant digits, with spaces between thousands. */
function digits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 1000
    ? String(Math.round(rounded)).replaceAll(/\B(?=(\d{3})+$)/g, " ")
    : String(rounded);
}

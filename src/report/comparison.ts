import type { RunResult } from "../model/result.ts";
import { formatCount, formatRate } from "../model/units.ts";
import { allClose } from "./closing.ts";
import { inequalities } from "./inequalities.ts";
import { LATENCY_LEGEND, SATURATED } from "./latency.ts";
import { workText } from "./load-text.ts";
import { arrange, groupBy, medianOf, type SeriesColumn, type SeriesPoint, sumOf } from "./series.ts";
import { cellRows, latencyCell } from "./series-rows.ts";
import { finish, paint, type Style, widthOf } from "./style.ts";
import { alignTable, joined, WIDTH, wrap } from "./table.ts";
import { verdictOf } from "./verdict.ts";

export interface ComparisonOptions extends Style {
  /** Where each run is stored. */
  readonly folders: readonly string[];
}

/** Several runs: what makes them unequal first, then side by side, or one row for each point. */
export function renderComparison(results: readonly RunResult[], options: ComparisonOptions): string {
  const { folders, ...style } = options;
  const points = arrange(results);
  const sections = [
    headLines(results, points, style),
    unequalLines(results, style),
    ...(points.length === 1 ? sideBySide(points[0]!, style) : [pointLines(points, style)]),
    legendLines(results, points),
    ["Files", ...folders.map((folder) => `  ${folder}`)],
    ["Again", ...[...new Set(results.map((r) => `  ${r.run.command}`))]],
  ];
  return finish(joined(sections, style), style);
}

function headLines(
  runs: readonly RunResult[],
  points: readonly SeriesPoint[],
  style: Style,
): readonly string[] {
  const bad = new Set(runs.map((r) => verdictOf(r).word).filter((w) => w !== "PASS"));
  const failed = runs.filter((r) => bad.has(verdictOf(r).word)).length;
  const word =
    bad.size === 0
      ? paint("PASS", "good", style)
      : paint(bad.size === 1 ? [...bad][0]! : "FAIL", "bad", style);
  const profiles = [...new Set(runs.map((r) => r.plan.profile))].join(", ");
  const targets = new Set(runs.map((r) => r.target.name)).size;
  return [
    `${word}  ${paint(profiles, "strong", style)}`,
    ...wrap(
      `${failed === 0 ? `all ${runs.length}` : `${runs.length - failed} of ${runs.length}`} runs passed; targets: ${targets}, points: ${points.length}`,
      2,
      "· ",
    ),
    ...(points.length === 1 ? wrap(workText(runs[0]!.plan)) : []),
  ];
}

function unequalLines(runs: readonly RunResult[], style: Style): readonly string[] {
  const differences = inequalities(runs);
  if (differences.length === 0)
    return ["Equal: the work, what an acknowledgement means, mqbench and the machine"];
  return [
    "Not equal, so read the numbers with this in mind",
    ...differences.flatMap((d) => wrap(d, 2, `${paint("! warn", "warn", style)} `)),
  ];
}

/** One column for each target, as many beside each other as fit. */
function sideBySide(point: SeriesPoint, style: Style): readonly (readonly string[])[] {
  const tables: (readonly string[])[] = [];
  let rest = point.columns;
  while (rest.length > 0) {
    let taken = Math.min(3, rest.length);
    let lines = columnLines(rest.slice(0, taken), style);
    while (taken > 1 && lines.some((l) => widthOf(l) > WIDTH))
      lines = columnLines(rest.slice(0, --taken), style);
    tables.push(lines);
    rest = rest.slice(taken);
  }
  return tables;
}

function columnLines(columns: readonly SeriesColumn[], style: Style): readonly string[] {
  const split = columns.map((c) => c.target.split("@"));
  const rows: string[][] = [
    ["", ...split.map(([name]) => paint(name!, "strong", style))],
    [
      "",
      ...columns.map(
        (c, i) =>
          `${split[i]![1] ?? ""} on ${[...new Set(c.runs.map((r) => r.target.version))].join(" or ")}`,
      ),
    ],
    ["verdict", ...columns.map((c) => verdictCell(c, style))],
  ];
  for (const [group, own] of groupBy(cellRows(columns), (row) => row.group))
    rows.push([group], ...own.map((r) => [`  ${r.name}`, ...r.cells]));
  return alignTable(rows, ["left", "right"], 0);
}

function pointLines(points: readonly SeriesPoint[], style: Style): readonly string[] {
  const rows = points.flatMap((point) =>
    point.columns.map((c, i) => [
      i === 0 ? point.label : "",
      c.target.split("@")[0]!,
      verdictCell(c, style),
      rate(medianOf(c, (r) => r.rates.publish)),
      rate(medianOf(c, (r) => r.rates.consume)),
      latencyCell(c, "e2e_response", "50"),
      latencyCell(c, "e2e_response", "99"),
      formatCount(sumOf(c, (r) => r.counts.lost)),
      c.runs.every(allClose) ? "" : "does not add up",
    ]),
  );
  const heads = ["point", "target", "verdict", "published", "consumed", "e2e p50", "e2e p99", "lost"];
  const lines = alignTable([heads, ...rows], ["left", "left", "left", "right"], 0);
  if (lines.every((l) => widthOf(l) <= WIDTH)) return lines;
  // Long labels get lines of their own.
  const bodies = alignTable(
    [heads.slice(1), ...rows.map((r) => r.slice(1))],
    ["left", "left", "right"],
    2,
    2,
  );
  return [bodies[0]!, ...rows.flatMap((r, i) => [...(r[0] === "" ? [] : [r[0]!]), bodies[i + 1]!])];
}

function legendLines(runs: readonly RunResult[], points: readonly SeriesPoint[]): readonly string[] {
  const repeats = points.some((p) => p.columns.some((c) => c.runs.length > 1));
  const isClosed = runs.some((r) => r.plan.load.loop === "closed");
  return [
    ...(isClosed ? wrap(`latencies of a closed loop are ${SATURATED}`) : []),
    ...(isClosed ? LATENCY_LEGEND.slice(1) : LATENCY_LEGEND).flatMap((l) => wrap(l)),
    ...(repeats ? wrap("of several runs of a point: rates and latencies are medians, counts are sums") : []),
  ];
}

function verdictCell(column: SeriesColumn, style: Style): string {
  const verdicts = column.runs.map(verdictOf);
  const bad = verdicts.filter((v) => v.word !== "PASS");
  const { word, tone } = bad[0] ?? verdicts[0]!;
  const of = column.runs.length === 1 ? "" : ` ${bad.length || verdicts.length} of ${verdicts.length}`;
  return paint(word, tone, style) + of;
}

const rate = (v: number | null): string => (v === null ? "–" : formatRate(v));

import type { RunResult } from "../model/result.ts";
import { otherInequalities, unequalPromise } from "./inequalities.ts";
import { invalidText, LATENCY_LEGEND, SATURATED } from "./latency.ts";
import { workText } from "./load-text.ts";
import { arrange, namesOf, type SeriesPoint } from "./series.ts";
import { failureLines, noteLines, remarkLines } from "./series-remarks.ts";
import { pointLines, sideBySide } from "./series-text.ts";
import { finish, paint, type Style, type Tone } from "./style.ts";
import { alignTable, joined, wrap } from "./table.ts";
import { verdictOf } from "./verdict.ts";

export interface ComparisonOptions extends Style {
  /** Where each run is stored. */
  readonly folders: readonly string[];
}

/** Several runs: what makes them unequal first, then side by side, or one row for each point. */
export function renderComparison(results: readonly RunResult[], options: ComparisonOptions): string {
  const { folders, ...style } = options;
  const points = arrange(results);
  const nameOf = namesOf(results);
  const tables = points.length === 1 ? sideBySide(points[0]!, style) : [pointLines(points, style)];
  const sections = [
    headLines(results, points, style),
    unequalLines(results),
    ...tables.slice(0, -1),
    [...tables.at(-1)!, "", ...legendLines(results, points)],
    failureLines(points, nameOf, style),
    remarkLines(results, nameOf, style),
    noteLines(results, nameOf),
    fileLines(folders),
    ["Again", ...[...new Set(results.map((r) => `  ${r.run.command}`))]],
  ];
  return finish(joined(sections, style), style);
}

function headLines(
  runs: readonly RunResult[],
  points: readonly SeriesPoint[],
  style: Style,
): readonly string[] {
  const bad = runs.map(verdictOf).filter((v) => v.word !== "PASS");
  const words = new Set(bad.map((v) => v.word));
  const [word, tone]: readonly [string, Tone] =
    words.size === 0 ? ["PASS", "good"] : words.size === 1 ? [bad[0]!.word, bad[0]!.tone] : ["FAIL", "bad"];
  const profiles = [...new Set(runs.map((r) => r.plan.profile))].join(", ");
  const targets = new Set(runs.map((r) => r.target.name)).size;
  const passed =
    bad.length === 0
      ? `all ${runs.length} runs passed`
      : `${runs.length - bad.length} of ${runs.length} runs passed`;
  const size = points.length === 1 ? "" : ` (targets: ${targets}, points: ${points.length})`;
  return [
    `${paint(word, tone, style)}  ${paint(profiles, "strong", style)}: ${passed}${size}`,
    ...(points.length === 1 ? wrap(workText(runs[0]!.plan)) : []),
  ];
}

function unequalLines(runs: readonly RunResult[]): readonly string[] {
  const promise = unequalPromise(runs);
  const others = otherInequalities(runs);
  if (promise === undefined && others.length === 0)
    return ["Equal: the work, what an acknowledgement means, mqbench and the machine"];
  const values = (promise?.values ?? []).map(({ target, value }) => [target, value]);
  return [
    promise === undefined ? "Not equal, so read the numbers with this in mind" : `Not equal: ${promise.what}`,
    ...alignTable(values, ["left", "left"]),
    ...others.flatMap((sentence) => wrap(sentence, 2, promise === undefined ? "· " : "· also: ")),
  ];
}

function legendLines(runs: readonly RunResult[], points: readonly SeriesPoint[]): readonly string[] {
  const repeats = points.some((p) => p.columns.some((c) => c.runs.length > 1));
  const isCensored = runs.some((r) => Object.values(r.latency).some((l) => l.censored > 0));
  const isClosed = runs.some((r) => r.plan.load.loop === "closed");
  const e2e = `e2e p50 and p99 are ${isClosed ? `service (closed loop): ${SATURATED}` : "response"}`;
  return [
    ...(points.length > 1 ? wrap(e2e) : []),
    ...(isClosed ? LATENCY_LEGEND.slice(1) : LATENCY_LEGEND).flatMap((l) => wrap(l)),
    ...(runs.some((r) => invalidText(r) !== undefined)
      ? wrap('"!" invalid: more than a quarter of it may be mqbench\'s own delay; see the warnings')
      : []),
    ...(isCensored ? wrap('"> x": messages without an end when the run was over count with their age') : []),
    ...(repeats ? wrap("of several runs of a point: rates and latencies are medians, counts are sums") : []),
  ];
}

/** Most folders that are listed one by one. */
const MOST_FOLDERS = 6;

/** The folder of a series once, and what lies in it. */
function fileLines(folders: readonly string[]): readonly string[] {
  if (folders.length === 0) return [];
  const split = folders.map((f) => /^(.*[\\/])([^\\/]+)[\\/]?$/.exec(f) ?? [f, "", f]);
  const [parent, ...others] = new Set(split.map((s) => s[1]!));
  if (parent === undefined || parent === "" || others.length > 0 || folders.length === 1)
    return ["Files", ...folders.map((f) => `  ${f}`)];
  const names = split.map((s) => s[2]!);
  const listed =
    names.length <= MOST_FOLDERS
      ? names.join(", ")
      : `${names[0]} to ${names.at(-1)}: ${names.length} folders`;
  return ["Files", `  ${parent}`, ...wrap(listed, 4)];
}

import type { RowPlan, RowResult } from "../model/guarantee.ts";
import type { RunResult } from "../model/result.ts";
import { formatCount, formatRate } from "../model/units.ts";
import { type ComparisonOptions, renderComparison } from "./comparison.ts";
import { findingText } from "./findings.ts";
import { groupBy } from "./series.ts";
import { latencyCell } from "./series-rows.ts";
import { finish, paint, type Style, type Tone } from "./style.ts";
import { cellLines, joined, wrap } from "./table.ts";
import { changedRows, settingsText } from "./text-guarantee.ts";

/** A run that is a row of a matrix and was judged. */
type Row = RunResult & { readonly plan: { readonly row: RowPlan } };

/** Several runs: a matrix where they are the rows of one, else the targets side by side. */
export function renderSeries(results: readonly RunResult[], options: ComparisonOptions): string {
  return results.some(isRow) ? renderMatrix(results, options) : renderComparison(results, options);
}

/** A matrix: what contradicts first, then each target's configurations with their price and their rows. */
function renderMatrix(results: readonly RunResult[], options: ComparisonOptions): string {
  const { folders, ...style } = options;
  const rows = results.filter(isRow);
  const folderOf = new Map(results.map((r, i) => [r, folders[i]]));
  const sections = [
    headLines(rows, style),
    ...[...groupBy(rows, (r) => r.target.name)].map(([target, own]) => targetLines(target, own, style)),
    openLines(rows, folderOf, style),
    ["How to read it", ...legendLines(rows)],
    ...(folders[0] === undefined ? [] : [["Files", `  ${folders[0].replace(/[\\/][^\\/]+$/, "")}`]]),
    ["Again", `  ${rows[0]!.run.command}`],
  ];
  return finish(joined(sections, style), style);
}

function isRow(r: RunResult): r is Row {
  return r.plan.row !== undefined;
}

/** `PUBLISH_UNKNOWN, perhaps RECOVERED`, or `none`. */
function predictedText({ must, may }: Pick<RowPlan, "must" | "may">): string {
  const perhaps = may.length === 0 ? [] : [`perhaps ${may.join(", ")}`];
  return [...must, ...perhaps].join(", ") || "none";
}

const SIGNS: Readonly<Record<RowResult["verdict"], readonly [string, Tone]>> = {
  "as predicted": ["✓", "good"],
  contradicts: ["✗", "bad"],
  inconclusive: ["!", "warn"],
};

function headLines(rows: readonly Row[], style: Style): readonly string[] {
  const count = (verdict: RowResult["verdict"]): number =>
    rows.filter((r) => verdictOf(r) === verdict).length;
  const bad = count("contradicts");
  const open = count("inconclusive");
  const [word, tone]: readonly [string, Tone] =
    bad > 0 ? ["FAIL", "bad"] : open > 0 ? ["PASS, with open rows", "warn"] : ["PASS", "good"];
  const parts = [
    `${count("as predicted")} of ${rows.length} rows as predicted`,
    ...(bad > 0 ? [`${bad} contradict`] : []),
    ...(open > 0 ? [`${open} inconclusive`] : []),
  ];
  const profiles = [...new Set(rows.map((r) => r.plan.profile))].join(", ");
  return [`${paint(word, tone, style)}  ${paint(profiles, "strong", style)}: ${parts.join(", ")}`];
}

/** A run that ended before it could be judged has no verdict of its own. */
function verdictOf(r: Row): RowResult["verdict"] {
  return r.row?.verdict ?? "inconclusive";
}

/** Columns of fault, predicted, observed and verdict, within 80. */
const WIDTHS = [17, 18, 20, 14] as const;

function targetLines(target: string, rows: readonly Row[], style: Style): readonly string[] {
  const version = rows.find((r) => r.target.version !== "")?.target.version ?? "";
  const heads = ["fault", "predicted", "observed", "verdict"];
  const lines = [...groupBy(rows, (r) => r.plan.row.configuration)].flatMap(([name, own]) => [
    "",
    ...configurationLines(name, own, style),
    ...own
      .filter((r) => r.plan.row.load === "rate" || verdictOf(r) !== "as predicted")
      .flatMap((r) => rowLines(r, style)),
  ]);
  return [`${target} ${version}`.trim(), ...cellLines(heads, WIDTHS), ...lines];
}

function rowLines(r: Row, style: Style): readonly string[] {
  const { row } = r.plan;
  const [sign, tone] = SIGNS[verdictOf(r)];
  const fault = row.load === "throughput" ? "none, closed loop" : row.fault;
  const cells = [fault, predictedText(row), observedText(r), `${sign} ${verdictOf(r)}`];
  return cellLines(cells, WIDTHS, (text, column) => (column === 3 ? paint(text, tone, style) : text));
}

/** `REDELIVERED 34, PUBLISH_UNKNOWN 3`: summed over subscriptions, and only what a prediction can be about. */
function observedText({ findings, plan: { row } }: Row): string {
  const counts = new Map<string, number>();
  for (const f of findings)
    if (f.code !== "NEVER_STEADY") counts.set(f.code, (counts.get(f.code) ?? 0) + f.count);
  const rank = (code: string): number => ([...row.must, ...row.may] as string[]).indexOf(code);
  return (
    [...counts]
      .sort(([a], [b]) => rank(a) - rank(b))
      .map(([code, n]) => `${code} ${formatCount(n)}`)
      .join(", ") || "none"
  );
}

/** The configuration with its price, and what it sets. */
function configurationLines(name: string, rows: readonly Row[], style: Style): readonly string[] {
  const calm = rows.find((r) => r.plan.row.load === "rate" && r.plan.row.fault === "none");
  const fast = rows.find((r) => r.plan.row.load === "throughput");
  const price = [
    ...(fast === undefined ? [] : [`${formatRate(fast.rates.publish)} at most`]),
    ...(calm === undefined ? [] : [`p99 ${p99(calm)} at ${formatRate(calm.rates.sent)}`]),
  ];
  const { guarantee } = rows[0]!.plan;
  const changed = guarantee === undefined ? [] : changedRows(guarantee).map(([, text]) => text);
  const settings = guarantee === undefined ? [] : [settingsText(guarantee), ...changed];
  return [
    `  ${paint(name, "strong", style)}${price.length > 0 ? `: ${price.join(", ")}` : ""}`,
    ...settings.flatMap((text) => wrap(text, 4)),
  ];
}

function p99(run: RunResult): string {
  return latencyCell({ target: run.target.name, runs: [run] }, "e2e_response", "99");
}

/** Every row that is not as predicted: why, with an example, and where it lies. */
function openLines(
  rows: readonly Row[],
  folderOf: ReadonlyMap<RunResult, string | undefined>,
  style: Style,
): readonly string[] {
  const lines = rows.flatMap((r) => {
    const verdict = verdictOf(r);
    if (verdict === "as predicted") return [];
    const [sign, tone] = SIGNS[verdict];
    const { configuration, fault } = r.plan.row;
    const known: readonly string[] = [...r.plan.row.must, ...r.plan.row.may];
    const surprising = r.findings.filter((f) => f.code !== "NEVER_STEADY" && !known.includes(f.code));
    const folder = folderOf.get(r);
    return [
      ...wrap(
        `${configuration} under ${fault} on ${r.target.name} ${verdict}: ${r.row?.why ?? "it was not judged"}`,
        2,
        `${paint(sign, tone, style)} `,
      ),
      ...surprising.flatMap((f) => wrap(findingText(f), 6)),
      ...r.exit.reasons.flatMap((reason) => wrap(reason.message, 6)),
      ...(folder === undefined ? [] : [`      ${folder}`]),
    ];
  });
  return lines.length === 0 ? [] : ["Not as predicted", ...lines];
}

function legendLines(rows: readonly Row[]): readonly string[] {
  const promises = new Map(rows.flatMap(({ plan: { guarantee: g } }) => (g ? [[g.name, g.promise]] : [])));
  return [
    ...[...promises].flatMap(([name, promise]) => wrap(`${name}: ${promise}`, 2, "· ")),
    ...wrap("nothing but what is predicted was found in a row that is as predicted", 2, "· "),
    ...wrap(
      '"at most": published per second in a closed loop; p99: end-to-end response; both without a fault',
      2,
      "· ",
    ),
    ...(rows.some((r) => p99(r).endsWith("!"))
      ? wrap("\"!\": more than a quarter of it may be mqbench's own delay; see that run's warnings", 2, "· ")
      : []),
    ...wrap("durability was tested up to the crash of a process; a loss of power was not", 2, "· "),
  ];
}

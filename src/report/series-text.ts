import type { LatencyName } from "../model/metric.ts";
import { formatCount, formatRate } from "../model/units.ts";
import { allClose } from "./closing.ts";
import { groupBy, medianOf, namesOf, type SeriesColumn, type SeriesPoint, sumOf } from "./series.ts";
import { ADDS_UP, cellRows, EVERY, latencyCell, type SeriesRow } from "./series-rows.ts";
import { paint, type Style, type Tone, widthOf } from "./style.ts";
import { alignTable, WIDTH } from "./table.ts";
import { verdictOf } from "./verdict.ts";

/** One column for each target, up to three beside each other; more are stacked in tables of equal width. */
export function sideBySide(point: SeriesPoint, style: Style): readonly (readonly string[])[] {
  const { columns } = point;
  let perTable = Math.ceil(columns.length / Math.ceil(columns.length / MOST_COLUMNS));
  for (;;) {
    const tables = chunks(columns, perTable).map((own) => columnLines(own, style));
    if (perTable === 1 || tables.flat().every((l) => widthOf(l) <= WIDTH)) return tables;
    perTable--;
  }
}

/** One line for each target of each point. */
export function pointLines(points: readonly SeriesPoint[], style: Style): readonly string[] {
  const nameOf = namesOf(points.flatMap((point) => point.columns.flatMap((c) => c.runs)));
  const rows = points.flatMap((point) =>
    point.columns.map((c, i) => [
      i === 0 ? point.label : "",
      nameOf(c.target),
      toned(verdictCell(c), style),
      rate(medianOf(c, (r) => r.rates.publish)),
      rate(medianOf(c, (r) => r.rates.consume)),
      latencyCell(c, endToEnd(c), "50"),
      latencyCell(c, endToEnd(c), "99"),
      formatCount(sumOf(c, (r) => r.counts.lost)),
      c.runs.every(allClose) ? "" : "does not add up",
    ]),
  );
  const heads = ["point", "target", "verdict", "published", "consumed", "e2e p50", "e2e p99", "lost"];
  const lines = alignTable([heads, ...rows], ["left", "left", "left", "right"], 0);
  if (lines.every((l) => widthOf(l) <= WIDTH)) return lines;
  // Long labels get lines of their own.
  const align = ["left", "left", "right"] as const;
  const bodies = alignTable([heads.slice(1), ...rows.map((r) => r.slice(1))], align, 2, 2);
  return [bodies[0]!, ...rows.flatMap((r, i) => [...(r[0] === "" ? [] : [r[0]!]), bodies[i + 1]!])];
}

/** How the runs of a point ended, in a cell or before a reason: `✗ FAIL`. Never colour or a sign alone. */
export function verdictMark(word: string, tone: Tone): string {
  return `${tone === "good" ? "✓" : tone === "bad" ? "✗" : "!"} ${word}`;
}

/** In a closed loop nothing is due, so nothing has a response. */
function endToEnd({ runs }: SeriesColumn): LatencyName {
  return runs.some((r) => r.plan.load.loop === "closed") ? "e2e_service" : "e2e_response";
}

const MOST_COLUMNS = 3;

/** Columns of a label and of the space before each cell. */
const LABEL_WIDTH = 23;
const GAP = 2;

interface Toned {
  readonly text: string;
  readonly tone: Tone | undefined;
}

function columnLines(columns: readonly SeriesColumn[], style: Style): readonly string[] {
  const width = Math.floor((WIDTH - LABEL_WIDTH) / columns.length) - GAP;
  const high = (label: string, cells: readonly Toned[]): string[][] => highRow(label, cells, width, style);
  const names = columns.map((c) => c.target.split("@"));
  const rows: string[][] = [
    ...high(
      "",
      names.map(([name]) => ({ text: name!, tone: "strong" })),
    ),
    ...high(
      "client",
      columns.map((c, i) => plain(`${names[i]![1] ?? ""} ${versions(c, "clientVersion")}`.trim())),
    ),
    ...high(
      "broker",
      columns.map((c) => plain(versions(c, "version") || "–")),
    ),
    ...high("verdict", columns.map(verdictCell)),
    ...high(
      "thresholds held",
      columns.map((c) => plain(heldText(c))),
    ),
  ];
  for (const [group, own] of groupBy(cellRows(columns), (row) => row.group)) {
    const loud = own.filter((r) => !r.isQuiet);
    if (loud.length === 0) continue;
    rows.push([group], ...loud.map((r) => [`  ${r.name}`, ...r.cells]));
    const folded = group === EVERY ? foldedText(own.filter((r) => r.isQuiet)) : "";
    if (folded !== "") rows.push([`  ${folded}`]);
  }
  return alignRows(rows);
}

/** A row of one cell is a heading, which may be wider than the column of labels. */
function alignRows(rows: readonly (readonly string[])[]): readonly string[] {
  const lines = alignTable(
    rows.filter((r) => r.length > 1),
    ["left", "right"],
    0,
    GAP,
  );
  let next = 0;
  return rows.map((row) => (row.length > 1 ? lines[next++]! : row[0]!));
}

/** `none copied, redelivered or corrupt; every count adds up` */
function foldedText(rows: readonly SeriesRow[]): string {
  const names = rows.filter((r) => r.name !== ADDS_UP).map((r) => r.name);
  const last = names.pop();
  const none = last === undefined ? [] : [`none ${[names.join(", "), last].filter(Boolean).join(" or ")}`];
  return [...none, ...(rows.some((r) => r.name === ADDS_UP) ? ["every count adds up"] : [])].join("; ");
}

/** A row whose cells may need several lines. */
function highRow(label: string, cells: readonly Toned[], width: number, style: Style): string[][] {
  const broken = cells.map(({ text, tone }) =>
    breakCell(text, width).map((line) => toned({ text: line, tone }, style)),
  );
  const height = Math.max(1, ...broken.map((lines) => lines.length));
  return Array.from({ length: height }, (_, i) => [
    i === 0 ? label : "",
    ...broken.map((lines) => lines[i] ?? ""),
  ]);
}

/** Breaks where a name has a joint, and only then anywhere. */
function breakCell(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of text.split(/(?<=[\s:@-])/).flatMap((p) => slices(p, width))) {
    if (line !== "" && (line + part).trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += part;
  }
  return [...lines, line.trimEnd()];
}

function slices(text: string, width: number): readonly string[] {
  const count = Math.max(1, Math.ceil(text.trimEnd().length / width));
  return Array.from({ length: count }, (_, i) =>
    text.slice(i * width, i === count - 1 ? undefined : (i + 1) * width),
  );
}

/** Every version once, without how it was found out: `4.3 (by its features)` → `4.3`. */
function versions(column: SeriesColumn, key: "version" | "clientVersion"): string {
  const short = column.runs.map((r) => r.target[key].replace(/\s*\(.*\)\s*$/, ""));
  return [...new Set(short.filter((v) => v !== ""))].join(" or ");
}

function verdictCell(column: SeriesColumn): Toned {
  const verdicts = column.runs.map(verdictOf);
  const bad = verdicts.filter((v) => v.word !== "PASS");
  const { word, tone } = bad[0] ?? verdicts[0]!;
  const of = column.runs.length === 1 ? "" : ` ${bad.length || verdicts.length} of ${verdicts.length}`;
  return { text: verdictMark(word, tone) + of, tone };
}

function heldText(column: SeriesColumn): string {
  const all = column.runs.flatMap((r) => r.thresholds);
  return all.length === 0 ? "–" : `${all.filter((t) => t.ok).length} of ${all.length}`;
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

const plain = (text: string): Toned => ({ text, tone: undefined });
const toned = ({ text, tone }: Toned, style: Style): string =>
  tone === undefined || text === "" ? text : paint(text, tone, style);
const rate = (v: number | null): string => (v === null ? "–" : formatRate(v));

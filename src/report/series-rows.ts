import type { LatencyName } from "../model/metric.ts";
import type { Counts, RunResult } from "../model/result.ts";
import { formatCount, formatDuration, formatRate } from "../model/units.ts";
import { allClose } from "./closing.ts";
import { isCensored, type Shown } from "./latency.ts";
import { medianOf, type SeriesColumn, sumOf } from "./series.ts";

/** One line of a table that has a column for each target. */
export interface SeriesRow {
  readonly group: string;
  readonly name: string;
  readonly cells: readonly string[];
}

/** Counts, rates, latencies and harness of each column, in the order of a single run's report. */
export function cellRows(columns: readonly SeriesColumn[]): readonly SeriesRow[] {
  const row = (group: string, name: string, cell: (c: SeriesColumn) => string): SeriesRow => ({
    group,
    name,
    cells: columns.map(cell),
  });
  const counts = COUNTED.filter(
    ([key, always]) => always || columns.some((c) => sumOf(c, (r) => r.counts[key]) > 0),
  ).map(([key]) => row("Every message", key, (c) => formatCount(sumOf(c, (r) => r.counts[key]))));
  // In a closed loop nothing is due, so there is no response, and what there is is no latency result.
  const isClosed = columns.some((c) => c.runs.some((r) => r.plan.load.loop === "closed"));
  const shown = LATENCY_CELLS.filter(([name]) => !isClosed || name.endsWith("_service"));
  const latencies = shown.map(([name, p]) =>
    row(isClosed ? "At saturation" : "Latency", `${name.replace("_", " ")} p${p}`, (c) =>
      latencyCell(c, name, p),
    ),
  );
  return [
    ...counts,
    row("Every message", "adds up", (c) => (c.runs.every(allClose) ? "yes" : "NO")),
    ...RATES.map(([name, pick]) => row("Rates", name, (c) => text(medianOf(c, pick), formatRate))),
    ...latencies.filter((r) => r.cells.some((cell) => cell !== NONE)),
    row("Harness", "late, p99", (c) =>
      text(
        medianOf(c, (r) => r.harness.latenessP99Ns),
        formatDuration,
      ),
    ),
    row("Harness", "CPU a message", (c) =>
      text(
        medianOf(c, (r) => r.harness.cpuPerMessageNs),
        formatDuration,
      ),
    ),
  ];
}

const NONE = "–";

/** Counts, and whether they are shown when all are 0. */
const COUNTED: readonly (readonly [keyof Counts, boolean])[] = [
  ["offered", true],
  ["acked", true],
  ["failed", false],
  ["unknown", false],
  ["unasked", false],
  ["delivered", true],
  ["lost", true],
  ["undelivered", false],
  ["missing", false],
  ["copied", true],
  ["redelivered", true],
  ["reordered", true],
  ["corrupt", true],
  ["foreign", false],
  ["phantom", false],
  ["unexpected", false],
];

const RATES: readonly (readonly [string, (r: RunResult) => number | null])[] = [
  ["sent", (r) => r.rates.sent],
  ["published", (r) => r.rates.publish],
  ["consumed", (r) => r.rates.consume],
];

const LATENCY_CELLS: readonly (readonly [LatencyName, Shown])[] = [
  ["publish_response", "50"],
  ["publish_response", "99"],
  ["publish_service", "50"],
  ["publish_service", "99"],
  ["e2e_response", "50"],
  ["e2e_response", "90"],
  ["e2e_response", "99"],
  ["e2e_response", "99.9"],
  ["e2e_service", "50"],
  ["e2e_service", "99"],
];

/** The median of the repeats; a lower bound if it is one for any of them. */
export function latencyCell(column: SeriesColumn, name: LatencyName, p: Shown): string {
  const own = column.runs.flatMap((r) => r.latency[name] ?? []).filter((l) => l.count > 0);
  const value = medianOf(column, (r) =>
    (r.latency[name]?.count ?? 0) > 0 ? r.latency[name]?.percentiles[p] : null,
  );
  return `${own.some((l) => isCensored(l, Number(p))) ? "> " : ""}${text(value, formatDuration)}`;
}

function text(value: number | null, format: (v: number) => string): string {
  return value === null ? NONE : format(value);
}

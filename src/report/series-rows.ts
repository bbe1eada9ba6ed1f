import type { BrokerResources } from "../model/harness.ts";
import type { LatencyName } from "../model/metric.ts";
import type { Counts, RunResult } from "../model/result.ts";
import { formatCount, formatDuration, formatRate, formatSize } from "../model/units.ts";
import { allClose } from "./closing.ts";
import { INVALID_SIGN, invalidSign, isCensored, SATURATED, type Shown } from "./latency.ts";
import { medianOf, type SeriesColumn, sumOf } from "./series.ts";

/** One line of a table that has a column for each target. */
export interface SeriesRow {
  readonly group: string;
  readonly name: string;
  readonly cells: readonly string[];
  /** It says nothing that people must see: none of them, as asked for, or beside the point of this load. */
  readonly isQuiet: boolean;
}

/** Counts, rates and latencies of each column, in the order of a single run's report. */
export function cellRows(columns: readonly SeriesColumn[]): readonly SeriesRow[] {
  // In a closed loop nothing is due, so there is no response, and what there is is no latency result.
  const isClosed = columns.some((c) => c.runs.some((r) => r.plan.load.loop === "closed"));
  const row = (group: string, name: string, isQuiet: boolean, cell: (c: SeriesColumn) => string) => ({
    group,
    name,
    isQuiet,
    // A zero of a run that measured nothing would look like a measurement.
    cells: columns.map((c) => (isEmpty(c) ? NONE : cell(c))),
  });
  const shown = isClosed ? SATURATED_CELLS : LATENCY_CELLS;
  const latency = isClosed ? `Latency: ${SATURATED}` : "Latency";
  const latencies = shown.map(([name, p]) =>
    row(latency, `${name.replace("_", " ")} ${p === "max" ? p : `p${p}`}`, false, (c) =>
      latencyCell(c, name, p),
    ),
  );
  const harness = (pick: (r: RunResult) => number) => (c: SeriesColumn) =>
    text(medianOf(c, pick), formatDuration);
  const isAchieved = columns.every((c) => c.runs.every((r) => (r.rates.achieved ?? 1) >= ACHIEVED));
  return [
    ...countRows(columns, row),
    ...RATES.map(([name, pick]) =>
      row("Rates", name, name === "sent" && isAchieved, (c) => text(medianOf(c, pick), formatRate)),
    ),
    row(
      "Rates",
      "mqbench CPU a message",
      !isClosed,
      harness((r) => r.harness.cpuPerMessageNs),
    ),
    ...latencies.filter(isTold),
    row(
      latency,
      "mqbench late p99",
      isClosed,
      harness((r) => r.harness.latenessP99Ns),
    ),
    ...[
      row("Rates", "mqbench ceiling", !isClosed, (c) =>
        text(
          medianOf(c, (r) => r.floor?.ceiling.publish ?? null),
          formatRate,
        ),
      ),
      row(latency, "mqbench floor p99", isClosed, (c) =>
        text(
          medianOf(c, (r) => r.floor?.response?.e2e_response?.["99"] ?? null),
          formatDuration,
        ),
      ),
      ...BROKER.map(([name, pick, format]) =>
        row("Broker (local, measure phase)", name, false, (c) =>
          text(
            medianOf(c, (r) => (r.resources === undefined ? null : (pick(r.resources) ?? null))),
            format,
          ),
        ),
      ),
    ].filter(isTold),
  ];
}

const isTold = (row: SeriesRow): boolean => row.cells.some((cell) => cell !== NONE);

const BROKER: readonly (readonly [
  string,
  (r: BrokerResources) => number | undefined,
  (v: number) => string,
])[] = [
  ["broker CPU a message", (r) => r.cpuPerMessageNs, formatDuration],
  ["broker memory, most", (r) => r.rssMaxBytes, formatSize],
  ["broker written a message", (r) => r.writtenPerMessageBytes, formatSize],
];

/** Group of the rows about what became of each message. */
export const EVERY = "Every message, warm-up included";
export const ADDS_UP = "adds up";

/** Whether a column has nothing to show. */
function isEmpty(column: SeriesColumn): boolean {
  return column.runs.every((r) => r.counts.offered === 0);
}

function countRows(
  columns: readonly SeriesColumn[],
  row: (group: string, name: string, isQuiet: boolean, cell: (c: SeriesColumn) => string) => SeriesRow,
): readonly SeriesRow[] {
  const total = (key: keyof Counts): number =>
    columns.reduce((n, c) => n + sumOf(c, (r) => r.counts[key] ?? 0), 0);
  const measured = columns.every((c) => !isEmpty(c));
  const addsUp = columns.every((c) => c.runs.every(allClose));
  return [
    ...COUNTED.filter(([key, when]) => when !== "some" || total(key) > 0).map(([key, when]) =>
      row(EVERY, NAMES[key] ?? key, when === "quiet" && measured && total(key) === 0, (c) =>
        formatCount(sumOf(c, (r) => r.counts[key] ?? 0)),
      ),
    ),
    row(EVERY, ADDS_UP, addsUp && measured, (c) => (c.runs.every(allClose) ? "yes" : "NO")),
  ];
}

const NONE = "–";

/** What a run sends at least of what its schedule asks for, or the rate is a result; as in the warnings. */
const ACHIEVED = 0.99;

/** Counts: always shown, quiet when all are 0, or there only when some are not. */
const COUNTED: readonly (readonly [keyof Counts, "always" | "quiet" | "some"])[] = [
  ["offered", "always"],
  ["acked", "always"],
  ["failed", "some"],
  ["unknown", "some"],
  ["unasked", "some"],
  ["delivered", "always"],
  ["lost", "always"],
  ["undelivered", "some"],
  ["missing", "some"],
  ["copied", "quiet"],
  ["redelivered", "quiet"],
  ["reordered", "quiet"],
  ["corrupt", "quiet"],
  ["foreign", "some"],
  ["phantom", "some"],
  ["unexpected", "some"],
  ["abortedRead", "some"],
  ["torn", "some"],
  ["duplicateEffects", "some"],
  ["missingEffects", "some"],
];

/** As in the report of one run. */
const NAMES: Partial<Record<keyof Counts, string>> = {
  abortedRead: "aborted and read",
  torn: "torn transactions",
  duplicateEffects: "duplicate effects",
  missingEffects: "missing effects",
};

const RATES: readonly (readonly [string, (r: RunResult) => number | null])[] = [
  ["sent", (r) => r.rates.sent],
  ["published", (r) => r.rates.publish],
  ["consumed", (r) => r.rates.consume],
];

type Cell = readonly [LatencyName, Shown | "max"];

/** End to end first: it is what users wait. Service once for each, to show what queueing adds. */
const LATENCY_CELLS: readonly Cell[] = [
  ["e2e_response", "50"],
  ["e2e_response", "99"],
  ["e2e_response", "99.9"],
  ["e2e_response", "max"],
  ["e2e_service", "99"],
  ["publish_response", "50"],
  ["publish_response", "99"],
  ["publish_service", "99"],
];

const SATURATED_CELLS: readonly Cell[] = [
  ["e2e_service", "50"],
  ["e2e_service", "99"],
  ["publish_service", "50"],
  ["publish_service", "99"],
];

/** The median of the repeats; a lower bound if it is one for any of them. */
export function latencyCell(column: SeriesColumn, name: LatencyName, p: Shown | "max"): string {
  const own = column.runs.flatMap((r) => r.latency[name] ?? []).filter((l) => l.count > 0);
  const value = medianOf(column, (r) => {
    const l = r.latency[name];
    return l === undefined || l.count === 0 ? null : p === "max" ? l.max : l.percentiles[p];
  });
  const isBound = own.some((l) => (p === "max" ? l.censored > 0 : isCensored(l, Number(p))));
  const sign = column.runs.some((r) => invalidSign(r, name, p) !== "") ? INVALID_SIGN : "";
  return `${isBound ? "> " : ""}${text(value, formatDuration)}${sign}`;
}

function text(value: number | null, format: (v: number) => string): string {
  return value === null ? NONE : format(value);
}

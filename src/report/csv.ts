import { LATENCIES } from "../model/metric.ts";
import type { RunResult } from "../model/result.ts";
import { SUMMED } from "./closing.ts";
import type { Report } from "./report.ts";
import { verdictOf } from "./verdict.ts";

/** One row a run, with the same columns for every run, so that rows of many runs can be put together. */
export const csvReport: Report = {
  name: "csv",
  summary: "one row a run: verdict, counts, rates and latencies (ms)",
  takesSeveral: true,
  render: (runs) =>
    csv([COLUMNS.map(([name]) => name), ...runs.map(({ result }) => COLUMNS.map(([, of]) => of(result)))]),
};

export type Cell = string | number | boolean | null | undefined;

/** RFC 4180, but with LF; a cell without a value is empty. */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function cell(value: Cell): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

type Column = readonly [string, (run: RunResult) => Cell];

const COUNTS = ["offered", "acked", "failed", "unknown", "unasked", ...SUMMED] as const;

const PERCENTILES = ["50", "90", "99", "99.9"] as const;

/** New columns go to the end, so that files of different versions still fit together. */
const COLUMNS: readonly Column[] = [
  ["run_id", (r) => r.run.id],
  ["started_at", (r) => r.run.startedAt],
  ["profile", (r) => r.plan.profile],
  ["target", (r) => r.target.name],
  ["version", (r) => r.target.version],
  ["client_version", (r) => r.target.clientVersion],
  ["state", (r) => r.state],
  ["verdict", (r) => verdictOf(r).word],
  ["exit_code", (r) => r.exit.code],
  ["durability", (r) => r.plan.durability],
  ["ack_copies", (r) => r.target.durability.copies],
  ["ack_flush", (r) => r.target.durability.flush],
  ["loop", (r) => r.plan.load.loop],
  ...COUNTS.map((name): Column => [name, (r) => r.counts[name]]),
  ["offered_per_s", (r) => r.rates.offered],
  ["sent_per_s", (r) => r.rates.sent],
  ["published_per_s", (r) => r.rates.publish],
  ["consumed_per_s", (r) => r.rates.consume],
  ["published_bytes_per_s", (r) => r.rates.publishBytes],
  ...LATENCIES.flatMap((name): Column[] => [
    ...PERCENTILES.map((p): Column => [`${name}_p${p}_ms`, (r) => ms(r.latency[name]?.percentiles[p])]),
    [`${name}_max_ms`, (r) => ms(r.latency[name]?.max)],
    [`${name}_count`, (r) => r.latency[name]?.count],
    // Percentiles whose rank lies among these largest samples are only lower bounds.
    [`${name}_censored`, (r) => r.latency[name]?.censored],
  ]),
  ["lateness_p99_ms", (r) => ms(r.harness.latenessP99Ns)],
  ["cpu_per_message_ns", (r) => r.harness.cpuPerMessageNs],
];

export function ms(ns: number | null | undefined): number | null {
  return ns === null || ns === undefined ? null : ns / 1e6;
}

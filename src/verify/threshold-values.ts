import { LATENCIES, type LatencyName } from "../model/metric.ts";
import type { RunResult } from "../model/result.ts";
import { formatCount, formatDuration, formatRate, formatSize } from "../model/units.ts";
import { COUNT_METRICS, type Metric, RATE_METRICS } from "./threshold-metrics.ts";

/** What thresholds are judged on. */
export interface Measured extends Pick<RunResult, "counts" | "rates" | "latency"> {
  /** Any percentile (0–100] of a latency in ns; null where it was not recorded. */
  percentile(of: LatencyName, p: number): number | null;
}

/** A value in the metric's base unit; a lower bound where unfinished messages decide it. */
export interface Actual {
  readonly value: number;
  readonly isLowerBound: boolean;
}

/** The value of a metric, or null where there is no sample. */
export function measure(metric: Metric, measured: Measured): Actual | null {
  switch (metric.kind) {
    case "count": {
      // Some counts are only of plans that can have them.
      const value = measured.counts[metric.of];
      return value === undefined ? null : { value, isLowerBound: false };
    }
    case "rate": {
      const value = measured.rates[metric.of];
      return value === null ? null : { value, isLowerBound: false };
    }
    case "latency":
      return measureLatency(metric, measured);
  }
}

/** The censored samples of a summary are its largest ones, each at the age it had at the end. */
function measureLatency(metric: Metric & { kind: "latency" }, measured: Measured): Actual | null {
  const { of, aggregate } = metric;
  const summary = measured.latency[of];
  const count = summary?.count ?? 0;
  if (aggregate.kind === "count") return { value: count, isLowerBound: false };
  if (!summary || count === 0) return null;
  const finished = count - summary.censored;
  switch (aggregate.kind) {
    case "percentile": {
      const ns = measured.percentile(of, aggregate.p);
      if (ns === null) return null;
      return { value: ns / 1e6, isLowerBound: Math.ceil((aggregate.p / 100) * count) > finished };
    }
    case "min":
      return { value: summary.min / 1e6, isLowerBound: finished === 0 };
    case "mean":
    case "max":
      return { value: summary[aggregate.kind] / 1e6, isLowerBound: summary.censored > 0 };
  }
}

/** For people, with its unit. */
export function textOf(metric: Metric, actual: Actual | null): string {
  if (actual === null) return "no samples";
  const bound = actual.isLowerBound ? "> " : "";
  const { value } = actual;
  if (metric.kind === "count" || (metric.kind === "latency" && metric.aggregate.kind === "count"))
    return formatCount(value);
  if (metric.kind === "latency") return `${bound}${formatDuration(value * 1e6)}`;
  if (metric.unit === "ratio") return `${(Math.floor(value * 1e4) / 100).toFixed(2)}%`;
  return metric.unit === "bytes per second" ? `${formatSize(value)}/s` : formatRate(value);
}

/** The percentiles of the flat block; a threshold can ask for any. */
const FLAT_PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99] as const;

/**
 * The flat `metrics` block of a result: counts and rates by the names that thresholds use, latencies with
 * their unit behind (`e2e_response.p99_ms`). What was not measured, or is known only to be more than some
 * value, is absent rather than wrong.
 */
export function metricsOf(measured: Measured): Readonly<Record<string, number>> {
  const out: Record<string, number> = {};
  const add = (name: string, metric: Metric): void => {
    const actual = measure(metric, measured);
    if (actual && !actual.isLowerBound && Number.isFinite(actual.value)) out[name] = actual.value;
  };
  for (const [name, of] of Object.entries(COUNT_METRICS))
    add(name, { kind: "count", name, of, isDelivery: false });
  for (const [name, [of, unit]] of Object.entries(RATE_METRICS)) add(name, { kind: "rate", name, of, unit });
  for (const of of LATENCIES) {
    add(`${of}.count`, { kind: "latency", name: of, of, aggregate: { kind: "count" } });
    for (const kind of ["min", "mean", "max"] as const)
      add(`${of}.${kind}_ms`, { kind: "latency", name: of, of, aggregate: { kind } });
    for (const p of FLAT_PERCENTILES)
      add(`${of}.p${p}_ms`, { kind: "latency", name: of, of, aggregate: { kind: "percentile", p } });
  }
  return out;
}

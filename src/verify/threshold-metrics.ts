import { LATENCIES, type LatencyName } from "../model/metric.ts";
import type { Counts, Rates } from "../model/result.ts";

/** What a threshold can be about. `ratio` is 0–1. */
export type MetricUnit = "ms" | "count" | "per second" | "bytes per second" | "ratio";

export type Metric =
  | {
      readonly kind: "latency";
      readonly name: string;
      readonly of: LatencyName;
      readonly aggregate: Aggregate;
    }
  | { readonly kind: "rate"; readonly name: string; readonly of: keyof Rates; readonly unit: MetricUnit }
  | {
      readonly kind: "count";
      readonly name: string;
      readonly of: keyof Counts;
      readonly isDelivery: boolean;
    };

type Aggregate =
  | { readonly kind: "percentile"; readonly p: number }
  | { readonly kind: "mean" | "max" | "min" | "count" };

export const RATE_METRICS: Readonly<Record<string, readonly [of: keyof Rates, unit: MetricUnit]>> = {
  "rate.offered": ["offered", "per second"],
  "rate.sent": ["sent", "per second"],
  "rate.publish": ["publish", "per second"],
  "rate.consume": ["consume", "per second"],
  "rate.achieved": ["achieved", "ratio"],
  "rate.publish_bytes": ["publishBytes", "bytes per second"],
};

/** What became of messages after the broker had them: a guarantee speaks of these. */
const DELIVERY_COUNTS: Readonly<Record<string, keyof Counts>> = {
  lost: "lost",
  missing: "missing",
  undelivered: "undelivered",
  redelivered: "redelivered",
  copied: "copied",
  reordered: "reordered",
  corrupt: "corrupt",
  foreign: "foreign",
  phantom: "phantom",
  unexpected: "unexpected",
  recovered: "recovered",
  aborted_read: "abortedRead",
  torn: "torn",
  duplicate_effects: "duplicateEffects",
  missing_effects: "missingEffects",
};

const PUBLISH_COUNTS: Readonly<Record<string, keyof Counts>> = {
  offered: "offered",
  acked: "acked",
  failed: "failed",
  unknown: "unknown",
  unasked: "unasked",
  late: "late",
  delivered: "delivered",
  unique: "unique",
};

export const COUNT_METRICS: Readonly<Record<string, keyof Counts>> = {
  ...PUBLISH_COUNTS,
  ...DELIVERY_COUNTS,
};

/** `e2e_response.p99.9`, `rate.publish`, `lost` → what it is; undefined when there is no such metric. */
export function findMetric(name: string): Metric | undefined {
  if (Object.hasOwn(COUNT_METRICS, name))
    return {
      kind: "count",
      name,
      of: COUNT_METRICS[name]!,
      isDelivery: Object.hasOwn(DELIVERY_COUNTS, name),
    };
  if (Object.hasOwn(RATE_METRICS, name)) {
    const [of, unit] = RATE_METRICS[name]!;
    return { kind: "rate", name, of, unit };
  }
  const dot = name.indexOf(".");
  const of = LATENCIES.find((l) => l === name.slice(0, dot));
  const aggregate = of && parseAggregate(name.slice(dot + 1));
  return of && aggregate ? { kind: "latency", name, of, aggregate } : undefined;
}

function parseAggregate(text: string): Aggregate | undefined {
  if (text === "mean" || text === "max" || text === "min" || text === "count") return { kind: text };
  const match = /^p(\d{1,3}(?:\.\d+)?)$/.exec(text);
  const p = Number(match?.[1]);
  return match && p > 0 && p <= 100 ? { kind: "percentile", p } : undefined;
}

/** Every metric there is, in a sentence. */
export function metricHelp(): string {
  const latencies = LATENCIES.join(", ");
  return `Metrics are ${Object.keys(COUNT_METRICS).join(", ")}, ${Object.keys(RATE_METRICS).join(", ")}, and p50, p99.9 (any percentile), mean, max, min or count of ${latencies}, such as e2e_response.p99.`;
}

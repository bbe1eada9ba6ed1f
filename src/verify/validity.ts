import type { FloorResult, MetricValidity } from "../model/harness.ts";
import type { LatencyName } from "../model/metric.ts";
import type { RunResult, ThresholdResult } from "../model/result.ts";
import { COUNT_METRICS, findMetric, type Metric, RATE_METRICS } from "./threshold-metrics.ts";
import type { Measured } from "./threshold-values.ts";
import { holds, type Threshold } from "./thresholds.ts";

/** What validity is judged on. */
export interface ValidityEvidence extends Measured, Pick<RunResult, "plan"> {
  /** Every message of the run is accounted for. */
  readonly closes: boolean;
  /** How late messages were offered by our own fault, ns at a percentile; 100 is the maximum. */
  lateness(p: number): number;
  /** How late a thread that only sleeps woke, in the agents that produce or in any, ns at a percentile. */
  hiccup(where: "produce" | "any", p: number): number;
  /** What the harness reaches alone; undefined where that was not measured. */
  readonly ceiling: FloorResult["ceiling"] | undefined;
  /** Codes of what pulled at the harness: named beside what is invalid. */
  readonly causes: readonly string[];
}

/** A response percentile is ours when this share of it may be (docs/measuring.md, "What makes a number invalid"). */
const OWN_SHARE = 0.25;
/** The harness must be able to reach this much more than what was measured. */
const HEADROOM = 1.2;
/** A schedule that was kept to this share was not held up by anything. */
const KEPT = 0.99;
/** What `validity` lists of each response; a threshold can add any other. */
const LISTED = ["p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "max"] as const;

const VALID: MetricValidity = { verdict: "valid", codes: [] };
const UNCHECKED: MetricValidity = { verdict: "unchecked", codes: [] };

/** The verdicts of all counts, rates and responses, and of what thresholds ask for beyond them. */
export function validityOf(
  e: ValidityEvidence,
  alsoAsked: readonly string[] = [],
): Readonly<Record<string, MetricValidity>> {
  const names = [
    ...Object.keys(COUNT_METRICS),
    ...Object.keys(RATE_METRICS),
    ...RESPONSES.flatMap((of) => LISTED.map((aggregate) => `${of}.${aggregate}`)),
    ...alsoAsked,
  ];
  const out: Record<string, MetricValidity> = {};
  for (const name of names) {
    const metric = findMetric(name);
    const verdict = metric && judgeMetric(metric, e);
    if (verdict) out[name] = verdict;
  }
  return out;
}

/** @returns undefined for what was not measured */
export function judgeMetric(metric: Metric, e: ValidityEvidence): MetricValidity | undefined {
  switch (metric.kind) {
    case "count":
      return judgeCount(metric.of, e);
    case "rate":
      return e.rates[metric.of] === null ? undefined : judgeRate(metric.of, e);
    case "latency":
      return judgeLatency(metric, e);
  }
}

/**
 * Whether a threshold's verdict could be the harness's. It only makes a response longer, by `ownNs` at most: a
 * verdict that is the same without that stands. And it only makes a throughput smaller, who knows by how much.
 * Counts are not asked here: an open ledger or drain makes the whole run invalid.
 */
export function restsOnInvalid(
  { metric, op, limit }: Pick<Threshold, "metric" | "op" | "limit">,
  { ok, actual }: Pick<ThresholdResult, "ok" | "actual">,
  validity: MetricValidity | undefined,
): boolean {
  if (validity?.verdict !== "invalid" || metric.kind === "count" || actual === null) return false;
  if (metric.kind === "rate") return !(ok && (op === ">" || op === ">="));
  const withoutUs = actual - (validity.ownNs ?? Number.POSITIVE_INFINITY) / 1e6;
  return holds(withoutUs, op, limit, false) !== ok;
}

const RESPONSES = ["publish_response", "e2e_response"] as const satisfies readonly LatencyName[];

function judgeCount(of: string, { closes, counts }: ValidityEvidence): MetricValidity {
  if (!closes) return { verdict: "invalid", codes: ["LEDGER_OPEN"] };
  // What had not arrived when the drain's time was up may be lost, or not.
  const isOpen = counts.undelivered > 0 && ["lost", "missing", "unique", "delivered"].includes(of);
  return isOpen ? { verdict: "invalid", codes: ["UNDELIVERED"] } : VALID;
}

function judgeRate(of: Metric["of"], e: ValidityEvidence): MetricValidity {
  const { rates, ceiling, plan } = e;
  // The schedule's own number.
  if (of === "offered") return VALID;
  const isKept = rates.achieved !== null && rates.achieved >= KEPT;
  const isConsume = of === "consume";
  if (isKept && (!isConsume || rates.consume >= KEPT * rates.publish * plan.stream.subscriptions))
    return VALID;
  if (ceiling === undefined) return UNCHECKED;
  const [reached, most] = isConsume
    ? [rates.consume, ceiling.consume]
    : of === "sent" || of === "achieved"
      ? [rates.sent, ceiling.sent]
      : [rates.publish, ceiling.publish];
  return most < HEADROOM * reached ? { verdict: "invalid", codes: ["HARNESS_BOUND", ...e.causes] } : VALID;
}

function judgeLatency(
  { of, aggregate }: Metric & { kind: "latency" },
  e: ValidityEvidence,
): MetricValidity | undefined {
  const summary = e.latency[of];
  if (summary === undefined || summary.count === 0) return undefined;
  const isResponse = RESPONSES.some((name) => name === of);
  // Only a response has a due time to be late for; at saturation there is none, and no latency result.
  if (!isResponse || e.plan.load.loop === "closed") return UNCHECKED;
  if (aggregate.kind === "count" || aggregate.kind === "min") return VALID;
  // The mean is judged like the median.
  const p = aggregate.kind === "percentile" ? aggregate.p : aggregate.kind === "max" ? 100 : 50;
  const ns = aggregate.kind === "percentile" ? (e.percentile(of, p) ?? 0) : summary[aggregate.kind];
  const limit = OWN_SHARE * ns;
  const latenessNs = e.lateness(p);
  const hiccupNs = e.hiccup(of === "publish_response" ? "produce" : "any", p);
  const codes = [
    ...(latenessNs > limit ? ["HARNESS_LATE"] : []),
    ...(hiccupNs > limit ? ["HARNESS_HICCUP"] : []),
  ];
  if (codes.length === 0) return VALID;
  return { verdict: "invalid", codes: [...codes, ...e.causes], ownNs: Math.max(latenessNs, hiccupNs) };
}

import type { HistogramSum } from "../load/histogram-frame.ts";
import { createSchedule } from "../load/schedule.ts";
import { percentileOf } from "../model/hdr.ts";
import { LATENCIES, type LatencyName } from "../model/metric.ts";
import type { Plan, SchedulePlan } from "../model/plan.ts";
import type { Counts, LatencySummary, Phase, Rates, Series } from "../model/result.ts";
import type { Interval, Tally } from "./tally.ts";

export type EncodeHistogram = (counts: ArrayLike<number>) => string;

/** The latency block of a result. */
export function latencyOf(
  tally: Tally,
  encode: EncodeHistogram,
): Partial<Record<LatencyName, LatencySummary>> {
  const out: Partial<Record<LatencyName, LatencySummary>> = {};
  for (const name of LATENCIES) {
    const sum = tally.histograms[name];
    if (sum.count > 0 || sum.anomalies > 0) out[name] = summaryOf(sum, encode);
  }
  return out;
}

function summaryOf(s: HistogramSum, encode: EncodeHistogram): LatencySummary {
  const mean = s.count === 0 ? 0 : s.sum / s.count;
  return {
    unit: "ns",
    count: s.count,
    min: s.count === 0 ? 0 : Math.round(s.min),
    mean: Math.round(mean),
    stdDev: s.count === 0 ? 0 : Math.round(Math.sqrt(Math.max(0, s.sumOfSquares / s.count - mean * mean))),
    max: Math.round(s.max),
    percentiles: percentilesOf((p) => (s.count === 0 ? 0 : percentileOf(s.buckets, s.count, p, s.max))),
    censored: s.censored,
    anomalies: s.anomalies,
    histogram: { format: "hdr-v2-deflate-base64", digits: 3, data: encode(s.buckets) },
  };
}

/** The percentiles that a result tells, whole ns. */
export function percentilesOf(at: (p: number) => number): LatencySummary["percentiles"] {
  return {
    "50": Math.round(at(50)),
    "75": Math.round(at(75)),
    "90": Math.round(at(90)),
    "95": Math.round(at(95)),
    "99": Math.round(at(99)),
    "99.9": Math.round(at(99.9)),
    "99.99": Math.round(at(99.99)),
  };
}

/** Rates of the part of the measure phase that was run. */
export function ratesOf(
  plan: Plan,
  tally: Tally,
  phases: readonly Phase[],
  counts: Pick<Counts, "offered" | "bytesOffered">,
): Rates {
  const measure = phases.find((p) => p.name === "measure");
  const seconds = measure ? (measure.endNs - measure.startNs) / 1e9 : 0;
  const perS = (n: number): number => (seconds > 0 ? n / seconds : 0);
  const sum = (of: (p: Tally["producers"][number]) => number): number =>
    tally.producers.reduce((n, p) => n + of(p), 0);
  const sent = perS(sum((p) => p.sentInWindow));
  const offered = plan.load.loop === "open" && measure ? perS(scheduled(plan, measure)) : null;
  return {
    offered,
    sent,
    // Without acknowledgements what was sent is all that is known of publishing.
    publish: plan.durability === "none" ? sent : perS(sum((p) => p.ackedInWindow)),
    consume:
      plan.consumers.start === "after-producers"
        ? drainRate(tally, phases)
        : perS(tally.arrivals().reduce((n, a) => n + a.consumedInWindow, 0)),
    achieved: offered === null ? null : offered > 0 ? sent / offered : 0,
    publishBytes:
      plan.durability === "none"
        ? sent * (counts.offered > 0 ? counts.bytesOffered / counts.offered : 0)
        : perS(sum((p) => p.ackedBytesInWindow)),
  };
}

/** A backlog is consumed after the measure phase: from the drain's start until the last message came. */
function drainRate(tally: Tally, phases: readonly Phase[]): number {
  const drain = phases.find((p) => p.name === "drain");
  const seconds = drain ? (tally.lastArrivalNs - drain.startNs) / 1e9 : 0;
  return seconds > 0 ? tally.ledger.unique / seconds : 0;
}

/** How many messages the schedule has within a span of the measure phase. */
function scheduled(plan: Plan, span: Phase): number {
  if (plan.load.loop !== "open") return 0;
  const { schedule } = plan.load;
  const { measureNs, warmupNs } = plan.phases;
  const seconds = (span.endNs - span.startNs) / 1e9;
  switch (schedule.kind) {
    case "uniform":
      return schedule.ratePerS * seconds;
    case "poisson":
      return drawn(plan, schedule, span);
    case "ramp": {
      const share = (span.endNs - warmupNs) / measureNs;
      return (schedule.fromPerS + ((schedule.toPerS - schedule.fromPerS) * share) / 2) * seconds;
    }
    case "steps": {
      const stepS = measureNs / 1e9 / schedule.ratesPerS.length;
      return schedule.ratesPerS.reduce(
        (n, rate, i) => n + rate * Math.min(stepS, Math.max(0, seconds - i * stepS)),
        0,
      );
    }
    case "burst": {
      const bursts = Math.ceil(span.endNs / schedule.everyNs) - Math.ceil(span.startNs / schedule.everyNs);
      return schedule.ratePerS * seconds + bursts * schedule.messages;
    }
  }
}

/** What chance had due: the same seeds give the same schedules that the producers had. */
function drawn(plan: Plan, schedule: SchedulePlan, span: Phase): number {
  let due = 0;
  for (let producer = 0; producer < plan.producers.count; producer++) {
    const next = createSchedule(schedule, plan.phases, plan.seed, producer, plan.producers.count);
    for (let at = next(); at < span.endNs; at = next()) if (at >= span.startNs) due++;
  }
  return due;
}

/** The per-second series of the measure phase. */
export function seriesOf(
  plan: Plan,
  intervals: readonly Interval[],
  latency: ReadonlyMap<number, IntervalLatency>,
): Series {
  const first = Math.floor(plan.phases.warmupNs / 1e9);
  const last = Math.ceil((plan.phases.warmupNs + plan.phases.measureNs) / 1e9);
  const own = intervals.slice(first, last);
  return {
    intervalS: 1,
    t: own.map((i) => i.index),
    sent: own.map((i) => i.sent),
    published: own.map((i) => i.published),
    consumed: own.map((i) => i.consumed),
    e2eP50: own.map((i) => latency.get(i.index)?.p50 ?? null),
    e2eP99: own.map((i) => latency.get(i.index)?.p99 ?? null),
    e2eMax: own.map((i) => latency.get(i.index)?.max ?? null),
    backlog: own.map((i) => i.backlog),
  };
}

export interface IntervalLatency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function intervalLatency(s: HistogramSum): IntervalLatency {
  const at = (p: number): number => Math.round(percentileOf(s.buckets, s.count, p, s.max));
  return { p50: at(50), p99: at(99), max: Math.round(s.max) };
}

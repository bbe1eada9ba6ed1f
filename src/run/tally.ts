import { FRAME } from "../load/frames.ts";
import { addEncoded, createHistogramSum, type HistogramSum } from "../load/histogram-frame.ts";
import { RECORDED, type RecordedName } from "../load/metrics.ts";
import { readMoments } from "../load/moments.ts";
import { readOutcomes } from "../load/outcome-log.ts";
import { decodePage } from "../load/page-frame.ts";
import type { ProcessingCounters } from "../load/processing-order.ts";
import type { ProducerTick, SubscriptionTick, Tick } from "../load/protocol.ts";
import { readSights, type Sights } from "../load/sight-log.ts";
import { readTransactions } from "../load/transaction-log.ts";
import { flowBucketNs } from "../model/flow.ts";
import { BUCKETS, bucketIndex } from "../model/hdr.ts";
import type { LatencyName } from "../model/metric.ts";
import { LATENCIES } from "../model/metric.ts";
import { type Displacements, sumDisplacements } from "../model/order.ts";
import { type Plan, partitionsAtMost } from "../model/plan.ts";
import { FlowSum } from "../verify/flow-sum.ts";
import { type ArrivalSums, Ledger } from "../verify/ledger.ts";
import type { AgentProcess } from "./agent-process.ts";
import { AgentVitals } from "./agent-vitals.ts";
import type { TickCounts } from "./journal-replay.ts";
import { mergedOrder } from "./merged-order.ts";

/** What happened within one second of the run. */
export interface Interval {
  readonly index: number;
  sent: number;
  published: number;
  consumed: number;
  /** Offered but not yet seen by the average subscription, when the interval ended. */
  backlog: number;
  readonly latency: Partial<Record<LatencyName, HistogramSum>>;
}

const INTERVAL_NS = 1e9;

/** A piece of a shipment. */
interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** Everything that the agents of a run have shipped so far, added up. */
export class Tally {
  readonly ledger: Ledger;
  readonly histograms: Readonly<Record<RecordedName, HistogramSum>>;
  readonly intervals: Interval[] = [];
  readonly agents = new Map<string, AgentVitals>();
  /** When something last arrived. */
  lastArrivalNs = 0;
  readonly #plan: Plan;
  readonly #subscriptions: readonly string[];
  readonly #producers = new Map<number, ProducerTick>();
  /** Agent → its newest tick. */
  readonly #ticks = new Map<string, TickCounts>();
  /** Agent → frames of the shipment whose tick has not come yet. */
  readonly #waiting = new Map<string, Frame[]>();
  readonly #acked = new Map<string, number>();
  /** Agent → repeats that the ledger found in its pages since its last moments. */
  readonly #repeats = new Map<string, number>();
  /** Only where the plan has faults. */
  readonly flow: FlowSum | undefined;
  /** Agents whose shipments count when they are complete, since a journal has what was not shipped. */
  readonly #journalled = new Set<string>();
  readonly #ended = new Set<string>();
  /** Subscription → agent → what it saw, where the plan asks for their order over several agents. */
  readonly #sights = new Map<number, Map<string, Sights[]>>();

  constructor(
    plan: Plan,
    subscriptions: readonly string[],
    agents: readonly Pick<AgentProcess, "name" | "pid" | "init">[],
  ) {
    this.#plan = plan;
    this.#subscriptions = subscriptions;
    const { warmupNs, measureNs } = plan.phases;
    if (plan.faults.length > 0) this.flow = new FlowSum(flowBucketNs(warmupNs + measureNs));
    this.ledger = new Ledger(plan.producers.count * partitionsAtMost(plan.stream), subscriptions);
    this.histograms = Object.fromEntries(
      RECORDED.map((name) => [name, createHistogramSum(BUCKETS)]),
    ) as Record<RecordedName, HistogramSum>;
    for (const agent of agents) this.join(agent);
  }

  /** An agent ships from now on. */
  join(agent: Pick<AgentProcess, "name" | "pid" | "init">): void {
    this.agents.set(agent.name, new AgentVitals(agent, this.#plan));
    if (agent.init.journal !== undefined) this.#journalled.add(agent.name);
  }

  /** The last tick that came from an agent. */
  newestTick(agent: string): TickCounts | undefined {
    return this.#ticks.get(agent);
  }

  frame(agent: string, type: number, payload: Buffer): void {
    if (type !== FRAME.histogram && !this.#journalled.has(agent)) {
      this.#count(agent, type, payload);
      return;
    }
    const waiting = this.#waiting.get(agent) ?? [];
    // Copied: the payload is only valid during this call, the interval is known with the tick.
    waiting.push({ type, payload: Buffer.from(payload) });
    this.#waiting.set(agent, waiting);
  }

  /** An agent was killed: half a shipment is dropped, for its journal has all that was not shipped. */
  ended(agent: string, frames: readonly Frame[], counts: TickCounts): void {
    this.#waiting.set(agent, [...frames]);
    this.#account(agent, counts, this.#ticks.get(agent));
    this.#ticks.set(agent, counts);
    this.#ended.add(agent);
  }

  #count(agent: string, type: number, payload: Buffer): void {
    switch (type) {
      case FRAME.outcomes:
        readOutcomes(payload, (lane, from, count, outcome) => {
          this.ledger.settled(lane, from, count, outcome);
          if (outcome === "acked") this.#acked.set(agent, (this.#acked.get(agent) ?? 0) + count);
        });
        return;
      case FRAME.transactions:
        readTransactions(payload, (lane, from, transaction) => this.ledger.began(lane, from, transaction));
        return;
      case FRAME.page: {
        const p = decodePage(payload);
        const repeats = this.ledger.arrived(p.subscription, p.lane, p.number, p.low, p.seen, p.flagged);
        this.#repeats.set(agent, (this.#repeats.get(agent) ?? 0) + repeats);
        return;
      }
      case FRAME.sights: {
        const sights = readSights(payload);
        const agents = this.#sights.get(sights.subscription) ?? new Map<string, Sights[]>();
        this.#sights.set(sights.subscription, agents.set(agent, [...(agents.get(agent) ?? []), sights]));
        return;
      }
      case FRAME.moments:
        this.flow?.add(readMoments(payload), this.#repeats.get(agent) ?? 0);
        this.#repeats.delete(agent);
    }
  }

  tick(agent: string, tick: Tick): void {
    const before = this.#ticks.get(agent);
    this.#ticks.set(agent, tick);
    this.agents.get(agent)?.add(tick.atNs, tick, this.#account(agent, tick, before));
  }

  /** @returns the hiccups of the shipment */
  #account(agent: string, tick: TickCounts, before: TickCounts | undefined): readonly Buffer[] {
    const interval = this.#interval(Math.max(0, Math.ceil(tick.atNs / INTERVAL_NS) - 1));
    const hiccups: Buffer[] = [];
    for (const { type, payload: frame } of this.#waiting.get(agent) ?? []) {
      if (type !== FRAME.histogram) {
        this.#count(agent, type, frame);
        continue;
      }
      const name = RECORDED[frame[0]!]!;
      if (name === "hiccup") {
        hiccups.push(frame.subarray(1));
        continue;
      }
      const sums = [this.histograms[name]];
      if (isLatency(name)) {
        interval.latency[name] ??= createHistogramSum(BUCKETS);
        sums.push(interval.latency[name]);
      }
      addEncoded(frame.subarray(1), sums);
    }
    this.#waiting.delete(agent);
    for (const p of tick.producers) {
      interval.sent += p.sent - (this.#producers.get(p.index)?.sent ?? 0);
      this.#producers.set(p.index, p);
      const partitions = partitionsAtMost(this.#plan.stream);
      for (const [partition, count] of p.offered.entries())
        this.ledger.offered(p.index * partitions + partition, count);
    }
    const arrived = delivered(tick) - (before ? delivered(before) : 0);
    if (arrived > 0) this.lastArrivalNs = tick.atNs;
    interval.consumed += arrived;
    interval.published += this.#acked.get(agent) ?? 0;
    this.#acked.delete(agent);
    interval.backlog = Math.max(
      0,
      Math.round(this.ledger.totals.offered - this.ledger.unique / this.#subscriptions.length),
    );
    return hiccups;
  }

  /** Intervals that every agent has passed, removed of their histograms once `take` has seen them. */
  takeIntervals(before: number, take: (interval: Interval) => void): void {
    for (const interval of this.intervals)
      if (interval && interval.index < before && Object.keys(interval.latency).length > 0) {
        take(interval);
        for (const name of LATENCIES) delete interval.latency[name];
      }
  }

  /** The first second that some agent has not finished. */
  get openInterval(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const name of this.agents.keys())
      if (!this.#ended.has(name))
        first = Math.min(first, Math.floor((this.#ticks.get(name)?.atNs ?? 0) / INTERVAL_NS));
    return first;
  }

  get producers(): readonly ProducerTick[] {
    return [...this.#producers.values()];
  }

  /** Per subscription, the agents' counts added up. */
  arrivals(): readonly (ArrivalSums & {
    readonly consumedInWindow: number;
    readonly reorderedExamples: readonly (readonly [number, number])[];
    readonly copiedExamples: readonly (readonly [number, number])[];
    readonly displacements: Displacements;
  })[] {
    return this.#subscriptions.map((_, subscription) => {
      const parts = [...this.#ticks.values()].flatMap((t) =>
        t.subscriptions.filter((s) => s.subscription === subscription),
      );
      const sum = (of: (s: SubscriptionTick) => number): number => parts.reduce((n, s) => n + of(s), 0);
      return {
        delivered: sum((s) => s.delivered),
        foreign: sum((s) => s.foreign),
        corrupt: sum((s) => s.corrupt),
        unexpected: sum((s) => s.unexpected),
        redelivered: sum((s) => s.redelivered),
        copied: sum((s) => s.copied),
        reordered: sum((s) => s.reordered),
        reorderedByRedelivery: sum((s) => s.reorderedByRedelivery),
        maxDisplacement: Math.max(0, ...parts.map((s) => s.maxDisplacement)),
        consumedInWindow: sum((s) => s.consumedInWindow),
        reorderedExamples: parts.flatMap((s) => s.reorderedExamples).slice(0, 100),
        copiedExamples: parts.flatMap((s) => s.copiedExamples).slice(0, 100),
        displacements: sumDisplacements(parts.map((s) => s.displacements)),
      };
    });
  }

  /** The order in which a subscription was through with its messages, where the plan asks for it. */
  processing(subscription: number): ProcessingCounters | undefined {
    const { stream, producers } = this.#plan;
    const agents = this.#sights.get(subscription);
    if (agents === undefined)
      return [...this.#ticks.values()]
        .flatMap((t) => t.subscriptions)
        .find((s) => s.subscription === subscription && s.processing !== undefined)?.processing;
    const partitions = partitionsAtMost(stream);
    return mergedOrder(agents, producers.count * partitions, partitions);
  }

  /** Adds samples that are only known to have taken at least `ns`. */
  censor(names: readonly RecordedName[], count: number, ns: number): void {
    for (const name of names) {
      const sum = this.histograms[name];
      sum.buckets[bucketIndex(ns)]! += count;
      sum.count += count;
      sum.censored += count;
      sum.sum += count * ns;
      sum.sumOfSquares += count * ns * ns;
      sum.min = Math.min(sum.min, ns);
      sum.max = Math.max(sum.max, ns);
    }
  }

  #interval(index: number): Interval {
    // Filled up, so that a second in which nothing happened is there.
    while (this.intervals.length <= index)
      this.intervals.push({
        index: this.intervals.length,
        sent: 0,
        published: 0,
        consumed: 0,
        backlog: 0,
        latency: {},
      });
    return this.intervals[index]!;
  }
}

function delivered(tick: TickCounts): number {
  return tick.subscriptions.reduce((n, s) => n + s.delivered, 0);
}

function isLatency(name: RecordedName): name is LatencyName {
  return name !== "lateness" && name !== "hiccup";
}

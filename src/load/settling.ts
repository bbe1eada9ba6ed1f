import type { Outcome } from "../drivers/driver.ts";
import { type Plan, partitionsAtMost } from "../model/plan.ts";
import { InFlight, type Taken } from "./in-flight.ts";
import type { Recorders } from "./metrics.ts";
import type { OutcomeLog } from "./outcome-log.ts";

/** What a producer counts of its messages' outcomes. */
export interface SettledCounters {
  ackedInWindow: number;
  ackedBytesInWindow: number;
  /** Answers for messages that had their outcome already. */
  late: number;
}

export interface SettlingContext {
  readonly plan: Plan;
  readonly recorders: Recorders;
  readonly outcomes: OutcomeLog;
}

/** Keeps account of what is in flight in one producer's lanes, and of what became of it. */
export class Settling {
  /** Why messages failed or stayed unknown: code → count. */
  readonly codes: Map<string, number>;
  /** Messages without an outcome. */
  unsettled = 0;
  readonly #context: SettlingContext;
  readonly #counters: SettledCounters;
  readonly #firstLane: number;
  readonly #inFlight: InFlight[];
  readonly #measureStartNs: number;
  readonly #measureEndNs: number;
  /** Of the answer that is being taken account of. */
  #lane = 0;
  #outcome: Outcome = "acked";
  #nowNs = 0;

  /** @param before what an earlier incarnation of the producer came to */
  constructor(
    producer: number,
    context: SettlingContext,
    counters: SettledCounters,
    before?: { readonly offered: readonly number[]; readonly codes: Readonly<Record<string, number>> },
  ) {
    this.codes = new Map(Object.entries(before?.codes ?? {}));
    const { load, phases, producers, stream } = context.plan;
    this.#context = context;
    this.#counters = counters;
    this.#firstLane = producer * partitionsAtMost(stream);
    const sameTimes = load.loop === "closed";
    this.#inFlight = Array.from(
      { length: partitionsAtMost(stream) },
      (_, partition) => new InFlight(producers.maxInFlight, sameTimes, before?.offered[partition]),
    );
    this.#measureStartNs = phases.warmupNs;
    this.#measureEndNs = phases.warmupNs + phases.measureNs;
  }

  /** The next message of this partition was handed over. */
  put(partition: number, intendedNs: number, sentNs: number, sizeBytes: number): void {
    this.#inFlight[partition]!.put(intendedNs, sentNs, sizeBytes);
    this.unsettled++;
  }

  settled(
    lane: number,
    from: number,
    count: number,
    outcome: Outcome,
    code: string | undefined,
    nowNs: number,
  ): void {
    this.#begin(lane, outcome, nowNs);
    const found = this.#inFlight[lane - this.#firstLane]?.take(from, count, this.#settle) ?? 0;
    this.#end(count, found, code);
  }

  settledList(
    lane: number,
    sequences: readonly number[],
    outcome: Outcome,
    code: string | undefined,
    nowNs: number,
  ): void {
    this.#begin(lane, outcome, nowNs);
    const inFlight = this.#inFlight[lane - this.#firstLane];
    let found = 0;
    for (const sequence of sequences) found += inFlight?.take(sequence, 1, this.#settle) ?? 0;
    this.#end(sequences.length, found, code);
  }

  /** What is not settled by now stays unknown, and enters the histograms at its age. */
  giveUp(code: string, nowNs: number): void {
    this.#inFlight.forEach((inFlight, partition) => {
      this.#begin(this.#firstLane + partition, "unknown", nowNs);
      const before = this.unsettled;
      inFlight.takeAll(this.#settle);
      const found = before - this.unsettled;
      if (found > 0) this.#end(found, found, code);
    });
  }

  #begin(lane: number, outcome: Outcome, nowNs: number): void {
    this.#lane = lane;
    this.#outcome = outcome;
    this.#nowNs = nowNs;
  }

  #end(count: number, found: number, code: string | undefined): void {
    this.#counters.late += count - found;
    const outcome = this.#outcome;
    if (outcome !== "failed" && outcome !== "unknown") return;
    const key = `${outcome}: ${code ?? "no reason given"}`;
    this.codes.set(key, (this.codes.get(key) ?? 0) + count);
  }

  /** Made once: a function for each answer would be garbage for each answer. */
  readonly #settle = ({ from, count, intendedNs, sentNs, sizeBytes }: Taken): void => {
    const outcome = this.#outcome;
    const now = this.#nowNs;
    this.unsettled -= count;
    this.#context.outcomes.add(this.#lane, from, count, outcome);
    if (outcome !== "unasked")
      this.#context.recorders.moments?.add(
        outcome === "acked" ? "acked" : "failed",
        now,
        count,
        outcome === "acked" ? now - intendedNs : 0,
      );
    const start = this.#measureStartNs;
    const end = this.#measureEndNs;
    if (outcome === "acked" && now >= start && now < end) {
      this.#counters.ackedInWindow += count;
      this.#counters.ackedBytesInWindow += sizeBytes;
    }
    if (outcome !== "acked" && outcome !== "unknown") return;
    if (!(intendedNs >= start && intendedNs < end)) return;
    const { publish_service, publish_response } = this.#context.recorders;
    publish_service.recordMany(now - sentNs, count);
    publish_response.recordMany(now - intendedNs, count);
    if (outcome === "unknown") {
      publish_service.censored += count;
      publish_response.censored += count;
    }
  };
}

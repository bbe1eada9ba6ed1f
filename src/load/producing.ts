import type {
  EventKind,
  MessageHead,
  MessageSource,
  Outcome,
  Outcomes,
  Producer,
} from "../drivers/driver.ts";
import type { Plan } from "../model/plan.ts";
import type { Clock } from "./clock.ts";
import type { Stamp, Stamped } from "./envelope.ts";
import { InFlight } from "./in-flight.ts";
import { createMessageMix, type MessageMix } from "./message-mix.ts";
import type { Recorders } from "./metrics.ts";
import type { OutcomeLog } from "./outcome-log.ts";
import { createSchedule, type Schedule } from "./schedule.ts";

/** What the producers of an agent share. */
export interface ProducingContext {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly stamp: Stamp;
  readonly recorders: Recorders;
  readonly outcomes: OutcomeLog;
  event(source: string, kind: EventKind, detail: string): void;
}

/** Messages given to the client before the clock is read again. */
const STAMPS_PER_CLOCK_READ = 16;
/** Messages offered in one call: bounds how long the loop is away from its sockets. */
const OFFER = 1024;

/**
 * One producer's side of the harness: makes its messages as they fall due (open loop) or as there is room
 * (closed loop), stamps them, and keeps account of what became of them.
 */
export class Producing implements MessageSource, Outcomes {
  readonly index: number;
  /** Messages offered per lane, partition 0 first. */
  readonly offered: number[];
  readonly counters = {
    sent: 0,
    sentInWindow: 0,
    ackedInWindow: 0,
    ackedBytesInWindow: 0,
    bytes: 0,
    late: 0,
    full: 0,
    offers: 0,
  };
  /** Why messages failed or stayed unknown: code → count. */
  readonly codes = new Map<string, number>();
  readonly #context: ProducingContext;
  readonly #mix: MessageMix;
  readonly #schedule: Schedule | undefined;
  readonly #inFlight: InFlight[];
  readonly #head: {
    lane: number;
    sequence: number;
    partition: number;
    sizeBytes: number;
    key: Buffer | undefined;
  };
  readonly #stamped: Stamped = { lane: 0, sequence: 0, intendedNs: 0, sentNs: 0, key: -1 };
  readonly #measureStartNs: number;
  readonly #measureEndNs: number;
  readonly #quota: number;
  #producer: Producer | undefined;
  #dueNs: number;
  #headReady = false;
  #nowNs = 0;
  #stamps = 0;
  /** When the driver last had room again after it was full. */
  #roomSinceNs = Number.NEGATIVE_INFINITY;
  #full = false;
  #unsettled = 0;
  #offering = false;
  #readyWhileOffering = false;
  #stopped = false;

  constructor(index: number, context: ProducingContext) {
    const { plan } = context;
    const { partitions } = plan.stream;
    this.index = index;
    this.#context = context;
    this.#mix = createMessageMix(plan.message, {
      seed: plan.seed,
      producer: index,
      producers: plan.producers.count,
      partitions,
    });
    this.#schedule =
      plan.load.loop === "open"
        ? createSchedule(plan.load.schedule, plan.phases, plan.seed, index, plan.producers.count)
        : undefined;
    this.#dueNs = this.#schedule?.() ?? 0;
    this.offered = new Array<number>(partitions).fill(0);
    this.#inFlight = this.offered.map(() => new InFlight(plan.producers.maxInFlight));
    this.#head = { lane: 0, sequence: 0, partition: 0, sizeBytes: 0, key: undefined };
    this.#measureStartNs = plan.phases.warmupNs;
    this.#measureEndNs = plan.phases.warmupNs + plan.phases.measureNs;
    const { maxMessages } = plan.phases;
    const { count } = plan.producers;
    this.#quota =
      maxMessages === 0 ? Number.POSITIVE_INFINITY : Math.floor((maxMessages + count - 1 - index) / count);
  }

  attach(producer: Producer): void {
    this.#producer = producer;
  }

  /** Nothing more will be made: the schedule is through, the quota is reached, or it was stopped. */
  get finished(): boolean {
    if (this.#stopped || this.counters.sent >= this.#quota) return true;
    return this.#schedule
      ? this.#dueNs === Number.POSITIVE_INFINITY
      : this.#context.clock.now() >= this.#measureEndNs;
  }

  get unsettled(): number {
    return this.#unsettled;
  }

  /** How late the oldest message that is due and unsent is, ns. */
  backlogNs(nowNs: number): number {
    return this.#schedule && !this.finished ? Math.max(0, nowNs - this.#dueNs) : 0;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Offers what is due. Called by the pacer, and by the driver when it has room. */
  fire(): void {
    const producer = this.#producer;
    if (producer === undefined || this.#offering) return;
    this.#offering = true;
    try {
      for (;;) {
        this.#stamps = 0;
        this.#readyWhileOffering = false;
        this.#nowNs = this.#context.clock.now();
        if (this.peek() === undefined) break;
        this.counters.offers++;
        const took = producer.offer(this, OFFER);
        if (took < OFFER && this.peek() !== undefined && !this.#readyWhileOffering) {
          this.#full = true;
          this.counters.full++;
          break;
        }
      }
    } finally {
      this.#offering = false;
    }
  }

  peek(): MessageHead | undefined {
    if (this.#schedule ? this.#dueNs > this.#nowNs : this.#nowNs >= this.#measureEndNs) return undefined;
    if (this.#stopped || this.counters.sent >= this.#quota) return undefined;
    const head = this.#head;
    if (!this.#headReady) {
      const mix = this.#mix;
      mix.next();
      head.partition = mix.partition;
      head.lane = this.index * this.offered.length + mix.partition;
      head.sequence = this.offered[mix.partition]!;
      head.sizeBytes = mix.sizeBytes;
      head.key = mix.key >= 0 ? mix.keyBytes(mix.key) : undefined;
      this.#headReady = true;
    }
    return head;
  }

  write(into: Uint8Array, at: number): void {
    if (++this.#stamps % STAMPS_PER_CLOCK_READ === 0) this.#nowNs = this.#context.clock.now();
    const now = this.#nowNs;
    const { lane, sequence, partition, sizeBytes } = this.#head;
    const intended = this.#schedule ? this.#dueNs : now;
    const stamped = this.#stamped;
    stamped.lane = lane;
    stamped.sequence = sequence;
    stamped.intendedNs = intended;
    stamped.sentNs = now;
    stamped.key = this.#mix.key;
    this.#context.stamp.write(into, at, sizeBytes, stamped);
    this.#inFlight[partition]!.put(sequence, intended, now, sizeBytes);
    this.offered[partition] = sequence + 1;
    this.#unsettled++;
    this.#headReady = false;
    const { counters } = this;
    counters.sent++;
    counters.bytes += sizeBytes;
    if (now >= this.#measureStartNs && now < this.#measureEndNs) counters.sentInWindow++;
    if (this.#schedule) {
      if (this.#measures(intended)) {
        const { schedule_delay, lateness } = this.#context.recorders;
        schedule_delay.record(now - intended);
        lateness.record(now - Math.min(now, Math.max(intended, this.#roomSinceNs)));
      }
      this.#dueNs = this.#schedule();
    }
  }

  settled(lane: number, from: number, count: number, outcome: Outcome, code?: string): void {
    const now = this.#context.clock.now();
    let runFrom = from;
    for (let sequence = from; sequence < from + count; sequence++)
      if (!this.#settle(lane, sequence, outcome, now)) {
        // Already settled: not part of the range that is logged.
        if (sequence > runFrom) this.#context.outcomes.add(lane, runFrom, sequence - runFrom, outcome);
        runFrom = sequence + 1;
      }
    if (from + count > runFrom) this.#context.outcomes.add(lane, runFrom, from + count - runFrom, outcome);
    this.#note(outcome, code, count);
  }

  settledList(lane: number, sequences: readonly number[], outcome: Outcome, code?: string): void {
    const now = this.#context.clock.now();
    for (const sequence of sequences)
      if (this.#settle(lane, sequence, outcome, now)) this.#context.outcomes.add(lane, sequence, 1, outcome);
    this.#note(outcome, code, sequences.length);
  }

  ready(): void {
    if (this.#offering) this.#readyWhileOffering = true;
    if (this.#full) {
      this.#full = false;
      this.#roomSinceNs = this.#context.clock.now();
    }
    this.fire();
  }

  event(kind: EventKind, detail: string): void {
    this.#context.event(`producer ${this.index}`, kind, detail);
  }

  /** What is not settled by now stays unknown, and enters the histograms at its age. */
  giveUp(code: string): void {
    const now = this.#context.clock.now();
    this.#inFlight.forEach((inFlight, partition) => {
      const lane = this.index * this.offered.length + partition;
      for (const sequence of inFlight.remaining())
        if (this.#settle(lane, sequence, "unknown", now)) {
          this.#context.outcomes.add(lane, sequence, 1, "unknown");
          this.#note("unknown", code, 1);
        }
    });
  }

  #settle(lane: number, sequence: number, outcome: Outcome, now: number): boolean {
    const inFlight = this.#inFlight[lane - this.index * this.offered.length];
    if (!inFlight?.take(sequence)) {
      this.counters.late++;
      return false;
    }
    this.#unsettled--;
    if (outcome === "acked" && now >= this.#measureStartNs && now < this.#measureEndNs) {
      this.counters.ackedInWindow++;
      this.counters.ackedBytesInWindow += inFlight.sizeBytes;
    }
    if ((outcome === "acked" || outcome === "unknown") && this.#measures(inFlight.intendedNs)) {
      const { publish_service, publish_response } = this.#context.recorders;
      publish_service.record(now - inFlight.sentNs);
      publish_response.record(now - inFlight.intendedNs);
      if (outcome === "unknown") {
        publish_service.censored++;
        publish_response.censored++;
      }
    }
    return true;
  }

  #measures(intendedNs: number): boolean {
    return intendedNs >= this.#measureStartNs && intendedNs < this.#measureEndNs;
  }

  #note(outcome: Outcome, code: string | undefined, count: number): void {
    if (outcome !== "failed" && outcome !== "unknown") return;
    const key = `${outcome}: ${code ?? "no reason given"}`;
    this.codes.set(key, (this.codes.get(key) ?? 0) + count);
  }
}

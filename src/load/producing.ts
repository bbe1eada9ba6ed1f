import type {
  EventKind,
  MessageHead,
  MessageSource,
  Outcome,
  Outcomes,
  Producer,
} from "../drivers/driver.ts";
import { frozenSpans } from "../model/fault.ts";
import { type Plan, partitionsAtMost } from "../model/plan.ts";
import type { Clock } from "./clock.ts";
import type { Stamp, Stamped } from "./envelope.ts";
import { createMessageMix, type MessageMix } from "./message-mix.ts";
import type { Recorders } from "./metrics.ts";
import type { OutcomeLog } from "./outcome-log.ts";
import type { ProducerTick } from "./protocol.ts";
import { createSchedule, type Schedule } from "./schedule.ts";
import { Settling } from "./settling.ts";
import { type TransactionLog, transactionNumber } from "./transaction-log.ts";

/** What the producers of an agent share. */
export interface ProducingContext {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly stamp: Stamp;
  readonly recorders: Recorders;
  readonly outcomes: OutcomeLog;
  readonly transactions: TransactionLog;
  event(source: string, kind: EventKind, detail: string): void;
}

type ProducerCounters = { -readonly [K in keyof Omit<ProducerTick, "index" | "offered" | "codes">]: number };

/** Messages given to the client before the clock is read again. */
const STAMPS_PER_CLOCK_READ = 16;
/** Messages offered in one call: how often the time since the loop was left is looked at. */
const OFFER = 1024;
/** Timers that end a freeze may fire this much early. */
const EARLY_NS = 5e6;
/** How long messages are made at a stretch before the event loop, and so the sockets, have their turn, ns. */
const TURN_NS = 1e6;

/**
 * One producer's side of the harness: makes its messages as they fall due (open loop) or as there is room
 * (closed loop), stamps them, and keeps account of what became of them.
 */
export class Producing implements MessageSource, Outcomes {
  readonly index: number;
  /** Messages offered per lane, partition 0 first. */
  readonly offered: number[];
  readonly counters: ProducerCounters = {
    sent: 0,
    sentInWindow: 0,
    ackedInWindow: 0,
    ackedBytesInWindow: 0,
    bytes: 0,
    late: 0,
    full: 0,
    offers: 0,
    transactions: 0,
  };
  readonly #context: ProducingContext;
  readonly #mix: MessageMix;
  readonly #schedule: Schedule | undefined;
  readonly #settling: Settling;
  /** The message last peeked at, or written. */
  protected readonly head: {
    lane: number;
    sequence: number;
    partition: number;
    sizeBytes: number;
    key: Buffer | undefined;
    isUrgent: boolean;
  };
  /** The message written last. */
  protected readonly stamped: Stamped = { lane: 0, sequence: 0, intendedNs: 0, sentNs: 0, key: -1 };
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
  /** When each freeze of this side ends, what is still to come. */
  readonly #thawsNs: number[];
  #offering = false;
  #readyWhileOffering = false;
  #stopped = false;
  /** The rest of a turn that took too long is about to begin. */
  #continuing = false;

  /** @param before where an earlier incarnation ended: its lanes and its schedule go on there */
  constructor(index: number, context: ProducingContext, before?: ProducerTick) {
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
    this.#thawsNs = frozenSpans(plan, "producer").map(({ toNs }) => toNs - EARLY_NS);
    this.offered = new Array<number>(partitionsAtMost(plan.stream)).fill(0);
    if (before !== undefined) this.#resume(before);
    this.#settling = new Settling(index, context, this.counters, before);
    this.head = { lane: 0, sequence: 0, partition: 0, sizeBytes: 0, key: undefined, isUrgent: false };
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
    return this.#settling.unsettled;
  }

  get codes(): ReadonlyMap<string, number> {
    return this.#settling.codes;
  }

  /** How late the oldest message that is due and unsent is, ns. */
  backlogNs(nowNs: number): number {
    return this.#schedule && !this.finished ? Math.max(0, nowNs - this.#dueNs) : 0;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** The stream has so many partitions now. */
  grow(partitions: number): void {
    this.#mix.grow(partitions);
  }

  /** Offers what is due. Called by the pacer, and by the driver when it has room. */
  fire(): void {
    const producer = this.#producer;
    if (producer === undefined || this.#offering) return;
    this.#offering = true;
    try {
      const startedNs = this.#context.clock.now();
      // What fell due while the agent was stopped by its plan is late by that, and not by our fault.
      if (startedNs >= this.#thawsNs[0]!) {
        this.#thawsNs.shift();
        this.#roomSinceNs = Math.max(this.#roomSinceNs, startedNs);
      }
      for (;;) {
        this.#stamps = 0;
        this.#readyWhileOffering = false;
        this.#nowNs = this.#context.clock.now();
        if (this.peek() === undefined) break;
        if (this.#nowNs - startedNs > TURN_NS) {
          this.#continueSoon();
          break;
        }
        this.counters.offers++;
        const { sent } = this.counters;
        const took = producer.offer(this, OFFER);
        this.#context.recorders.moments?.add("sent", this.#nowNs, this.counters.sent - sent);
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
    const head = this.head;
    if (!this.#headReady) {
      const mix = this.#mix;
      mix.next();
      head.partition = mix.partition;
      head.lane = this.index * this.offered.length + mix.partition;
      head.sequence = this.offered[mix.partition]!;
      head.sizeBytes = mix.sizeBytes;
      head.isUrgent = mix.isUrgent;
      head.key = mix.key >= 0 ? mix.keyBytes(mix.key) : undefined;
      this.#headReady = true;
    }
    return head;
  }

  write(into: Uint8Array, at: number): void {
    if (++this.#stamps % STAMPS_PER_CLOCK_READ === 0) this.#nowNs = this.#context.clock.now();
    const now = this.#nowNs;
    const { lane, sequence, partition, sizeBytes } = this.head;
    const intended = this.#schedule ? this.#dueNs : now;
    const stamped = this.stamped;
    stamped.lane = lane;
    stamped.sequence = sequence;
    stamped.intendedNs = intended;
    stamped.sentNs = now;
    stamped.key = this.#mix.key;
    this.#context.stamp.write(into, at, sizeBytes, stamped);
    this.#settling.put(partition, intended, now, sizeBytes);
    this.offered[partition] = sequence + 1;
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

  /** What is written from here on is the next transaction. */
  begun(): void {
    const { index, offered, counters } = this;
    const number = transactionNumber(this.#context.plan.producers.count, index, counters.transactions);
    this.#context.transactions.add(index * offered.length, offered, number);
    counters.transactions++;
  }

  settled(lane: number, from: number, count: number, outcome: Outcome, code?: string): void {
    this.#settling.settled(lane, from, count, outcome, code, this.#context.clock.now());
  }

  settledList(lane: number, sequences: readonly number[], outcome: Outcome, code?: string): void {
    this.#settling.settledList(lane, sequences, outcome, code, this.#context.clock.now());
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
    this.#settling.giveUp(code, this.#context.clock.now());
  }

  /** Messages that fell due while nobody was there are sent late, as the schedule has them. */
  #resume({ index: _, offered, codes: __, ...counters }: ProducerTick): void {
    this.offered.splice(0, offered.length, ...offered);
    Object.assign(this.counters, counters);
    for (let n = 0; n < counters.sent; n++) {
      this.#mix.next();
      if (this.#schedule) this.#dueNs = this.#schedule();
    }
  }

  #continueSoon(): void {
    if (this.#continuing) return;
    this.#continuing = true;
    setImmediate(() => {
      this.#continuing = false;
      this.fire();
    });
  }

  #measures(intendedNs: number): boolean {
    return intendedNs >= this.#measureStartNs && intendedNs < this.#measureEndNs;
  }
}

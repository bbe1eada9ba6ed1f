import type { Identity } from "./idempotence.ts";
import type { ProducerBatch } from "./producer-batch.ts";

/** What one producer has for one partition, in order: to be sent again, sent, to be sent, still growing. */
export class ProducerLane {
  readonly lane: number;
  readonly partition: number;
  /** Of every request to this partition. */
  readonly head: Buffer;
  /** Broker that leads it; -1: nobody, as far as is known. */
  node = -1;
  growing: ProducerBatch | undefined;
  /** Complete and never sent. */
  readonly queue: ProducerBatch[] = [];
  /** To be sent again, by sequence. */
  readonly retries: ProducerBatch[] = [];
  /** In doubt, and not to be sent again: stored if anything behind them is, by sequence. */
  readonly passed: ProducerBatch[] = [];
  /** Requests under way. */
  inFlight = 0;
  /** Nothing is sent before, ms. */
  pausedUntilMs = 0;
  identity: Identity;
  /** For the next batch that is sent for the first time. */
  nextSequence = 0;
  /** Everything undecided gets a new identity once nothing is under way. */
  mustRenew = false;
  isRenewing = false;
  /** Of the clock that gives batches their timestamps. */
  timestampAheadMs = 0;

  constructor(lane: number, partition: number, head: Buffer, identity: Identity) {
    this.lane = lane;
    this.partition = partition;
    this.head = head;
    this.identity = identity;
  }

  get hasUnsent(): boolean {
    return this.growing !== undefined || this.queue.length > 0 || this.retries.length > 0;
  }

  /** What may be sent now without overtaking anything; it is taken out. */
  take(nowMs: number, lingerMs: number, isFlushing: boolean, maxInFlight: number): ProducerBatch | undefined {
    if (this.mustRenew || this.inFlight >= maxInFlight || nowMs < this.pausedUntilMs) return undefined;
    // One at a time, each only when nothing is under way: order before speed.
    if (this.retries.length > 0) return this.inFlight === 0 ? this.retries.shift() : undefined;
    if (this.queue.length > 0) return this.queue.shift();
    const { growing } = this;
    if (growing === undefined) return undefined;
    if (lingerMs > 0 && !isFlushing && growing.createdMs + lingerMs > nowMs) return undefined;
    this.growing = undefined;
    return growing;
  }

  /** Back to where `take` or an answer had it from, in order. */
  putBack(batch: ProducerBatch): void {
    let at = this.retries.length;
    while (at > 0 && this.retries[at - 1]!.from > batch.from) at--;
    this.retries.splice(at, 0, batch);
  }

  /** What was begun before that and is not under way, oldest first; each is taken out in its turn. */
  *takeBefore(ms: number): Generator<ProducerBatch> {
    for (const waiting of [this.passed, this.retries, this.queue])
      while (waiting.length > 0 && waiting[0]!.createdMs < ms) yield waiting.shift()!;
    const { growing } = this;
    if (growing === undefined || growing.createdMs >= ms) return;
    this.growing = undefined;
    yield growing;
  }

  /** Everything that is not under way, oldest first; nothing of it is kept. */
  drain(): ProducerBatch[] {
    const all = [...this.passed, ...this.retries, ...this.queue];
    if (this.growing) all.push(this.growing);
    this.passed.length = 0;
    this.retries.length = 0;
    this.queue.length = 0;
    this.growing = undefined;
    return all;
  }
}

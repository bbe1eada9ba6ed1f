import type { Answer, Consumer, ConsumerOptions, Deliveries } from "../driver.ts";
import type { Segment } from "./segment.ts";
import type { Queue, Stream, Turn } from "./stream.ts";

/** Takes from its queues as far as its prefetch allows; one ring remembers what is unanswered. */
export class MemoryConsumer implements Consumer {
  readonly #stream: Stream;
  readonly #on: Deliveries;
  readonly #auto: boolean;
  readonly #prefetch: number;
  readonly #partitions: readonly number[];
  readonly #queues: readonly Queue[];
  /** By `tag & #mask`: where each unanswered delivery lies; `#segments` is undefined once answered. */
  readonly #segments: (Segment | undefined)[];
  readonly #indexes: Int32Array;
  readonly #which: Int32Array;
  readonly #mask: number;
  /** By tag: how often it was delivered before, of those that were. */
  readonly #counts = new Map<number, number>();
  /** Everything below is answered. */
  #low = 0;
  #next = 0;
  #unanswered = 0;
  #full = false;
  #closed = false;

  constructor(stream: Stream, options: ConsumerOptions, on: Deliveries) {
    this.#stream = stream;
    this.#on = on;
    this.#auto = options.acknowledge === "auto";
    this.#prefetch = Math.max(1, options.prefetch);
    this.#partitions = options.partitions;
    this.#queues = options.partitions.map((p) => stream.queue(p, options.subscription));
    // Twice the prefetch, for answers that come out of order.
    const size = 2 ** Math.ceil(Math.log2(this.#prefetch * 2));
    this.#segments = new Array<Segment | undefined>(size).fill(undefined);
    this.#indexes = new Int32Array(size);
    this.#which = new Int32Array(size);
    this.#mask = size - 1;
    for (const queue of this.#queues) queue.readers += 1;
    stream.consumers.add(this);
    stream.wake();
  }

  /**
   * Delivers what is there.
   * @returns when there will be more, ns: `nowNs` when the batch ended early, infinity when it is not known
   */
  deliver(nowNs: number, turn: Turn): number {
    let left = this.#queues.some(isShared) ? SHARED_BATCH : BATCH;
    let next = Number.POSITIVE_INFINITY;
    let begun = false;
    for (let q = 0; q < this.#queues.length && !this.#closed; q++) {
      const queue = this.#queues[q]!;
      for (;;) {
        const due = this.#dueNs(queue);
        if (due > nowNs) {
          next = Math.min(next, due);
          break;
        }
        const room = this.#room();
        if (room <= 0) {
          this.#full = true;
          break;
        }
        if (left === 0 || turn.left <= 0) {
          next = nowNs;
          break;
        }
        if (!begun) this.#on.begin();
        begun = true;
        left -= this.#deliverSome(q, queue, nowNs, Math.min(left, room), turn);
        if (this.#closed) break;
      }
    }
    if (begun) this.#on.end();
    return next;
  }

  answer(tag: number, answer: Answer, upTo: boolean): void {
    if (this.#auto || this.#closed) return;
    if (answer === "requeue") for (let t = upTo ? this.#low : tag; t <= tag; t++) this.#requeue(t);
    else this.#finish(upTo ? this.#low : tag, tag);
    while (this.#low < this.#next && this.#segments[this.#low & this.#mask] === undefined) this.#low += 1;
    if (this.#full || answer === "requeue") {
      this.#full = false;
      this.#stream.wake();
    }
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#closed) return;
    for (let t = this.#low; t < this.#next; t++) this.#requeue(t);
    this.#closed = true;
    for (const queue of this.#queues) queue.readers -= 1;
    this.#stream.consumers.delete(this);
    this.#stream.wake();
  }

  /** The stream is gone. */
  break(): void {
    this.#on.event("broken", `stream ${this.#stream.topology.name} was dropped`);
  }

  /** How many more may be delivered before one is answered. */
  #room(): number {
    if (this.#auto) return Number.POSITIVE_INFINITY;
    return Math.min(this.#prefetch - this.#unanswered, this.#mask + 1 - (this.#next - this.#low));
  }

  /** When the queue's next body may be delivered, ns; infinity when there is none. */
  #dueNs(queue: Queue): number {
    if (queue.again.length > 0) return 0;
    let { segment } = queue;
    if (queue.at === segment.count) {
      if (segment.next === undefined) return Number.POSITIVE_INFINITY;
      segment = segment.next;
      queue.segment = segment;
      queue.at = 0;
      if (segment.count === 0) return Number.POSITIVE_INFINITY;
    }
    return this.#stream.scripted ? segment.due![queue.at]! : 0;
  }

  /** Delivers up to `most` bodies that are due, of one segment; returns how many. */
  #deliverSome(q: number, queue: Queue, nowNs: number, most: number, turn: Turn): number {
    const again = queue.again.shift();
    if (again !== undefined)
      return this.#deliverRun(q, queue, again.segment, again.index, 1, again.count, turn);
    const { segment, at } = queue;
    let end = Math.min(at + most, segment.count);
    if (this.#stream.scripted) for (let i = at; i < end; i++) if (segment.due![i]! > nowNs) end = i;
    return this.#deliverRun(q, queue, segment, at, end - at, 0, turn);
  }

  /** Bodies from `first` on; fewer where the consumer closes meanwhile. */
  #deliverRun(
    q: number,
    queue: Queue,
    segment: Segment,
    first: number,
    count: number,
    deliveries: number,
    turn: Turn,
  ): number {
    const { bytes, starts } = segment;
    turn.left -= count + (starts[first + count]! - starts[first]!) / 1024;
    const partition = this.#partitions[q]!;
    const on = this.#on;
    let done = 0;
    for (let index = first; done < count && !this.#closed; index++) {
      const tag = this.#next++;
      if (deliveries === 0) queue.at = index + 1;
      if (!this.#auto) this.#remember(tag, segment, index, q, deliveries);
      done++;
      on.message(bytes, starts[index]!, starts[index + 1]!, tag, partition, -1, deliveries);
    }
    // Only now: a released segment may be written over.
    if (this.#auto) {
      this.#low = this.#next;
      this.#stream.release(partition, queue, segment, done);
    }
    return done;
  }

  #remember(tag: number, segment: Segment, index: number, q: number, deliveries: number): void {
    const slot = tag & this.#mask;
    this.#segments[slot] = segment;
    this.#indexes[slot] = index;
    this.#which[slot] = q;
    if (deliveries > 0) this.#counts.set(tag, deliveries);
    this.#unanswered += 1;
  }

  /** The unanswered ones of `from … to` are done with; neighbours of a segment are released together. */
  #finish(from: number, to: number): void {
    let segment: Segment | undefined;
    let q = 0;
    let count = 0;
    const end = Math.min(to + 1, this.#next);
    for (let tag = Math.max(from, this.#low); tag < end; tag++) {
      const slot = tag & this.#mask;
      const its = this.#segments[slot];
      if (its === undefined) continue;
      this.#segments[slot] = undefined;
      if (this.#counts.size > 0) this.#counts.delete(tag);
      if (its !== segment) {
        if (segment !== undefined) this.#release(q, segment, count);
        segment = its;
        q = this.#which[slot]!;
        count = 0;
      }
      count++;
    }
    if (segment !== undefined) this.#release(q, segment, count);
  }

  #release(q: number, segment: Segment, count: number): void {
    this.#unanswered -= count;
    this.#stream.release(this.#partitions[q]!, this.#queues[q]!, segment, count);
  }

  #requeue(tag: number): void {
    if (tag < this.#low || tag >= this.#next) return;
    const slot = tag & this.#mask;
    const segment = this.#segments[slot];
    if (segment === undefined) return;
    this.#segments[slot] = undefined;
    this.#unanswered -= 1;
    const count = (this.#counts.get(tag) ?? 0) + 1;
    this.#counts.delete(tag);
    this.#queues[this.#which[slot]!]!.again.push({ segment, index: this.#indexes[slot]!, count });
  }
}

function isShared(queue: Queue): boolean {
  return queue.readers > 1;
}

/** Deliveries that arrive together, and so share a time. */
const BATCH = 1024;
/** The same where others may want some of them. */
const SHARED_BATCH = 16;

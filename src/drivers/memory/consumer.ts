import type { Answer, Consumer, ConsumerOptions, Deliveries } from "../driver.ts";
import type { Segment } from "./segment.ts";
import type { Queue, Stream } from "./stream.ts";

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
  readonly #counts: Int32Array;
  readonly #mask: number;
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
    this.#counts = new Int32Array(size);
    this.#mask = size - 1;
    stream.consumers.add(this);
    stream.wake();
  }

  /**
   * Delivers what is there.
   * @returns when there will be more, ns: `nowNs` when the batch ended early, infinity when it is not known
   */
  deliver(nowNs: number): number {
    let left = this.#stream.consumers.size === 1 ? BATCH : SHARED_BATCH;
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
        if (!this.#hasRoom()) {
          this.#full = true;
          break;
        }
        if (left === 0) {
          next = nowNs;
          break;
        }
        if (!begun) this.#on.begin();
        begun = true;
        left -= 1;
        this.#deliverOne(q, queue);
        if (this.#closed) break;
      }
    }
    if (begun) this.#on.end();
    return next;
  }

  answer(tag: number, answer: Answer, upTo: boolean): void {
    if (this.#auto || this.#closed) return;
    for (let t = upTo ? this.#low : tag; t <= tag; t++) if (t >= this.#low) this.#finish(t, answer);
    while (this.#low < this.#next && this.#segments[this.#low & this.#mask] === undefined) this.#low += 1;
    if (this.#full || answer === "requeue") {
      this.#full = false;
      this.#stream.wake();
    }
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#closed) return;
    const back: number[] = [];
    for (let t = this.#low; t < this.#next; t++) back.push(t);
    for (const t of back) this.#finish(t, "requeue");
    this.#closed = true;
    this.#stream.consumers.delete(this);
    this.#stream.wake();
  }

  /** The stream is gone. */
  break(): void {
    this.#on.event("broken", `stream ${this.#stream.topology.name} was dropped`);
  }

  #hasRoom(): boolean {
    return this.#auto || (this.#unanswered < this.#prefetch && this.#next - this.#low <= this.#mask);
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

  #deliverOne(q: number, queue: Queue): void {
    const again = queue.again.length > 0 ? queue.again.shift() : undefined;
    const segment = again?.segment ?? queue.segment;
    const index = again?.index ?? queue.at++;
    const count = again?.count ?? 0;
    const partition = this.#partitions[q]!;
    const tag = this.#next++;
    if (this.#auto) {
      this.#low = this.#next;
    } else {
      const slot = tag & this.#mask;
      this.#segments[slot] = segment;
      this.#indexes[slot] = index;
      this.#which[slot] = q;
      this.#counts[slot] = count;
      this.#unanswered += 1;
    }
    this.#on.message(
      segment.bytes,
      segment.starts[index]!,
      segment.starts[index + 1]!,
      tag,
      partition,
      -1,
      count,
    );
    // Only now: a released segment may be written over.
    if (this.#auto) this.#stream.release(partition, queue, segment);
  }

  #finish(tag: number, answer: Answer): void {
    const slot = tag & this.#mask;
    const segment = this.#segments[slot];
    if (segment === undefined || tag >= this.#next) return;
    this.#segments[slot] = undefined;
    this.#unanswered -= 1;
    const q = this.#which[slot]!;
    const queue = this.#queues[q]!;
    if (answer === "requeue") {
      queue.again.push({ segment, index: this.#indexes[slot]!, count: this.#counts[slot]! + 1 });
    } else this.#stream.release(this.#partitions[q]!, queue, segment);
  }
}

/** Deliveries in a row before the event loop has its turn. */
const BATCH = 1024;
/** The same where others may want some of them. */
const SHARED_BATCH = 16;

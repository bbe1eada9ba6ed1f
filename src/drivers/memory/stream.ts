import type { Topology } from "../../model/topology.ts";
import type { MemoryConsumer } from "./consumer.ts";
import type { MemoryProducer } from "./producer.ts";
import { isScripted, type Script, servedAt, stallEnd } from "./script.ts";
import { fits, type Segment, SegmentPool } from "./segment.ts";

/** One stream of the in-process broker: its partitions, and a queue for each (partition, subscription). */
export class Stream {
  readonly topology: Topology;
  readonly scripted: boolean;
  readonly producers = new Set<MemoryProducer>();
  readonly consumers = new Set<MemoryConsumer>();
  /** Deliveries of each subscription so far, which lies count over. */
  readonly deliveries = new Map<string, { count: number }>();
  dropped = false;
  /** A producer waits for the stream to be less full. */
  starving = false;
  readonly #script: Script;
  readonly #capacity: number;
  readonly #pool = new SegmentPool();
  readonly #partitions: Partition[];
  #open = 0;
  #bytes = 0;
  #originNs = -1;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(topology: Topology, script: Script, capacity: number) {
    this.topology = topology;
    this.scripted = isScripted(script);
    this.#script = script;
    this.#capacity = capacity * Math.max(1, topology.subscriptions.length);
    this.#partitions = Array.from({ length: topology.partitions }, () => {
      const tail = this.#segment(0);
      const queues = topology.subscriptions.map(
        (): Queue => ({ segment: tail, at: 0, again: [], done: 0, readers: 0 }),
      );
      return { tail, published: 0, freeNs: 0, queues };
    });
  }

  /** @throws RangeError for a partition or subscription that the stream does not have */
  queue(partition: number, subscription: string): Queue {
    const found = this.#partitions[partition]?.queues[this.topology.subscriptions.indexOf(subscription)];
    if (!found) throw new RangeError(`stream ${this.topology.name} has no ${subscription}/${partition}`);
    return found;
  }

  /** Bodies that a subscription is not done with in a partition. */
  depth(partition: number, subscription: string): number {
    return this.#partitions[partition]!.published - this.queue(partition, subscription).done;
  }

  full(): boolean {
    return this.#open >= this.#capacity || this.#bytes > MOST_BYTES;
  }

  /** Room for one body in a partition; the caller writes it and then calls {@link publish}. */
  reserve(partition: number, sizeBytes: number): Segment {
    const p = this.#partitions[partition]!;
    if (!fits(p.tail, sizeBytes)) {
      const full = p.tail;
      p.tail = this.#segment(sizeBytes);
      full.next = p.tail;
      if (full.open === 0) this.#recycle(p, full);
    }
    return p.tail;
  }

  /** The body just written is there; returns when it is served, ns, or 0 without a script. */
  publish(partition: number, sizeBytes: number, nowNs: number): number {
    const p = this.#partitions[partition]!;
    const segment = p.tail;
    const index = segment.count;
    segment.starts[index + 1] = segment.starts[index]! + sizeBytes;
    segment.count = index + 1;
    segment.open += p.queues.length;
    this.#open += p.queues.length;
    p.published += 1;
    if (segment.due === undefined || !this.scripted) return 0;
    p.freeNs = servedAt(this.#script, Math.max(nowNs, p.freeNs));
    segment.due[index] = p.freeNs;
    return p.freeNs;
  }

  /** A subscription is done with so many bodies of a segment. */
  release(partition: number, queue: Queue, segment: Segment, count: number): void {
    queue.done += count;
    this.#open -= count;
    segment.open -= count;
    if (segment.open === 0) {
      const p = this.#partitions[partition]!;
      if (segment !== p.tail) this.#recycle(p, segment);
    }
    if (this.starving && !this.full()) {
      this.starving = false;
      this.wake();
    }
  }

  /** Time since the first message, which the first call is taken for, ns. Only where a script needs it. */
  clockNs(): number {
    const [s, ns] = process.hrtime();
    const now = s * 1e9 + ns;
    if (this.#originNs < 0) this.#originNs = now;
    return now - this.#originNs;
  }

  /** Has the broker look, once, at what can be settled and delivered. */
  wake(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#tick);
  }

  readonly #tick = (): void => {
    this.#scheduled = false;
    this.#timer = undefined;
    if (this.dropped) return;
    const now = this.#originNs < 0 ? 0 : this.clockNs();
    const resumed = stallEnd(this.#script, now);
    if (resumed > now) {
      this.#wakeAt(now, resumed);
      return;
    }
    let next = Number.POSITIVE_INFINITY;
    for (const producer of this.producers) next = Math.min(next, producer.settle(now));
    next = Math.min(next, this.#deliver(now));
    for (const producer of this.producers) producer.offerRoom();
    if (next < Number.POSITIVE_INFINITY) this.#wakeAt(now, next);
  };

  /** Consumers take turns; returns when there is more to deliver, ns. */
  #deliver(nowNs: number): number {
    const turn: Turn = { left: MOST_IN_TURN * Math.max(1, this.producers.size) };
    for (;;) {
      let next = Number.POSITIVE_INFINITY;
      for (const consumer of this.consumers) next = Math.min(next, consumer.deliver(nowNs, turn));
      if (next > nowNs || turn.left <= 0) return next;
    }
  }

  /** Timers come up to a millisecond late, so the last two are spent looking again and again. */
  #wakeAt(nowNs: number, atNs: number): void {
    if (this.#scheduled) return;
    const ms = (atNs - nowNs) / 1e6 - 2;
    if (ms < 1) this.wake();
    else this.#timer = setTimeout(this.#tick, ms);
  }

  #segment(sizeBytes: number): Segment {
    const segment = this.#pool.take(sizeBytes, this.scripted);
    this.#bytes += segment.bytes.length;
    return segment;
  }

  #recycle(p: Partition, segment: Segment): void {
    // Every queue has delivered all of it, but one may still stand at its end.
    for (const queue of p.queues)
      if (queue.segment === segment) {
        queue.segment = segment.next!;
        queue.at = 0;
      }
    this.#bytes -= segment.bytes.length;
    this.#pool.give(segment);
  }
}

/** What may still be delivered before the event loop has its turn: a body counts 1 and 1 for each KiB. */
export interface Turn {
  left: number;
}

/** What a subscription has not finished in a partition. */
export interface Queue {
  /** The next body that was never delivered. */
  segment: Segment;
  at: number;
  /** Delivered before and given back, oldest first. */
  again: Returned[];
  /** Bodies that it has done with so far. */
  done: number;
  /** Consumers that take from it. */
  readers: number;
}

interface Returned {
  readonly segment: Segment;
  readonly index: number;
  /** Deliveries so far. */
  readonly count: number;
}

interface Partition {
  tail: Segment;
  /** Bodies so far. */
  published: number;
  /** When its server is free, ns. */
  freeNs: number;
  readonly queues: readonly Queue[];
}

/**
 * For each producer about a millisecond's work of 100-byte messages, and more than it usually has in flight:
 * with less a queue would grow for want of turns, out of the processor's caches.
 */
const MOST_IN_TURN = 8192;

/** A backlog of large messages ends here rather than in the death of the process. */
const MOST_BYTES = 1024 ** 3;

import type { MessageHead, MessageSource } from "../driver.ts";
import { type Batch, createBatch } from "./batch.ts";

/** Batches that were not sent yet, oldest first; the last one of each partition still grows. */
export interface BatchQueue {
  readonly size: number;
  /** Takes the message last peeked at into a batch of its partition. */
  take(head: MessageHead, source: MessageSource, nowMs: number): void;
  /** The oldest batch that is full or due, or with `all` simply the oldest. */
  next(nowMs: number, all: boolean): Batch | undefined;
  /** When the next batch is due, ms; Infinity: none waits. */
  dueAtMs(): number;
  /** Gives a batch back that nobody reads any more. */
  recycle(batch: Batch): void;
}

/** Batches kept for the next use. */
const POOL_SIZE = 256;

export interface QueueOptions {
  readonly batchBytes: number;
  readonly lingerMs: number;
  /** Whether kafkajs' grouping by partition may be skipped. */
  readonly groupedAlready: boolean;
}

export function createQueue(options: QueueOptions): BatchQueue {
  const queue: Batch[] = [];
  const pool: Batch[] = [];
  const growing = new Map<number, Batch>();

  return {
    get size() {
      return queue.length;
    },
    take(head, source, nowMs) {
      let batch = growing.get(head.partition);
      if (!batch?.fits(head, options.batchBytes)) {
        batch = pool.pop() ?? createBatch(options.groupedAlready);
        batch.reset(head, nowMs + options.lingerMs);
        growing.set(head.partition, batch);
        queue.push(batch);
      }
      batch.add(head, source);
    },
    next(nowMs, all) {
      // Batches of one partition are in order here, and only its last one grows: none overtakes another.
      const at = queue.findIndex((b) => all || b.dueAtMs <= nowMs || growing.get(b.partition) !== b);
      if (at < 0) return undefined;
      const [batch] = queue.splice(at, 1) as [Batch];
      if (growing.get(batch.partition) === batch) growing.delete(batch.partition);
      return batch;
    },
    dueAtMs() {
      let soonest = Number.POSITIVE_INFINITY;
      for (const batch of queue) soonest = Math.min(soonest, batch.dueAtMs);
      return soonest;
    },
    recycle(batch) {
      if (pool.length < POOL_SIZE) pool.push(batch);
    },
  };
}

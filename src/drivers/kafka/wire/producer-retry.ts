import type { Reaction } from "./produce-request.ts";
import type { ProducerBatch } from "./producer-batch.ts";

/** How a producer without idempotence tries again. */
export interface RetryOptions {
  readonly acks: 0 | 1 | -1;
  /** How often a batch is sent again. */
  readonly retries: number;
  /** Since a batch was begun; then it is not tried again. */
  readonly publishTimeoutMs: number;
}

/**
 * Puts a batch that failed in front of what its lane has not sent, as Kafka's own producer does without idempotence
 * (RecordAccumulator.reenqueue: `addFirst`). Of several that were under way each comes in front of the one before, and
 * those that did not fail have overtaken it: so the order is lost. Only with one request at a time it is kept.
 * @returns false when it is not to be tried again
 */
export function retryFirst(
  batch: ProducerBatch,
  reaction: Reaction,
  { acks, retries, publishTimeoutMs }: RetryOptions,
): boolean {
  const isWorthIt = reaction === "again" || reaction === "again-not-stored";
  if (acks === 0 || !isWorthIt || batch.attempts > retries) return false;
  if (performance.now() > batch.createdMs + publishTimeoutMs) return false;
  if (reaction === "again") batch.mayBeStored = true;
  batch.lane!.queue.unshift(batch);
  return true;
}

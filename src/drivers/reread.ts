import type { Topology } from "../model/topology.ts";

/**
 * The facet `reread` of the contract: reads once more, after a run, what the broker still has of a stream.
 *
 * `log`: every record of every partition by its offset, from the first that is there to the end as it was when the
 * reading began; nothing is changed, and records of transactions that are open or aborted are left out. `rest`: what
 * is left in each subscription's queues, which are emptied by it.
 */
export type RereadKind = "log" | "rest";

export interface RereadOptions {
  readonly topology: Topology;
  /** Ends it early; what was read until then was given. */
  readonly signal: AbortSignal;
}

export interface Reread {
  /**
   * One record in `bytes[start … end)`, which is dead when this returns. Within a partition (and subscription, where
   * that counts) they come in the broker's order.
   * @param subscription whose queue it was in, or -1 for a log, which all subscriptions share
   * @param offset position in the partition, or -1 where there is none
   */
  record(
    bytes: Buffer,
    start: number,
    end: number,
    subscription: number,
    partition: number,
    offset: number,
  ): void;
}

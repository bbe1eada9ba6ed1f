import type { Topology } from "../model/topology.ts";

export interface Transactional {
  /** Whoever opens a producer with the id of another one fences that one. Carries the run's id. */
  readonly id: string;
  /** The broker aborts what is open for longer, ns. */
  readonly timeoutNs: number;
}

/**
 * The transactions of one producer, one after another. Until the end of its transaction no message is settled,
 * whatever the broker has answered for it; the end decides for all of them alike:
 *
 * - `acked` once the commit was answered;
 * - `failed` (`TRANSACTION_ABORTED`, or the code that one of them was refused with) when it was certainly
 *   aborted: no reader of what is committed will see them;
 * - `unknown` when it was to end and no answer came, when somebody else may have ended it, or when the producer
 *   was closed.
 *
 * What is held back counts as in flight: a transaction has at most `maxInFlight` messages. Between
 * transactions, and in one that can only be aborted, `offer` takes nothing, since messages become due by the
 * clock, also while a commit is under way; `on.ready()` follows with the next `begin`.
 *
 * Each call rejects with a BrokerError that has the protocol's code, and with a plain Error for a call that is
 * out of turn. Fenced (`PRODUCER_FENCED`, `INVALID_PRODUCER_EPOCH`) is for good: somebody else has the id, or the
 * transaction was open for too long; its messages are `failed`, and `begin` rejects from then on.
 */
export interface Transaction {
  /** Resolves when messages may be offered. */
  begin(): Promise<void>;
  /**
   * Makes positions of a consumer part of the transaction: they are acknowledged with its commit, and not at
   * all when it is aborted. Awaited before `commit`. After a rejection the transaction can only be aborted.
   */
  sendOffsets(positions: Positions): Promise<void>;
  /**
   * Sends what lingers, waits for what is under way and commits. When it rejects with nothing settled, some
   * message or offset was not taken: then only `abort` is left. Otherwise the transaction is over.
   */
  commit(): Promise<void>;
  /** Drops what was not sent, waits for what is under way and aborts. The transaction is over, also when it rejects. */
  abort(): Promise<void>;
}

/** How far a subscription was processed, without a gap. */
export interface Positions {
  readonly topology: Topology;
  readonly subscription: string;
  /** Partition → offset of the message to be processed next; only partitions in which something was answered. */
  readonly offsets: ReadonlyMap<number, number>;
}

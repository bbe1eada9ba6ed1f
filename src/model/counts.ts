/** offered = acked + failed + unknown + unasked. */
export interface Counts {
  readonly offered: number;
  readonly acked: number;
  readonly failed: number;
  readonly unknown: number;
  readonly unasked: number;
  /** Contrary answers after the final one. */
  readonly late: number;
  /** Sums over the subscriptions: */
  readonly delivered: number;
  readonly unique: number;
  readonly redelivered: number;
  readonly copied: number;
  readonly lost: number;
  readonly missing: number;
  readonly undelivered: number;
  readonly recovered: number;
  readonly phantom: number;
  readonly unexpected: number;
  readonly foreign: number;
  readonly corrupt: number;
  /** Order within the promise of the target: late first sights. */
  readonly reordered: number;
  /** Where the plan has transactions. */
  readonly abortedRead?: number;
  readonly torn?: number;
  /** Where consumers keep their effects. */
  readonly duplicateEffects?: number;
  readonly missingEffects?: number;
  readonly bytesOffered: number;
}

/** total = committed + aborted + unknown. */
export interface TransactionCounts {
  readonly total: number;
  readonly committed: number;
  readonly aborted: number;
  readonly unknown: number;
}

/** applied = distinct messages + duplicateEffects. */
export interface EffectCounts {
  readonly subscription: string;
  /** Effects that there are, read from the database afterwards. */
  readonly applied: number;
  /** Deliveries of a message whose effect was there already. */
  readonly duplicatesSuppressed: number;
  /** Effects of a message beyond its first. */
  readonly duplicateEffects: number;
  /** Messages that were processed and have no effect. */
  readonly missing: number;
}

/**
 * delivered = unique + redelivered + copied + foreign + corrupt (`unexpected` ones are part of unique), and
 * acked = (acked and processed) + lost + undelivered.
 */
export interface SubscriptionCounts {
  readonly name: string;
  readonly delivered: number;
  readonly unique: number;
  readonly redelivered: number;
  readonly copied: number;
  readonly foreign: number;
  readonly corrupt: number;
  readonly lost: number;
  readonly missing: number;
  readonly undelivered: number;
  readonly recovered: number;
  readonly phantom: number;
  readonly unexpected: number;
  readonly reordered: number;
  /** Late first sights that were redeliveries: outside the promise, only a number. */
  readonly reorderedByRedelivery: number;
  /** Largest displacement of a late message: running maximum − its sequence. */
  readonly maxDisplacement: number;
  /** Messages of aborted transactions that arrived; where the plan has transactions, as is the next. */
  readonly abortedRead?: number;
  /** Transactions of which a part was seen and a part was not. */
  readonly torn?: number;
  readonly closes: boolean;
}

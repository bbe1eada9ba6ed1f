import { BitPages } from "./bit-pages.ts";
import { EXAMPLES } from "./examples.ts";
import type { Ledger, Tally } from "./ledger.ts";

/** The effects of one subscription, as its database has them, held against what the ledger says was processed. */
export interface EffectVerdict {
  readonly applied: number;
  /** Deliveries whose effect was there already, by the database. */
  readonly suppressed: number;
  /** Effects of a message beyond its first. */
  readonly duplicates: Tally;
  /** Messages that were processed and have no effect. */
  readonly missing: Tally;
}

/** Rows of a database of effects. */
export interface EffectRows {
  readonly applied: Iterable<readonly [lane: number, sequence: number]>;
  readonly suppressed: number;
}

/** Counts the effects of each message: exactly one is right. */
export function judgeEffects(
  { applied, suppressed }: EffectRows,
  lanes: number,
  ledger: Pick<Ledger, "processedBeyond">,
  subscription: number,
): EffectVerdict {
  const seen = Array.from({ length: lanes }, () => new BitPages());
  const duplicates: Tally = { count: 0, examples: [] };
  let count = 0;
  for (const [lane, sequence] of applied) {
    count++;
    const pages = seen[lane];
    if (pages?.has(sequence)) {
      duplicates.count++;
      if (duplicates.examples.length < EXAMPLES) duplicates.examples.push([lane, sequence]);
    } else pages?.setRange(sequence, 1);
  }
  return { applied: count, suppressed, duplicates, missing: ledger.processedBeyond(subscription, seen) };
}

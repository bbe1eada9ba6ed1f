import type { BitPages } from "./bit-pages.ts";
import { EXAMPLES } from "./examples.ts";

/** Where the transactions of each lane begin, in their order: each is all up to the next, or to the last message. */
export class TransactionSpans {
  readonly #lanes: { from: number; transaction: number }[][];

  constructor(lanes: number) {
    this.#lanes = Array.from({ length: lanes }, () => []);
  }

  began(lane: number, from: number, transaction: number): void {
    const spans = this.#lanes[lane]!;
    const last = spans.at(-1);
    // The one before had no message in this lane.
    if (last?.from === from) last.transaction = transaction;
    else spans.push({ from, transaction });
  }

  /** @param offered by lane: how many messages it has */
  each(
    offered: readonly number[],
    on: (transaction: number, lane: number, from: number, count: number) => void,
  ): void {
    this.#lanes.forEach((spans, lane) => {
      spans.forEach(({ from, transaction }, i) => {
        const end = spans[i + 1]?.from ?? offered[lane]!;
        if (end > from) on(transaction, lane, from, end - from);
      });
    });
  }
}

/** What became of the transactions of a run. */
export interface TransactionVerdict {
  readonly total: number;
  readonly committed: number;
  readonly aborted: number;
  /** Nobody knows how they ended. */
  readonly unknown: number;
  /** By subscription: transactions of which a part was seen and a part was not. */
  readonly torn: readonly TornTally[];
}

export interface TornTally {
  readonly count: number;
  /** Of each, the first message that was not seen: [lane, sequence]. */
  readonly examples: readonly [number, number][];
}

export interface TransactionEvidence {
  readonly spans: TransactionSpans;
  readonly offered: readonly number[];
  readonly outcomes: Readonly<Record<"acked" | "failed" | "unknown", readonly BitPages[]>>;
  /** By subscription, then by lane. */
  readonly seen: readonly (readonly BitPages[])[];
}

interface Account {
  acked: number;
  failed: number;
  unknown: number;
  /** By subscription. */
  readonly seen: number[];
  readonly firstAbsent: ([number, number] | undefined)[];
}

/**
 * Judges transactions as a whole. A committed one is seen with all of its messages or it is torn; one whose end is
 * unknown with all or none. Of an aborted one nothing may be seen, which is judged message by message.
 */
export function judgeTransactions(e: TransactionEvidence): TransactionVerdict {
  const accounts = new Map<number, Account>();
  e.spans.each(e.offered, (transaction, lane, from, count) => {
    let a = accounts.get(transaction);
    if (a === undefined) {
      a = {
        acked: 0,
        failed: 0,
        unknown: 0,
        seen: e.seen.map(() => 0),
        firstAbsent: e.seen.map(() => undefined),
      };
      accounts.set(transaction, a);
    }
    a.acked += e.outcomes.acked[lane]!.within(from, count);
    a.failed += e.outcomes.failed[lane]!.within(from, count);
    a.unknown += e.outcomes.unknown[lane]!.within(from, count);
    for (const [s, lanes] of e.seen.entries()) {
      const seen = lanes[lane]!.within(from, count);
      a.seen[s]! += seen;
      if (seen < count) a.firstAbsent[s] ??= [lane, firstUnset(lanes[lane]!, from)];
    }
  });
  const all = [...accounts.values()];
  const aborted = all.filter((a) => a.failed > 0 && a.acked + a.unknown === 0).length;
  const committed = all.filter((a) => a.acked > 0).length;
  return {
    total: all.length,
    committed,
    aborted,
    unknown: all.length - committed - aborted,
    torn: e.seen.map((_, s) => {
      const torn = all.filter((a) => a.seen[s]! > 0 && a.seen[s]! < a.acked + a.unknown);
      return {
        count: torn.length,
        examples: torn.slice(0, EXAMPLES).flatMap((a) => (a.firstAbsent[s] ? [a.firstAbsent[s]] : [])),
      };
    }),
  };
}

function firstUnset(pages: BitPages, from: number): number {
  let at = from;
  while (pages.has(at)) at++;
  return at;
}

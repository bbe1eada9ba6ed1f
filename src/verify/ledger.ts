import { PAGE_BITS, PAGE_WORDS, popcount } from "../model/bits.ts";
import { BitPages } from "./bit-pages.ts";
import { EXAMPLES } from "./examples.ts";
import { judgeTransactions, TransactionSpans, type TransactionVerdict } from "./transactions.ts";

export type LedgerOutcome = "acked" | "failed" | "unknown" | "unasked";

/** What one subscription's agents counted themselves. */
export interface ArrivalSums {
  readonly delivered: number;
  readonly foreign: number;
  readonly corrupt: number;
  readonly unexpected: number;
  readonly redelivered: number;
  readonly copied: number;
  readonly reordered: number;
  readonly reorderedByRedelivery: number;
  readonly maxDisplacement: number;
}

/** Sequences of one kind in one subscription. */
export interface Tally {
  count: number;
  /** At most {@link EXAMPLES}: [lane, sequence]. */
  readonly examples: [number, number][];
}

export interface SubscriptionVerdict {
  readonly name: string;
  readonly sums: ArrivalSums;
  readonly unique: number;
  readonly redelivered: number;
  readonly copied: Tally;
  /** Acked but not processed. */
  readonly absent: Tally;
  /** Acked messages of the lanes that lack some, from the first one that is absent on. */
  readonly absentAmong: number;
  readonly missing: Tally;
  readonly recovered: Tally;
  readonly phantom: Tally;
  readonly unexpected: Tally;
}

/**
 * Exact account of a run: what was offered and its outcome per lane, what was processed per subscription and
 * lane, from the pages and ranges that agents ship (design: docs/measuring.md, "The ledger").
 */
export class Ledger {
  readonly #offered: number[];
  readonly #spans: TransactionSpans;
  readonly #outcomes: Record<LedgerOutcome, BitPages[]>;
  readonly #subscriptions: {
    readonly name: string;
    readonly seen: BitPages[];
    readonly flagged: BitPages[];
    /** Repeats found while merging. */
    redelivered: number;
    readonly copied: Tally;
  }[];

  constructor(lanes: number, subscriptions: readonly string[]) {
    const pages = (): BitPages[] => Array.from({ length: lanes }, () => new BitPages());
    this.#offered = new Array<number>(lanes).fill(0);
    this.#spans = new TransactionSpans(lanes);
    this.#outcomes = { acked: pages(), failed: pages(), unknown: pages(), unasked: pages() };
    this.#subscriptions = subscriptions.map((name) => ({
      name,
      seen: pages(),
      flagged: pages(),
      redelivered: 0,
      copied: tally(),
    }));
  }

  offered(lane: number, count: number): void {
    this.#offered[lane] = count;
  }

  settled(lane: number, from: number, count: number, outcome: LedgerOutcome): void {
    this.#outcomes[outcome][lane]!.setRange(from, count);
  }

  /** A transaction's messages in this lane start at `from`. */
  began(lane: number, from: number, transaction: number): void {
    this.#spans.began(lane, from, transaction);
  }

  /**
   * Merges a shipped page; bits that were set before are repeats, told apart by the flag of either sight.
   * @returns how many are repeats
   */
  arrived(
    subscription: number,
    lane: number,
    page: number,
    low: number,
    seen: Uint32Array,
    flagged: Uint32Array | undefined,
  ): number {
    const s = this.#subscriptions[subscription]!;
    if (flagged) s.flagged[lane]!.or(page, low, flagged);
    const flags = s.flagged[lane]!.words(page);
    let repeats = 0;
    s.seen[lane]!.or(page, low, seen, (word, bits) => {
      const flag = flags?.[word] ?? 0;
      repeats += popcount(bits);
      s.redelivered += popcount(bits & flag);
      collect(s.copied, lane, page * PAGE_BITS + word * 32, bits & ~flag);
    });
    return repeats;
  }

  get totals(): Readonly<Record<LedgerOutcome | "offered", number>> {
    const sum = (outcome: LedgerOutcome): number => this.#outcomes[outcome].reduce((n, p) => n + p.count, 0);
    return {
      offered: this.#offered.reduce((a, b) => a + b, 0),
      acked: sum("acked"),
      failed: sum("failed"),
      unknown: sum("unknown"),
      unasked: sum("unasked"),
    };
  }

  /** First sights so far, of all subscriptions. */
  get unique(): number {
    return this.#subscriptions.reduce((n, s) => n + s.seen.reduce((m, p) => m + p.count, 0), 0);
  }

  /** Acknowledged messages that some subscription has not processed yet. */
  get outstanding(): number {
    return this.#subscriptions.reduce((n, s) => n + this.#absent(s.seen, "acked").count, 0);
  }

  /** Messages of any outcome but `failed` that some subscription has not processed yet. */
  get possible(): number {
    const of = (outcome: LedgerOutcome): number =>
      this.#subscriptions.reduce((n, s) => n + this.#absent(s.seen, outcome).count, 0);
    return of("acked") + of("unknown") + of("unasked");
  }

  verdict(sums: readonly ArrivalSums[]): readonly SubscriptionVerdict[] {
    return this.#subscriptions.map((s, i) => {
      const counted = sums[i]!;
      const missing = this.#absent(s.seen, "unknown");
      const unasked = this.#absent(s.seen, "unasked");
      return {
        name: s.name,
        sums: counted,
        unique: s.seen.reduce((n, p) => n + p.count, 0) + counted.unexpected,
        redelivered: counted.redelivered + s.redelivered,
        copied: { count: counted.copied + s.copied.count, examples: s.copied.examples },
        absent: this.#absent(s.seen, "acked"),
        absentAmong: this.#ackedFromFirstAbsent(s.seen),
        missing: {
          count: missing.count + unasked.count,
          examples: [...missing.examples, ...unasked.examples].slice(0, EXAMPLES),
        },
        recovered: this.#present(s.seen, "unknown"),
        phantom: this.#present(s.seen, "failed"),
        unexpected: this.#beyond(s.seen, counted.unexpected),
      };
    });
  }

  transactions(): TransactionVerdict {
    const seen = this.#subscriptions.map((s) => s.seen);
    return judgeTransactions({ spans: this.#spans, offered: this.#offered, outcomes: this.#outcomes, seen });
  }

  /** What a subscription processed and `others` (by lane) have not. */
  processedBeyond(subscription: number, others: readonly BitPages[]): Tally {
    const found = tally();
    this.#subscriptions[subscription]!.seen.forEach((seen, lane) => {
      for (const page of seen.pages()) {
        const words = others[lane]?.words(page);
        seen.words(page)!.forEach((bits, w) => {
          collect(found, lane, page * PAGE_BITS + w * 32, bits & ~(words?.[w] ?? 0));
        });
      }
    });
    return found;
  }

  /** Of the acked messages that a subscription has not processed, those that `stored` has, and those that it has not. */
  origin(
    subscription: number,
    stored: readonly BitPages[],
  ): { readonly stored: Tally; readonly gone: Tally } {
    const found = { stored: tally(), gone: tally() };
    this.#subscriptions[subscription]!.seen.forEach((seen, lane) => {
      const acked = this.#outcomes.acked[lane]!;
      for (const page of acked.pages()) {
        const a = acked.words(page)!;
        const b = seen.words(page);
        if (a === b) continue;
        const there = stored[lane]!.words(page);
        for (let w = 0; w < PAGE_WORDS; w++) {
          const absent = a[w]! & ~(b?.[w] ?? 0);
          if (absent === 0) continue;
          const first = page * PAGE_BITS + w * 32;
          collect(found.stored, lane, first, absent & (there?.[w] ?? 0));
          collect(found.gone, lane, first, absent & ~(there?.[w] ?? 0));
        }
      }
    });
    return found;
  }

  /** Whether everything was lost from some message on, or only some: the number that the lost ones stand against. */
  #ackedFromFirstAbsent(seen: readonly BitPages[]): number {
    let acked = 0;
    this.#outcomes.acked.forEach((settled, lane) => {
      let isFound = false;
      for (const page of [...settled.pages()].sort((a, b) => a - b)) {
        const a = settled.words(page)!;
        const b = seen[lane]!.words(page);
        for (let w = 0; w < PAGE_WORDS; w++) {
          const bits = a[w]!;
          const gone = bits & ~(b?.[w] ?? 0);
          if (isFound) acked += popcount(bits);
          // The lowest absent bit and all above it.
          else if (gone !== 0) acked += popcount(bits & -(gone & -gone));
          isFound ||= gone !== 0;
        }
      }
    });
    return acked;
  }

  #absent(seen: readonly BitPages[], outcome: LedgerOutcome): Tally {
    return this.#compare(seen, outcome, (settled, processed) => settled & ~processed);
  }

  #present(seen: readonly BitPages[], outcome: LedgerOutcome): Tally {
    return this.#compare(seen, outcome, (settled, processed) => settled & processed);
  }

  #compare(
    seen: readonly BitPages[],
    outcome: LedgerOutcome,
    pick: (settled: number, processed: number) => number,
  ): Tally {
    const found = tally();
    this.#outcomes[outcome].forEach((settled, lane) => {
      for (const page of settled.pages()) {
        const a = settled.words(page)!;
        const b = seen[lane]!.words(page);
        if (a === b) {
          // Both full: the same shared page.
          if (pick(-1, -1) === 0) continue;
        }
        for (let w = 0; w < PAGE_WORDS; w++) {
          const bits = pick(a[w]!, b?.[w] ?? 0);
          if (bits !== 0) collect(found, lane, page * PAGE_BITS + w * 32, bits);
        }
      }
    });
    return found;
  }

  /** Processed, but never offered. */
  #beyond(seen: readonly BitPages[], otherLanes: number): Tally {
    const found = tally();
    found.count = otherLanes;
    seen.forEach((processed, lane) => {
      const offered = this.#offered[lane]!;
      for (const page of processed.pages()) {
        if ((page + 1) * PAGE_BITS <= offered) continue;
        const words = processed.words(page)!;
        for (let w = 0; w < PAGE_WORDS; w++) {
          const first = page * PAGE_BITS + w * 32;
          const known = Math.min(32, Math.max(0, offered - first));
          const bits = known === 32 ? 0 : words[w]! & ~((1 << known) - 1);
          if (bits !== 0) collect(found, lane, first, bits);
        }
      }
    });
    return found;
  }
}

function tally(): Tally {
  return { count: 0, examples: [] };
}

function collect(into: Tally, lane: number, first: number, bits: number): void {
  into.count += popcount(bits);
  for (let bit = 0; bit < 32 && into.examples.length < EXAMPLES; bit++)
    if (bits & (1 << bit)) into.examples.push([lane, first + bit]);
}

import { PAGE_BITS, PAGE_WORDS, popcount } from "../model/bits.ts";

/**
 * An exact set of sequences. A page that is full costs one map entry, so memory is that of the pages that
 * are still open: a long run without anomalies stays small.
 */
export class BitPages {
  /** Bits set. */
  count = 0;
  readonly #pages = new Map<number, Uint32Array>();
  readonly #counts = new Map<number, number>();

  /** The words of a page; a shared all-ones page when it is full, undefined when it is empty. */
  words(page: number): Uint32Array | undefined {
    return this.#pages.get(page);
  }

  pages(): Iterable<number> {
    return this.#pages.keys();
  }

  has(sequence: number): boolean {
    const words = this.#pages.get(Math.floor(sequence / PAGE_BITS));
    const bit = sequence % PAGE_BITS;
    return words !== undefined && (words[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }

  /** How many of the `count` sequences from `from` on are set. */
  within(from: number, count: number): number {
    let found = 0;
    const end = from + count;
    for (let at = from; at < end; ) {
      const page = Math.floor(at / PAGE_BITS);
      const stop = Math.min(end, (page + 1) * PAGE_BITS);
      const words = this.#pages.get(page);
      if (words !== undefined)
        eachWord(at - page * PAGE_BITS, stop - page * PAGE_BITS, (word, mask) => {
          found += popcount(words[word]! & mask);
        });
      at = stop;
    }
    return found;
  }

  /**
   * ORs words into a page.
   * @param repeated called with each word of bits that were set before
   */
  or(page: number, from: number, words: Uint32Array, repeated?: (word: number, bits: number) => void): void {
    const old = this.#open(page);
    let added = 0;
    for (let i = 0; i < words.length; i++) {
      const before = old[from + i]!;
      const now = words[i]!;
      if (repeated && (before & now) !== 0) repeated(from + i, before & now);
      added += popcount(now & ~before);
      if (old !== FULL) old[from + i] = before | now;
    }
    this.#added(page, added);
  }

  /** Sets `count` sequences from `from` on. */
  setRange(from: number, count: number): void {
    let at = from;
    const end = from + count;
    while (at < end) {
      const page = Math.floor(at / PAGE_BITS);
      const stop = Math.min(end, (page + 1) * PAGE_BITS);
      this.#setWithin(page, at - page * PAGE_BITS, stop - page * PAGE_BITS);
      at = stop;
    }
  }

  #setWithin(page: number, from: number, to: number): void {
    const words = this.#open(page);
    if (words === FULL) return;
    let added = 0;
    eachWord(from, to, (word, mask) => {
      added += popcount(mask & ~words[word]!);
      words[word]! |= mask;
    });
    this.#added(page, added);
  }

  #open(page: number): Uint32Array {
    let words = this.#pages.get(page);
    if (words === undefined) {
      words = new Uint32Array(PAGE_WORDS);
      this.#pages.set(page, words);
    }
    return words;
  }

  #added(page: number, added: number): void {
    if (added === 0) return;
    this.count += added;
    const total = (this.#counts.get(page) ?? 0) + added;
    this.#counts.set(page, total);
    if (total === PAGE_BITS) this.#pages.set(page, FULL);
  }
}

/** The words that hold the bits `from … to - 1` of a page, and which of their bits these are. */
function eachWord(from: number, to: number, on: (word: number, mask: number) => void): void {
  for (let bit = from; bit < to; ) {
    const low = bit & 31;
    const high = Math.min(32, low + to - bit);
    on(bit >>> 5, (high === 32 ? -1 : (1 << high) - 1) & ~((1 << low) - 1));
    bit += high - low;
  }
}

const FULL = new Uint32Array(PAGE_WORDS).fill(0xffffffff);

import { PAGE_BITS, PAGE_WORDS, popcount } from "../model/bits.ts";

/** What came of one page of sequences since it was last shipped: words `low … high` may have bits. */
export interface Page {
  readonly number: number;
  /** Valid until the next page is given out. */
  readonly fresh: Uint32Array;
  /** Bits of deliveries that the broker says were delivered before; undefined while there are none. */
  readonly flagged: Uint32Array | undefined;
  readonly low: number;
  readonly high: number;
}

interface OpenPage {
  readonly number: number;
  /** Everything that was ever marked. */
  seen: Uint32Array;
  /** As it was when the page was last shipped. */
  shipped: Uint32Array;
  flagged: Uint32Array | undefined;
  low: number;
  high: number;
  /** Bits that were shipped. */
  count: number;
}

/**
 * The processed sequences of one (subscription, lane) as one agent saw them. First sights are shipped each
 * second and merged with those of other agents by the conductor, who so finds repeats across agents; repeats
 * within this agent are found here. A page that is full costs no more than its entry.
 *
 * Marking touches one word; which bits are new is found out once a second, from what was shipped before.
 */
export class LanePages {
  #current: OpenPage = openPage(-1);
  /** First sequence of the current page. */
  #first = Number.NEGATIVE_INFINITY;
  readonly #pages = new Map<number, OpenPage>();
  readonly #touched = new Set<OpenPage>();

  /** Marks a sequence; true when this agent had marked it before. */
  mark(sequence: number, flagged: boolean): boolean {
    let bit = sequence - this.#first;
    if (!(bit >= 0 && bit < PAGE_BITS)) bit = this.#turnTo(sequence);
    const page = this.#current;
    const { seen } = page;
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    const before = seen[word]!;
    if ((before & mask) !== 0) return true;
    seen[word] = before | mask;
    if (page.high < 0) this.#touched.add(page);
    if (word < page.low) page.low = word;
    if (word > page.high) page.high = word;
    if (flagged) {
      page.flagged ??= new Uint32Array(PAGE_WORDS);
      page.flagged[word]! |= mask;
    }
    return false;
  }

  /** Gives every page with first sights since the last call. */
  take(ship: (page: Page) => void): void {
    for (const page of this.#touched) {
      const { number, seen, shipped, flagged, low, high } = page;
      for (let w = low; w <= high; w++) {
        const now = seen[w]!;
        const fresh = now ^ shipped[w]!;
        FRESH[w] = fresh;
        page.count += popcount(fresh);
        shipped[w] = now;
      }
      ship({ number, fresh: FRESH, flagged, low, high });
      page.flagged = undefined;
      page.low = PAGE_WORDS;
      page.high = -1;
      if (page.count === PAGE_BITS) {
        page.seen = FULL;
        page.shipped = FULL;
      }
    }
    this.#touched.clear();
  }

  /** Opens the page of a sequence; returns its bit there. */
  #turnTo(sequence: number): number {
    const number = Math.floor(sequence / PAGE_BITS);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = openPage(number);
      this.#pages.set(number, page);
    }
    this.#current = page;
    this.#first = number * PAGE_BITS;
    return sequence - this.#first;
  }
}

const FULL = new Uint32Array(PAGE_WORDS).fill(0xffffffff);
/** Shared: a shipped page is encoded before the next one is looked at. */
const FRESH = new Uint32Array(PAGE_WORDS);

function openPage(number: number): OpenPage {
  return {
    number,
    seen: new Uint32Array(PAGE_WORDS),
    shipped: new Uint32Array(PAGE_WORDS),
    flagged: undefined,
    low: PAGE_WORDS,
    high: -1,
    count: 0,
  };
}

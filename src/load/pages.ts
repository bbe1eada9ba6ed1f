import { PAGE_BITS, PAGE_WORDS } from "../model/bits.ts";

/** What came of one page of sequences since it was last shipped: words `low … high` may have bits. */
export interface Page {
  readonly number: number;
  fresh: Uint32Array;
  /** Bits of deliveries that the broker says were delivered before; undefined while there are none. */
  flagged: Uint32Array | undefined;
  low: number;
  high: number;
}

interface OpenPage extends Page {
  /** Everything that was ever marked. */
  seen: Uint32Array;
  count: number;
}

/**
 * The processed sequences of one (subscription, lane) as one agent saw them. First sights are shipped each
 * second and merged with those of other agents by the conductor, who so finds repeats across agents; repeats
 * within this agent are found here. A page that is full costs no more than its entry.
 */
export class LanePages {
  #current: OpenPage | undefined;
  readonly #pages = new Map<number, OpenPage>();
  readonly #touched = new Set<OpenPage>();

  /** Marks a sequence; true when this agent had marked it before. */
  mark(sequence: number, flagged: boolean): boolean {
    const number = Math.floor(sequence / PAGE_BITS);
    let page = this.#current;
    if (page === undefined || page.number !== number) page = this.#open(number);
    const bit = sequence - number * PAGE_BITS;
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    if ((page.seen[word]! & mask) !== 0) return true;
    if (page.high < 0) this.#touched.add(page);
    if (word < page.low) page.low = word;
    if (word > page.high) page.high = word;
    if (flagged) {
      page.flagged ??= new Uint32Array(PAGE_WORDS);
      page.flagged[word]! |= mask;
    }
    page.fresh[word]! |= mask;
    page.seen[word]! |= mask;
    page.count++;
    return false;
  }

  /** Gives every page with first sights since the last call. */
  take(ship: (page: Page) => void): void {
    for (const page of this.#touched) {
      ship(page);
      page.fresh.fill(0, page.low, page.high + 1);
      page.flagged = undefined;
      page.low = PAGE_WORDS;
      page.high = -1;
      if (page.count === PAGE_BITS) {
        page.seen = FULL;
        page.fresh = FULL;
      }
    }
    this.#touched.clear();
  }

  #open(number: number): OpenPage {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = {
        number,
        seen: new Uint32Array(PAGE_WORDS),
        fresh: new Uint32Array(PAGE_WORDS),
        flagged: undefined,
        low: PAGE_WORDS,
        high: -1,
        count: 0,
      };
      this.#pages.set(number, page);
    }
    this.#current = page;
    return page;
  }
}

const FULL = new Uint32Array(PAGE_WORDS).fill(0xffffffff);

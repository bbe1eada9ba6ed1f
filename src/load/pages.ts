import { PAGE_BITS, PAGE_WORDS } from "../model/bits.ts";

/** A page that was touched since it was last shipped: words `low … high` may have bits. */
export interface Page {
  readonly number: number;
  readonly seen: Uint32Array;
  /** Bits of deliveries that the broker says were delivered before; undefined while there are none. */
  flagged: Uint32Array | undefined;
  low: number;
  high: number;
}

/**
 * The processed sequences of one (subscription, lane) as one agent saw them since the last shipment. The
 * conductor ORs the pages of all agents, so repeats across agents and seconds are found there, and repeats
 * within them here.
 */
export class LanePages {
  #current: Page | undefined;
  readonly #pages = new Map<number, Page>();

  /** Marks a sequence; true when it was already marked since the last shipment. */
  mark(sequence: number, flagged: boolean): boolean {
    const number = Math.floor(sequence / PAGE_BITS);
    let page = this.#current;
    if (page === undefined || page.number !== number) page = this.#open(number);
    const bit = sequence - number * PAGE_BITS;
    const word = bit >>> 5;
    const mask = 1 << (bit & 31);
    if (word < page.low) page.low = word;
    if (word > page.high) page.high = word;
    if (flagged) {
      page.flagged ??= new Uint32Array(PAGE_WORDS);
      page.flagged[word]! |= mask;
    }
    const old = page.seen[word]!;
    page.seen[word] = old | mask;
    return (old & mask) !== 0;
  }

  /** Gives every touched page and forgets it. */
  take(ship: (page: Page) => void): void {
    for (const page of this.#pages.values()) ship(page);
    this.#pages.clear();
    this.#current = undefined;
  }

  #open(number: number): Page {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = { number, seen: new Uint32Array(PAGE_WORDS), flagged: undefined, low: PAGE_WORDS, high: -1 };
      this.#pages.set(number, page);
    }
    this.#current = page;
    return page;
  }
}

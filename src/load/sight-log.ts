/** Told of each first sight when it is done, in that order. */
export interface OrderWatch {
  /** @param key its number, or -1 @param doneNs when it was done, since the run's start */
  add(lane: number, sequence: number, key: number, intendedNs: number, doneNs: number): void;
}

/** First sights of one subscription in one agent, oldest first: {@link SIGHT_FIELDS} numbers each. */
export interface Sights {
  readonly subscription: number;
  /** The log was full at its end: there may be more. */
  readonly isCut: boolean;
  /** lane, sequence, key, intendedNs, doneNs; and again. */
  readonly rows: Float64Array;
}

export const SIGHT_FIELDS = 5;
/** In each agent: 40 MB on the conductor's side. */
const MOST_SIGHTS = 1_000_000;
const HEAD_FIELDS = 2;

/**
 * First sights as they are done, to be merged with those of other agents by their times: the agents of a host share one
 * clock.
 */
export class SightLog implements OrderWatch {
  #rows: number[] = [];
  #left = MOST_SIGHTS;
  #isCut = false;
  #isCutTold = false;

  add(lane: number, sequence: number, key: number, intendedNs: number, doneNs: number): void {
    if (this.#left === 0) {
      this.#isCut = true;
      return;
    }
    this.#left--;
    this.#rows.push(lane, sequence, key, intendedNs, doneNs);
  }

  /** What is new since the last time, for the pipe; undefined: nothing. */
  take(subscription: number): Buffer | undefined {
    if (this.#rows.length === 0 && this.#isCut === this.#isCutTold) return undefined;
    this.#isCutTold = this.#isCut;
    const rows = new Float64Array(HEAD_FIELDS + this.#rows.length);
    rows.set([subscription, this.#isCut ? 1 : 0]);
    rows.set(this.#rows, HEAD_FIELDS);
    this.#rows = [];
    return Buffer.from(rows.buffer);
  }
}

export function readSights(payload: Buffer): Sights {
  // Copied: a payload starts at any byte, a Float64Array only at multiples of eight.
  const all = new Float64Array(Uint8Array.from(payload).buffer);
  return { subscription: all[0]!, isCut: all[1] === 1, rows: all.subarray(HEAD_FIELDS) };
}

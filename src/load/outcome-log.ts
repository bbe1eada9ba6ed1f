import type { Outcome } from "../drivers/driver.ts";

/** Order of the numbers that stand for outcomes on the wire. */
const OUTCOMES = ["acked", "failed", "unknown", "unasked"] as const satisfies readonly Outcome[];

const FIELDS = 4;
const NONE = -1;

/** Settled ranges since the last shipment, neighbours joined: `[lane, from, count, outcome]` each. */
export class OutcomeLog {
  #rows = new Float64Array(FIELDS * 256);
  #used = 0;
  /** By lane: where its newest range is, to be extended, or NONE. */
  readonly #newest: number[] = [];

  add(lane: number, from: number, count: number, outcome: Outcome): void {
    const code = OUTCOMES.indexOf(outcome);
    // Lanes are dense: no holes are left behind.
    while (this.#newest.length <= lane) this.#newest.push(NONE);
    const at = this.#newest[lane]!;
    const rows = this.#rows;
    if (at !== NONE && rows[at + 3] === code && rows[at + 1]! + rows[at + 2]! === from)
      rows[at + 2]! += count;
    else this.#append(lane, from, count, code);
  }

  /** Everything since the last call, or undefined for nothing. */
  take(): Buffer | undefined {
    if (this.#used === 0) return undefined;
    const out = Buffer.from(this.#rows.slice(0, this.#used).buffer);
    this.#used = 0;
    this.#newest.fill(NONE);
    return out;
  }

  #append(lane: number, from: number, count: number, code: number): void {
    if (this.#used + FIELDS > this.#rows.length) {
      const old = this.#rows;
      this.#rows = new Float64Array(old.length * 2);
      this.#rows.set(old);
    }
    const rows = this.#rows;
    const at = this.#used;
    rows[at] = lane;
    rows[at + 1] = from;
    rows[at + 2] = count;
    rows[at + 3] = code;
    this.#newest[lane] = at;
    this.#used += FIELDS;
  }
}

/** Calls `on` for each range of a shipped log. */
export function readOutcomes(
  payload: Buffer,
  on: (lane: number, from: number, count: number, outcome: Outcome) => void,
): void {
  for (let at = 0; at < payload.length; at += FIELDS * 8) {
    const value = (i: number): number => payload.readDoubleLE(at + i * 8);
    on(value(0), value(1), value(2), OUTCOMES[value(3)]!);
  }
}

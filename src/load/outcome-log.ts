import type { Outcome } from "../drivers/driver.ts";

/** Order of the numbers that stand for outcomes on the wire. */
const OUTCOMES = ["acked", "failed", "unknown", "unasked"] as const satisfies readonly Outcome[];

const FIELDS = 4;

/** Settled ranges since the last shipment, neighbours joined: `[lane, from, count, outcome]` each. */
export class OutcomeLog {
  #rows = new Float64Array(FIELDS * 256);
  #used = 0;
  /** Where each lane's newest range is, to be extended. */
  readonly #newest = new Map<number, number>();

  add(lane: number, from: number, count: number, outcome: Outcome): void {
    const code = OUTCOMES.indexOf(outcome);
    const at = this.#newest.get(lane);
    const rows = this.#rows;
    if (at !== undefined && rows[at + 3] === code && rows[at + 1]! + rows[at + 2]! === from) {
      rows[at + 2]! += count;
      return;
    }
    if (this.#used + FIELDS > rows.length) {
      this.#rows = new Float64Array(rows.length * 2);
      this.#rows.set(rows);
    }
    this.#rows.set([lane, from, count, code], this.#used);
    this.#newest.set(lane, this.#used);
    this.#used += FIELDS;
  }

  /** Everything since the last call, or undefined for nothing. */
  take(): Buffer | undefined {
    if (this.#used === 0) return undefined;
    const out = Buffer.from(this.#rows.slice(0, this.#used).buffer);
    this.#used = 0;
    this.#newest.clear();
    return out;
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

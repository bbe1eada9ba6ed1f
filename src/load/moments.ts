import { MOMENTS, type Moment, type MomentRow } from "../model/flow.ts";

const FIELDS = 6;

/**
 * When something happened, in intervals of some 10 ms: only where a plan has faults. Called once for each batch
 * that was settled or delivered; neighbours in one interval become one row
 * `[kind, interval, count, first ns, last ns, largest response ns]`.
 */
export class Moments {
  readonly #bucketNs: number;
  readonly #rows: number[] = [];
  /** By kind: where its newest row is, or -1. */
  readonly #newest = new Array<number>(MOMENTS.length).fill(-1);

  constructor(bucketNs: number) {
    this.#bucketNs = bucketNs;
  }

  add(kind: Moment, atNs: number, count: number, responseNs = 0): void {
    const number = MOMENTS.indexOf(kind);
    // What is before the run's time 0 is not told apart from it.
    const bucket = Math.max(0, Math.floor(atNs / this.#bucketNs));
    const at = this.#newest[number]!;
    const rows = this.#rows;
    if (at < 0 || rows[at + 1] !== bucket) {
      this.#newest[number] = rows.length;
      rows.push(number, bucket, count, atNs, atNs, Math.max(0, responseNs));
      return;
    }
    rows[at + 2]! += count;
    if (atNs < rows[at + 3]!) rows[at + 3] = atNs;
    if (atNs > rows[at + 4]!) rows[at + 4] = atNs;
    if (responseNs > rows[at + 5]!) rows[at + 5] = responseNs;
  }

  /** Everything since the last call, or undefined for nothing. */
  take(): Buffer | undefined {
    const rows = this.#rows;
    if (rows.length === 0) return undefined;
    const out = Buffer.from(Float64Array.from(rows).buffer);
    rows.length = 0;
    this.#newest.fill(-1);
    return out;
  }
}

export function readMoments(payload: Buffer): readonly MomentRow[] {
  return Array.from({ length: payload.length / (FIELDS * 8) }, (_, row) => {
    const value = (i: number): number => payload.readDoubleLE((row * FIELDS + i) * 8);
    return {
      kind: MOMENTS[value(0)]!,
      bucket: value(1),
      count: value(2),
      firstNs: value(3),
      lastNs: value(4),
      worstNs: value(5),
    };
  });
}

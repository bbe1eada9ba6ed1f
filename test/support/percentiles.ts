import { percentileOf } from "../../src/model/hdr.ts";
import type { LatencySummary } from "../../src/model/result.ts";
import { decodeHistogram } from "../../src/report/histogram.ts";

/** Where a measured distribution is off. */
export interface Mismatch {
  readonly quantile: number;
  readonly wantMs: number;
  readonly gotMs: number;
}

/** max(3 %, 5 ms) */
const toleranceNs = (wantNs: number): number => Math.max(0.03 * wantNs, 5e6);

/**
 * Compares every quantile of a result's histogram, as stored in run.json, with that of the responses that theory
 * gives, as far as theory says more than `aboveNs`; and the exact maximum.
 */
export function mismatches(
  measured: LatencySummary,
  theoryNs: readonly number[],
  aboveNs: number,
): readonly Mismatch[] {
  const counts = decodeHistogram(measured.histogram.data);
  const sorted = theoryNs.toSorted((a, b) => a - b);
  const found: Mismatch[] = [];
  const check = (quantile: number, want: number, got: number): void => {
    if (!(Math.abs(got - want) <= toleranceNs(want)))
      found.push({ quantile, wantMs: want / 1e6, gotMs: got / 1e6 });
  };
  sorted.forEach((want, i) => {
    if (want <= aboveNs) return;
    // The middle of the rank, so that rounding cannot make it the next one.
    const quantile = (i + 0.5) / sorted.length;
    check(quantile, want, percentileOf(counts, measured.count, 100 * quantile, measured.max));
  });
  check(1, sorted.at(-1)!, measured.max);
  return found;
}

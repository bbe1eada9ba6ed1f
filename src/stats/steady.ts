import { levelShift } from "./level-shift.ts";
import { mannKendall, medianOf, Z_1_PERCENT } from "./mann-kendall.ts";
import { BATCH, mser } from "./mser.ts";

/** Whether a series of intervals is about one thing that does not change. */
export interface Steadiness {
  /** `too-short`: there are too few intervals for a verdict. */
  readonly verdict: "steady" | "unsteady" | "too-short";
  /** Leading intervals that are warm-up; 0 where the series never settles, because then it is no warm-up. */
  readonly cut: number;
  /** Why it is unsteady: it jumped at `at`, or kept growing or falling. */
  readonly reason: "level-shift" | "trend" | null;
  /** Interval of the jump. */
  readonly at: number | null;
  /** Mann–Kendall's z of what is left behind the cut; positive for growing. */
  readonly z: number;
  /** Change over what is left by its median slope, as a share of its median: 0.2 = grew by 20 %. */
  readonly change: number;
}

export interface SteadyOptions {
  /** Share of the median by which a series may drift and still be called steady. */
  readonly leastChange?: number;
}

/** Below it not even a series that grows all the time gives a z beyond the limit with some noise. */
const LEAST_FOR_TREND = 8;
/** Four batch means: with fewer the first half has nothing to choose from. */
export const LEAST_FOR_CUT = 4 * BATCH;
/** A drift of less than 5 % in a run changes nobody's decision, however certain it is. */
const LEAST_CHANGE = 0.05;
/** All pairs are looked at, so a series of hours is averaged down to this many values. */
const MOST = 512;

/**
 * Finds the warm-up by MSER-5 and tests the rest for a trend by Mann–Kendall, at 1 %. Where MSER-5 cuts as
 * much as it may and no smaller cut is nearly as good, nothing is cut: it never settled, which the test confirms.
 * Intervals without a value (null) are skipped. With fewer than 20 intervals nothing is cut, with fewer than 8
 * there is no verdict.
 */
export function steadiness(
  intervals: readonly (number | null)[],
  { leastChange = LEAST_CHANGE }: SteadyOptions = {},
): Steadiness {
  const places = intervals.flatMap((v, i) => (v === null || !Number.isFinite(v) ? [] : [i]));
  const values = places.map((i) => intervals[i]!);
  if (values.length < LEAST_FOR_TREND)
    return { verdict: "too-short", cut: 0, reason: null, at: null, z: 0, change: 0 };
  const first = values.length < LEAST_FOR_CUT ? 0 : warmUpOf(values);
  const width = Math.ceil((values.length - first) / MOST);
  const rest = averaged(values.slice(first), width);
  const { z, slope } = mannKendall(rest);
  const change = relative(slope * (rest.length - 1), medianOf(rest));
  const cut = first === 0 ? 0 : places[first]!;
  if (Math.abs(z) <= Z_1_PERCENT || Math.abs(change) < leastChange)
    return { verdict: "steady", cut, reason: null, at: null, z, change };
  const jump = levelShift(rest);
  return jump.isLikelier
    ? { verdict: "unsteady", cut, reason: "level-shift", at: places[first + jump.at * width]!, z, change }
    : { verdict: "unsteady", cut, reason: "trend", at: null, z, change };
}

function warmUpOf(values: readonly number[]): number {
  const { cut, isCapped, earliest } = mser(values);
  if (!isCapped) return cut;
  return earliest < cut ? earliest : 0;
}

function relative(change: number, middle: number): number {
  if (change === 0) return 0;
  return middle === 0 ? Math.sign(change) * Number.POSITIVE_INFINITY : change / Math.abs(middle);
}

function averaged(values: readonly number[], width: number): readonly number[] {
  if (width <= 1) return values;
  return Array.from({ length: Math.ceil(values.length / width) }, (_, i) => {
    const part = values.slice(i * width, (i + 1) * width);
    return part.reduce((n, v) => n + v, 0) / part.length;
  });
}

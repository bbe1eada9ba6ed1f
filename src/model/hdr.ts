/**
 * The bucket layout of an HdrHistogram with three significant digits and a lowest value of 1: exact below
 * 2048, then 1024 buckets for each power of two. Values are whole ns.
 */

const SUB_BUCKETS = 1024;

/** Highest value that is told apart, ns (73 minutes); larger ones are counted as this. */
export const HIGHEST = 2 ** 42 - 1;

/** Number of buckets: two times 1024 up to 2048, then 1024 for each power of two up to 2^42. */
export const BUCKETS = SUB_BUCKETS * 33;

/** The bucket of a value ≥ 0. */
export function bucketIndex(value: number): number {
  const v = Math.min(Math.floor(value), HIGHEST);
  if (v < 2 * SUB_BUCKETS) return v;
  const shift = Math.floor(Math.log2(v)) - 10;
  return shift * SUB_BUCKETS + Math.floor(v / 2 ** shift);
}

/** The lowest value of a bucket. */
export function bucketLow(index: number): number {
  if (index < 2 * SUB_BUCKETS) return index;
  const shift = Math.floor(index / SUB_BUCKETS) - 1;
  return (index - shift * SUB_BUCKETS) * 2 ** shift;
}

/** The highest whole value that falls into a bucket. */
export function bucketHigh(index: number): number {
  return bucketLow(index + 1) - 1;
}

/**
 * The value below or at which `percentile` % of the counts lie: the highest equivalent value of the bucket
 * that reaches the rank, as HdrHistogram defines it, but never above the exact maximum.
 */
export function percentileOf(
  counts: ArrayLike<number>,
  total: number,
  percentile: number,
  max: number,
): number {
  // 99.9 % of 1000 is 999.0000000000001 in float64: without the guard that would be rank 1000. As in Java.
  const rank = Math.max(1, Math.ceil((percentile / 100) * total * (1 - 2 * Number.EPSILON)));
  let seen = 0;
  for (let i = 0; i < counts.length; i++) {
    seen += counts[i]!;
    if (seen >= rank) return Math.min(bucketHigh(i), max);
  }
  return max;
}

/**
 * The Kolmogorov-Smirnov statistic: the largest distance between a sample's distribution function and the
 * given one, on either side of each of its steps (Massey, "The Kolmogorov-Smirnov Test for Goodness of Fit",
 * Journal of the American Statistical Association 46, 1951).
 */
export function ksDistance(sample: readonly number[], distribution: (value: number) => number): number {
  const n = sample.length;
  return sample
    .toSorted((a, b) => a - b)
    .reduce((most, value, i) => {
      const p = distribution(value);
      return Math.max(most, (i + 1) / n - p, p - i / n);
    }, 0);
}

/**
 * What the distance exceeds with probability `alpha` by chance: Kolmogorov's limit, √(−ln(α/2) / 2n), which
 * gives the 1.36/√n at 5 % and 1.63/√n at 1 % of Massey's table for n > 35.
 */
export function ksCritical(n: number, alpha: number): number {
  return Math.sqrt(-Math.log(alpha / 2) / 2 / n);
}

/** Gaps between arrivals of a Poisson process of this rate. */
export const exponential =
  (ratePerNs: number) =>
  (gapNs: number): number =>
    1 - Math.exp(-ratePerNs * gapNs);

/** Differences of neighbours, the first one from 0. */
export const gapsOf = (times: readonly number[]): number[] => times.map((t, i) => t - (times[i - 1] ?? 0));

/** Whether values grow or fall over time, whatever their distribution. */
export interface Trend {
  /** Pairs that grow minus pairs that fall. */
  readonly s: number;
  /** S in standard deviations, with continuity correction; 0 for fewer than 3 values. */
  readonly z: number;
  /** Change from one value to the next: the median slope of all pairs. */
  readonly slope: number;
}

/** Two-sided, 1 % of the series without a trend are beyond it. */
export const Z_1_PERCENT = 2.5758;

/**
 * The Mann–Kendall test, with the variance corrected for ties.
 * Mann, "Nonparametric tests against trend", Econometrica 13 (1945); Kendall, "Rank correlation methods" (1975),
 * ch. 4: Var S = (n(n−1)(2n+5) − Σ t(t−1)(2t+5)) / 18 over groups of t equal values, normal for n ≥ 8.
 * The slope is Sen's: "Estimates of the regression coefficient based on Kendall's tau", JASA 63 (1968).
 * Values count as independent: those that follow each other closely (a queue near its limit) look like a
 * trend more often than 1 in 100 times.
 */
export function mannKendall(values: readonly number[]): Trend {
  const n = values.length;
  let s = 0;
  const slopes: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const rise = values[j]! - values[i]!;
      s += Math.sign(rise);
      slopes.push(rise / (j - i));
    }
  const variance = (n * (n - 1) * (2 * n + 5) - tied(values)) / 18;
  const z = n < 3 || variance <= 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance);
  return { s, z, slope: medianOf(slopes) };
}

/** The middle value; 0 for none. */
export function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function tied(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
  let sum = 0;
  for (const t of counts.values()) sum += t * (t - 1) * (2 * t + 5);
  return sum;
}

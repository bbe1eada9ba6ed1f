/** How much of a series' start is warm-up. */
export interface WarmUpCut {
  /** Leading values to leave out. */
  readonly cut: number;
  /** The best cut is the largest allowed one: the series may not have settled at all. */
  readonly isCapped: boolean;
  /** The smallest cut that is nearly as good; equal to `cut` where there is no smaller one. */
  readonly earliest: number;
}

/** Values for each batch mean: what makes MSER to MSER-5. */
export const BATCH = 5;
/**
 * An error within this factor is nearly as good. Of an even series the error halves from no cut to the largest
 * by the number of values alone, and where it does not, what is behind is even by chance; a real jump of some
 * noise widths changes it by an order of magnitude.
 */
const NEARLY = 1.5;

/**
 * MSER-5: the cut d that makes the mean of the rest most certain, minimal Σ(xᵢ − mean)² / (n − d)² over the
 * batch means behind d. White, "An effective truncation heuristic for bias reduction in simulation output",
 * Simulation 69 (1997); in batches of five: White, Cobb & Spratt, "A comparison of five steady-state truncation
 * heuristics for simulation", WSC 2000. Only cuts within the first half are taken: behind it the rest is so
 * short that it looks even by chance (Hoad, Robinson & Davies, "Automating warm-up length estimation", JORS 61, 2010).
 * Values behind the last full batch are not looked at.
 */
export function mser(values: readonly number[], batch = BATCH): WarmUpCut {
  const means = batchMeans(values, batch);
  const most = means.length >> 1;
  const errors: number[] = [];
  let sum = 0;
  let squares = 0;
  // Against the first mean, so that large values that differ little lose no digits.
  const base = means[0] ?? 0;
  for (let d = means.length - 1; d >= 0; d--) {
    const x = means[d]! - base;
    sum += x;
    squares += x * x;
    const n = means.length - d;
    if (d <= most) errors[d] = Math.max(0, squares - (sum * sum) / n) / (n * n);
  }
  const least = Math.min(...errors);
  const best = Math.max(0, errors.indexOf(least));
  const earliest = Math.max(
    0,
    errors.findIndex((error) => error <= least * NEARLY),
  );
  return { cut: best * batch, isCapped: best > 0 && best === most, earliest: earliest * batch };
}

function batchMeans(values: readonly number[], batch: number): readonly number[] {
  return Array.from({ length: Math.floor(values.length / batch) }, (_, i) => {
    const part = values.slice(i * batch, (i + 1) * batch);
    return part.reduce((n, v) => n + v, 0) / batch;
  });
}

import { createRandom } from "../src/model/random.ts";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** (max − min) / median beyond {@link NOISY}: the number says less than it seems to. */
  readonly noisy: boolean;
}

/** A spread of more than 30 % between identical runs: something else was measured too. */
const NOISY = 0.3;

/** @throws RangeError for no values */
export function spreadOf(values: readonly number[]): Spread {
  const mid = median(values);
  const min = Math.min(...values);
  const max = Math.max(...values);
  return { median: mid, min, max, noisy: max - min > NOISY * Math.abs(mid) };
}

/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("no values");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * Ratio of each pair. Both runs of a pair met the same moment of the machine, so what the machine did to
 * both of them cancels; the ratio of two medians would mix moments.
 * @throws RangeError unless both have the same length
 */
export function ratios(ours: readonly number[], peer: readonly number[]): readonly number[] {
  if (ours.length !== peer.length) throw new RangeError(`${ours.length} against ${peer.length} runs`);
  return ours.map((v, i) => v / peer[i]!);
}

/**
 * Slope of values at equal steps, per step: the median of the slopes of all pairs of points (Theil 1950,
 * Sen 1968). Resident memory is a saw-tooth; a least-squares line would follow its last tooth.
 */
export function slopePerStep(values: readonly number[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i++)
    for (let j = i + 1; j < values.length; j++) slopes.push((values[j]! - values[i]!) / (j - i));
  return slopes.length === 0 ? 0 : median(slopes);
}

/**
 * Runs both sides `pairs` times, one pair after another, who goes first decided by the seed: a fixed order
 * would give one side the other's warm caches and dirty disk every time.
 */
export async function interleave<A, B>(
  pairs: number,
  seed: number,
  ours: (pair: number) => Promise<A>,
  peer: (pair: number) => Promise<B>,
): Promise<{ readonly ours: readonly A[]; readonly peer: readonly B[] }> {
  const random = createRandom(seed, 0);
  const a: A[] = [];
  const b: B[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const oursFirst = random() < 0.5;
    if (oursFirst) a.push(await ours(pair));
    b.push(await peer(pair));
    if (!oursFirst) a.push(await ours(pair));
  }
  return { ours: a, peer: b };
}

/** A series as two levels, and whether that says more than a straight line. */
export interface LevelShift {
  /** First value of the second level. */
  readonly at: number;
  /** The two levels leave smaller errors than the line of least squares. */
  readonly isLikelier: boolean;
}

/**
 * The best place for one jump, by least squares: tells people whether something jumped or kept growing.
 * Which of both it is decides nothing; that there is a change at all is for a test to say.
 */
export function levelShift(values: readonly number[]): LevelShift {
  const n = values.length;
  const total = sumOf(values);
  let at = 0;
  let most = -1;
  let left = 0;
  // Least squared error = most variance between the two parts.
  for (let k = 1; k < n; k++) {
    left += values[k - 1]!;
    const between = (left / k - (total - left) / (n - k)) ** 2 * ((k * (n - k)) / n);
    if (between > most) {
      most = between;
      at = k;
    }
  }
  return { at, isLikelier: most > explainedByLine(values, total) };
}

/** Squared error that a line takes away from that of the mean. */
function explainedByLine(values: readonly number[], total: number): number {
  const n = values.length;
  const middle = (n - 1) / 2;
  const xy = sumOf(values.map((v, i) => (i - middle) * (v - total / n)));
  const xx = (n * (n * n - 1)) / 12;
  return xx === 0 ? 0 : (xy * xy) / xx;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((n, v) => n + v, 0);
}

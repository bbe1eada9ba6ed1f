/** Three digits, as reports show them, so that the printed rate is the one that ran. */
export function niceRate(ratePerS: number): number {
  return Number(ratePerS.toPrecision(3));
}

/**
 * The middle of two rates by ratio, because a rate's error is a share of it. In three digits, unless that
 * would move it by more than a tenth of the way.
 */
export function middleRate(lowPerS: number, highPerS: number): number {
  const middle = Math.sqrt(lowPerS * highPerS);
  const nice = niceRate(middle);
  return Math.abs(nice - middle) <= (highPerS - lowPerS) / 10 ? nice : middle;
}

/** A set of sequences is kept in pages of this many bits. */
export const PAGE_BITS = 65_536;
export const PAGE_WORDS = PAGE_BITS / 32;

/** Number of bits set (the parallel count of Hacker's Delight, 2nd ed., figure 5-2). */
export function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

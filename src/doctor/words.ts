/** `2 cores`, `1 core`, `1.5 cores`. */
export function plural(n: number, noun: string): string {
  return `${Number(n.toFixed(2))} ${noun}${n === 1 ? "" : "s"}`;
}

/** `4.5%`; what rounds to nothing is `0%`. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`;
}

/** Those that are there, as a list. */
export function listed(...parts: readonly (string | undefined | false)[]): string {
  return parts.filter((p) => p).join(", ");
}

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/**
 * Values over time as one line of bars, scaled from 0 to the largest; a gap for null.
 * @param width at most this many bars; neighbours share one then
 * @param share what several values under one bar become: `peak` keeps spikes, `mean` keeps rates
 */
export function sparkline(values: readonly (number | null)[], width: number, share: "peak" | "mean"): string {
  const bars = shrink(values, width, share);
  const top = Math.max(0, ...bars.filter((v) => v !== null));
  return bars
    .map((v) => {
      if (v === null) return " ";
      return BARS[top > 0 ? Math.min(BARS.length - 1, Math.floor((v / top) * BARS.length)) : 0];
    })
    .join("");
}

function shrink(
  values: readonly (number | null)[],
  width: number,
  share: "peak" | "mean",
): (number | null)[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width);
    const to = Math.floor(((i + 1) * values.length) / width);
    const part = values.slice(from, to).filter((v) => v !== null);
    if (part.length === 0) return null;
    return share === "peak" ? Math.max(...part) : part.reduce((n, v) => n + v, 0) / part.length;
  });
}

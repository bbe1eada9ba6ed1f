import type { FlowLine } from "../model/flow.ts";

/** A span of a run, ns since its start. */
export interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/**
 * The longest time between two batches, next to each other, that overlaps a span; batches that share an interval
 * are closer than that. Before the first batch it counts from the span's start, behind the last one to `overNs`.
 */
export function longestStretch(line: FlowLine, { fromNs, toNs }: Span, overNs: number): number {
  let longest = 0;
  let before = fromNs;
  for (const [i, count] of line.count.entries()) {
    if (count === 0) continue;
    const firstNs = line.firstNs[i]!;
    if (before > toNs) return longest;
    if (firstNs > fromNs) longest = Math.max(longest, firstNs - before);
    before = line.lastNs[i]!;
  }
  return before < toNs ? Math.max(longest, overNs - before) : longest;
}

/** The longest time between two batches, both of them within a span; null where it has not two of them. */
export function longestWithin(line: FlowLine, { fromNs, toNs }: Span): number | null {
  let longest: number | null = null;
  let before: number | undefined;
  for (const [i, count] of line.count.entries()) {
    if (count === 0 || line.firstNs[i]! < fromNs) continue;
    if (line.lastNs[i]! > toNs) break;
    if (before !== undefined) longest = Math.max(longest ?? 0, line.firstNs[i]! - before);
    before = line.lastNs[i]!;
  }
  return longest;
}

/** Intervals that have a part of the span. */
export function buckets(line: FlowLine, bucketNs: number, { fromNs, toNs }: Span): readonly number[] {
  const first = Math.max(0, Math.floor(fromNs / bucketNs));
  const end = Math.min(line.count.length, Math.ceil(toNs / bucketNs));
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
}

/** How many there were when each interval ended. */
export function running(line: FlowLine): readonly number[] {
  let sum = 0;
  return line.count.map((n) => {
    sum += n;
    return sum;
  });
}

/**
 * The longest time from an acknowledgement to a first sight, matched by number: the n-th with the n-th. The n-th
 * message to be seen need not be the n-th that was acknowledged; then some message waited even longer than this.
 * @param subscriptions that each see every message
 * @param shadow of first sights
 */
export function ackToSight(
  acked: FlowLine,
  seen: FlowLine,
  bucketNs: number,
  subscriptions: number,
  shadow: Span,
): number {
  const acks = running(acked);
  const sights = running(seen);
  let longest = 0;
  let at = 0;
  const ackNs = (n: number): number | undefined => {
    while (at < acks.length && acks[at]! < n) at++;
    if (at >= acks.length) return undefined;
    const count = acked.count[at]!;
    const share = count < 2 ? 0 : (n - 1 - (acks[at]! - count)) / (count - 1);
    return acked.firstNs[at]! + share * (acked.lastNs[at]! - acked.firstNs[at]!);
  };
  for (const i of buckets(seen, bucketNs, shadow)) {
    const count = seen.count[i]!;
    if (count === 0) continue;
    const last = sights[i]!;
    for (const [n, sightNs] of [
      [Math.floor((last - count) / subscriptions) + 1, seen.firstNs[i]!],
      [Math.floor(last / subscriptions), seen.lastNs[i]!],
    ] as const) {
      if (n < 1) continue;
      const then = ackNs(n);
      if (then !== undefined) longest = Math.max(longest, sightNs - then);
    }
  }
  return longest;
}

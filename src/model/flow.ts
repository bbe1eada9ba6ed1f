/**
 * What went through a run in intervals of some 10 ms: recorded only where a plan has faults, because a second is
 * too coarse for what a fault does.
 */
export interface Flow {
  readonly bucketNs: number;
  /** Messages that the clients took. */
  readonly sent: FlowLine;
  readonly acked: FlowLine;
  /** Messages that failed, or whose outcome stayed unknown. */
  readonly failed: FlowLine;
  /** First sights, of all subscriptions. */
  readonly seen: FlowLine;
  /** Redeliveries and copies. */
  readonly again: FlowLine;
}

/** Interval i of each is `i × bucketNs` to `(i + 1) × bucketNs` since the run's start. */
export interface FlowLine {
  readonly count: readonly number[];
  /** When the first and the last batch of the interval came; meaningless where `count` is 0. */
  readonly firstNs: readonly number[];
  readonly lastNs: readonly number[];
  /** Largest response time of the interval's messages, from when one was due; 0 where there is none. */
  readonly worstNs: readonly number[];
}

/** Kinds of moments, in the order of their numbers on the wire; `marked`: first sights with a sign of redelivery. */
export const MOMENTS = ["sent", "acked", "failed", "seen", "marked", "again"] as const;

export type Moment = (typeof MOMENTS)[number];

/** What an agent tells of one kind in one interval. */
export interface MomentRow {
  readonly kind: Moment;
  readonly bucket: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly worstNs: number;
}

const BUCKET_NS = 10e6;
/** Longer runs have longer intervals. */
const MOST_BUCKETS = 60_000;

/** @param spanNs warm-up and measure phase */
export function flowBucketNs(spanNs: number): number {
  return BUCKET_NS * Math.max(1, Math.ceil(spanNs / BUCKET_NS / MOST_BUCKETS));
}

/**
 * How far messages were late: bucket i counts displacements from 2^i to 2^(i+1) − 1. A displacement is the running
 * maximum of a lane's sequences minus the late one's sequence, so 1 at least.
 */
export type Displacements = readonly number[];

/** Counts one displacement; the array grows as far as it has to. */
export function addDisplacement(buckets: number[], displacement: number): void {
  const bucket = Math.floor(Math.log2(displacement));
  while (buckets.length <= bucket) buckets.push(0);
  buckets[bucket]!++;
}

export function sumDisplacements(all: readonly Displacements[]): number[] {
  const sum: number[] = [];
  for (const buckets of all)
    buckets.forEach((count, i) => {
      while (sum.length <= i) sum.push(0);
      sum[i]! += count;
    });
  return sum;
}

/** The displacement that `share` of the late messages do not exceed, by the upper end of its bucket; 0 for none. */
export function displacementAt(buckets: Displacements, share: number, max: number): number {
  const total = buckets.reduce((a, b) => a + b, 0);
  let below = 0;
  for (const [i, count] of buckets.entries()) {
    below += count;
    if (total > 0 && below >= share * total) return Math.min(max, 2 ** (i + 1) - 1);
  }
  return 0;
}

/** Order within lanes, in one scope. Judged on first sights. */
export interface LaneOrder {
  /** First sights that were judged. */
  readonly messages: number;
  /** With a sequence below the running maximum of its lane. */
  readonly late: number;
  readonly maxDisplacement: number;
  readonly displacements: Displacements;
  /** Upper ends of the buckets; 0 where nothing was late. */
  readonly p50Displacement: number;
  readonly p99Displacement: number;
}

/** The order of what a log holds, by offset. */
export interface LogOrder extends LaneOrder {
  /** Messages that are stored more than once. */
  readonly copied: number;
}

/** The order in which a subscription was given its messages, each consumer by itself. */
export interface DeliveryOrder extends LaneOrder {
  readonly subscription: string;
  /** Of the late ones: redeliveries, by the broker's flag. */
  readonly byRedelivery: number;
}

/** The order in which a subscription was through with its messages, all its consumers together. */
export interface ProcessingOrder extends LaneOrder {
  readonly subscription: string;
  /** Absent where messages have no keys. */
  readonly keys?: KeyOrder;
  /** Late against everything that was due before, whatever its lane; absent with several producers. */
  readonly global?: { readonly late: number; readonly maxBehindNs: number };
}

export interface KeyOrder {
  /** Different ones that were seen. */
  readonly seen: number;
  /** Of these, with at least one message that came after a later one of the same key. */
  readonly hit: number;
  /** Such messages. */
  readonly late: number;
  /** Most that one of them was due before the later one, ns. */
  readonly maxBehindNs: number;
  /** Keys that were seen in more than one partition. */
  readonly split: number;
}

/** Where order broke: on the way into the log, or on the way out of it. */
export type BrokenSide = "nowhere" | "producer" | "consumer" | "both" | "unknown";

/** `order` of run.json. */
export interface OrderResult {
  /** Absent without a re-read, and on what is no log. */
  readonly log?: LogOrder;
  readonly delivery: readonly DeliveryOrder[];
  /** Only with `verify.order: full`. */
  readonly processing?: readonly ProcessingOrder[];
  readonly brokeAt: BrokenSide;
}

/** `reread` of run.json: what the broker still had after the run. */
export interface RereadResult {
  /** `log`: everything by offset. `rest`: what was left in queues, which are empty now. */
  readonly kind: "log" | "rest";
  /** Why it was read. */
  readonly because: string;
  /** Everything that was read, and of it: */
  readonly records: number;
  readonly unique: number;
  readonly copied: number;
  readonly foreign: number;
  readonly corrupt: number;
  readonly tookNs: number;
  /** Why it is not whole; then nothing is concluded from what is not in it. */
  readonly incomplete?: string;
  /** What became of the acknowledged messages that a subscription lacks. */
  readonly absent: readonly AbsentOrigin[];
}

export interface AbsentOrigin {
  readonly subscription: string;
  /** The broker still has them: the consumer skipped them, or had not come to them. */
  readonly stored: number;
  /** The broker does not have them any more. */
  readonly gone: number;
}

export function laneOrder(
  messages: number,
  maxDisplacement: number,
  displacements: Displacements,
): LaneOrder {
  return {
    messages,
    late: displacements.reduce((a, b) => a + b, 0),
    maxDisplacement,
    displacements,
    p50Displacement: displacementAt(displacements, 0.5, maxDisplacement),
    p99Displacement: displacementAt(displacements, 0.99, maxDisplacement),
  };
}

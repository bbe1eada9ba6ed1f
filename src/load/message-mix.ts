import type { KeyPlan, MessagePlan, SizePlan } from "../model/plan.ts";
import { createRandom, type Random } from "../model/random.ts";
import { crc32PartitionOf } from "./crc32.ts";
import { partitionOf } from "./murmur2.ts";

/** Size, key and partition of one producer's next message. */
export interface MessageMix {
  /** Number of the key, or -1. */
  key: number;
  partition: number;
  sizeBytes: number;
  isUrgent: boolean;
  next(): void;
  /** There are so many partitions from now on: keys fall anew. */
  grow(partitions: number): void;
  /** The bytes of a key: its number as text, so that tools show something readable. */
  keyBytes(key: number): Buffer | undefined;
}

/**
 * A key belongs to one producer (producer p of P has the keys p, p + P, …), so that order per key has a
 * meaning; but for those that do not agree on the partitioner, who have the same keys. Without keys partitions take turns.
 */
export function createMessageMix(
  plan: MessagePlan,
  o: { seed: number; producer: number; producers: number; partitions: number },
): MessageMix {
  const nextSize = sizes(plan.size, createRandom(o.seed, 0x51e + o.producer));
  let { partitions } = o;
  let keys = ownKeys(plan.keys, o.producer, o.producers, partitions);
  const nextKey = keys && picks(plan.keys, keys.length, createRandom(o.seed, 0x6e9 + o.producer));
  const { urgent = 0 } = plan;
  const drawUrgent = createRandom(o.seed, 0x0dd + o.producer);
  let turn = o.producer % o.partitions;
  const mix: MessageMix = {
    key: -1,
    partition: 0,
    sizeBytes: 0,
    isUrgent: false,
    next() {
      if (urgent > 0) mix.isUrgent = drawUrgent() < urgent;
      mix.sizeBytes = nextSize();
      if (keys && nextKey) {
        const own = keys[nextKey()]!;
        mix.key = own.number;
        mix.partition = own.partition;
      } else {
        mix.partition = turn;
        turn = turn + 1 >= partitions ? 0 : turn + 1;
      }
    },
    grow(to) {
      partitions = to;
      keys = ownKeys(plan.keys, o.producer, o.producers, to);
    },
    keyBytes: (key) =>
      keys ? keys[isShared(plan.keys) ? key : (key - o.producer) / o.producers]!.bytes : undefined,
  };
  return mix;
}

interface Key {
  readonly number: number;
  readonly bytes: Buffer;
  readonly partition: number;
}

function ownKeys(
  plan: KeyPlan,
  producer: number,
  producers: number,
  partitions: number,
): readonly Key[] | undefined {
  if (plan.kind === "none") return undefined;
  const { partitioner } = plan;
  const hash =
    partitioner === "crc32" || (partitioner === "mixed" && producer % 2 === 1)
      ? crc32PartitionOf
      : partitionOf;
  const [first, step] = isShared(plan) ? [0, 1] : [producer, producers];
  const keys: Key[] = [];
  for (let number = first; number < Math.max(plan.count, producers); number += step) {
    const bytes = Buffer.from(`key-${number}`);
    keys.push({ number, bytes, partition: hash(bytes, partitions) });
  }
  return keys;
}

/** Whether every producer has all keys. */
function isShared(plan: KeyPlan): boolean {
  return plan.kind !== "none" && plan.partitioner === "mixed";
}

function picks(plan: KeyPlan, count: number, random: Random): () => number {
  if (plan.kind === "uniform") return () => Math.floor(random() * count);
  if (plan.kind === "zipf") return zipf(count, plan.exponent, random);
  let turn = -1;
  return () => {
    turn = turn + 1 === count ? 0 : turn + 1;
    return turn;
  };
}

/** Rank k has probability ∝ 1/k^s; inverted by binary search over the cumulative sums. */
function zipf(count: number, exponent: number, random: Random): () => number {
  const cumulative = new Float64Array(count);
  let sum = 0;
  for (let k = 0; k < count; k++) {
    sum += 1 / (k + 1) ** exponent;
    cumulative[k] = sum;
  }
  return () => {
    const u = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! <= u) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function sizes(plan: SizePlan, random: Random): () => number {
  if (plan.kind === "fixed") return () => plan.bytes;
  if (plan.kind === "range")
    return () => plan.minBytes + Math.floor(random() * (plan.maxBytes - plan.minBytes + 1));
  const total = plan.choices.reduce((sum, c) => sum + c.weight, 0);
  return () => {
    let u = random() * total;
    for (const choice of plan.choices) {
      u -= choice.weight;
      if (u < 0) return choice.bytes;
    }
    return plan.choices.at(-1)!.bytes;
  };
}

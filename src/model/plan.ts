import type { FaultPlan } from "./fault.ts";
import type { GuaranteePlan, RowPlan } from "./guarantee.ts";
import type { FindingCode } from "./result.ts";
import type { TargetName } from "./target.ts";
import type { Durability } from "./topology.ts";

/**
 * A plan: a profile with every default and flag resolved, for one target and one point of a series.
 * It is printed before anything runs, stored in the result, and enough to run the same again.
 * Plain JSON; times in ns, sizes in bytes, rates in messages per second.
 */
export interface Plan {
  /** The profile's name. */
  readonly profile: string;
  readonly target: TargetName;
  /** A driver of the user's own (absolute path), where the target is not one that mqbench ships. */
  readonly driverModule?: string;
  /** The driver's own settings, as the profile gives them under `options.<system>`. */
  readonly driverOptions: Readonly<Record<string, unknown>>;
  /** Everything random follows from it. */
  readonly seed: number;
  readonly stream: StreamPlan;
  readonly load: LoadPlan;
  readonly message: MessagePlan;
  readonly producers: ProducersPlan;
  readonly consumers: ConsumersPlan;
  readonly durability: Durability;
  readonly phases: PhasesPlan;
  readonly agents: { readonly produce: number; readonly consume: number };
  /** Thresholds, as text: `e2e_response.p99 < 50ms`. */
  readonly expect: readonly string[];
  /** What is done to the run on purpose, in the order of their times. */
  readonly faults: readonly FaultPlan[];
  /** What the profile says that this target will show. */
  readonly prediction?: Prediction;
  /** What its settings were made for, and its verdict is about; absent where nobody named a guarantee. */
  readonly guarantee?: GuaranteePlan;
  /** Its place in a matrix, where it is of one. */
  readonly row?: RowPlan;
  /** What is checked beyond the usual; absent: nothing. */
  readonly verify?: VerifyPlan;
}

export interface VerifyPlan {
  /** Whether the broker is read again after the run. `auto`: when something was lost, copied or late. */
  readonly reread: "auto" | "always" | "never";
  /** `full`: also by key and over all lanes, in the order of processing; costs some time for each message. */
  readonly order: "lane" | "full";
}

/** A profile's own claim, to be held against what was observed. */
export interface Prediction {
  readonly finding: FindingCode;
  /** What keeps it from happening, as flags of the command line. */
  readonly fix?: string;
}

export interface StreamPlan {
  /** A fixed name; normally absent, and then the name carries the run's id. Must not exist. */
  readonly name?: string;
  readonly partitions: number;
  /** How many subscriptions see every message (fan-out). */
  readonly subscriptions: number;
  /** How many partitions there are when all were added; producers and consumers use them. Absent: nobody does. */
  readonly grownTo?: number;
}

/** Lanes are numbered by it: a producer's lanes are `producer * partitionsAtMost …`. */
export function partitionsAtMost({ partitions, grownTo = 0 }: StreamPlan): number {
  return Math.max(partitions, grownTo);
}

export type LoadPlan = ClosedLoad | OpenLoad;

/** As fast as the in-flight bound allows; finds throughput, says nothing about latency. */
export interface ClosedLoad {
  readonly loop: "closed";
}

/** By the clock, whatever the broker does. */
export interface OpenLoad {
  readonly loop: "open";
  readonly schedule: SchedulePlan;
  /** The run ends as overloaded once the oldest unsent message is this late. */
  readonly maxBacklogNs: number;
}

/** Rates are of all producers together. */
export type SchedulePlan =
  | { readonly kind: "uniform" | "poisson"; readonly ratePerS: number }
  /** Linear from `fromPerS` at the start of the measure phase to `toPerS` at its end. */
  | { readonly kind: "ramp"; readonly fromPerS: number; readonly toPerS: number }
  /** Equal parts of the measure phase, one after another. */
  | { readonly kind: "steps"; readonly ratesPerS: readonly number[] }
  /** `messages` at once every `everyNs`, on top of a uniform `ratePerS` (0: nothing between bursts). */
  | {
      readonly kind: "burst";
      readonly ratePerS: number;
      readonly messages: number;
      readonly everyNs: number;
    };

export interface MessagePlan {
  readonly size: SizePlan;
  readonly keys: KeyPlan;
  /** Share of each body that compresses away, 0–1. */
  readonly compressible: number;
  /** Share of the messages that have a higher priority than the others, 0–1; absent: none has any. */
  readonly urgent?: number;
}

/** Sizes are of whole messages, envelope included. */
export type SizePlan =
  | { readonly kind: "fixed"; readonly bytes: number }
  | { readonly kind: "range"; readonly minBytes: number; readonly maxBytes: number }
  | {
      readonly kind: "weighted";
      readonly choices: readonly { readonly bytes: number; readonly weight: number }[];
    };

/** `none`: no key, partitions in turn. Otherwise a hash of the key picks the partition. */
export type KeyPlan =
  | { readonly kind: "none" }
  | (({ readonly kind: "round-robin" | "uniform" } | { readonly kind: "zipf"; readonly exponent: number }) & {
      readonly count: number;
      /** Absent: murmur2. `mixed`: producers take turns at murmur2 and crc32, and have the same keys. */
      readonly partitioner?: "crc32" | "mixed";
    });

export interface ProducersPlan {
  readonly count: number;
  /** Offered but unsettled messages, per producer. */
  readonly maxInFlight: number;
  readonly lingerNs: number;
  readonly batchBytes: number;
  readonly publishTimeoutNs: number;
  readonly idempotent: boolean;
  /** Everything is sent in transactions; absent: nothing is. */
  readonly transaction?: TransactionPlan;
}

/** A broker aborts a transaction that is open for longer; as in Kafka's own producer (transaction.timeout.ms). */
export const TRANSACTION_TIMEOUT_NS = 60e9;

/** The transactions of each producer, one after another. */
export interface TransactionPlan {
  /** So many are one transaction; the last one has what is left. */
  readonly messages: number;
  /** Share of the transactions that end with an abort on purpose, 0–1. */
  readonly abort: number;
}

/** Which messages consumers see where there are transactions: those of committed ones, or all. */
export type Isolation = "committed" | "uncommitted";

export interface ConsumersPlan {
  readonly perSubscription: number;
  readonly sharing: "exclusive" | "compete";
  readonly prefetch: number;
  /** `after`/`before`: acknowledged after or before the work is done; `auto`: by being delivered. */
  readonly acknowledge: "after" | "before" | "auto";
  /** One acknowledgement for this many messages (the last ones are not held back for long). */
  readonly acknowledgeEvery: number;
  /** How long one message keeps its consumer busy. */
  readonly workNs: number;
  /** `after-producers`: a backlog is built first, then drained. */
  readonly start: "with-producers" | "after-producers";
  /** Messages that are given back before they are handled; absent: none. */
  readonly requeue?: RequeuePlan;
  /** Present exactly where there are transactions. */
  readonly isolation?: Isolation;
  /**
   * Present where consumers keep their effects in a database. Whether a message that was applied is known
   * again: its effect and the mark that it was applied are one transaction of that database.
   */
  readonly deduplicate?: boolean;
  /** How many times as long the last consumer of a subscription works, those between in even steps; absent: 1. */
  readonly slowest?: number;
  /** How many messages each consumer works on at the same time; absent: one after the other. */
  readonly parallel?: number;
}

export interface RequeuePlan {
  /** Of the messages, 0–1. */
  readonly share: number;
  /** How often a consumer gives each of them back. */
  readonly times: number;
}

export interface PhasesPlan {
  readonly warmupNs: number;
  readonly measureNs: number;
  /** The run also ends when this many messages were sent; 0: no such bound. */
  readonly maxMessages: number;
  /** Bound of the drain. */
  readonly drainNs: number;
}

/** Largest message that a size plan can give, bytes. */
export function largestBytes(size: SizePlan): number {
  switch (size.kind) {
    case "fixed":
      return size.bytes;
    case "range":
      return size.maxBytes;
    case "weighted":
      return Math.max(...size.choices.map((c) => c.bytes));
  }
}

/** Smallest message that a size plan can give, bytes. */
export function smallestBytes(size: SizePlan): number {
  switch (size.kind) {
    case "fixed":
      return size.bytes;
    case "range":
      return size.minBytes;
    case "weighted":
      return Math.min(...size.choices.map((c) => c.bytes));
  }
}

/**
 * Where a run's messages go: one named stream, cut into partitions, read by subscriptions that each get
 * every message. Kafka: a topic and consumer groups. RabbitMQ: a direct exchange and one queue for each
 * (partition, subscription), or the default exchange where there is one of each
 * and nothing is to be unbound.
 */
export interface Topology {
  /** Unique on the broker, because it carries the run's id, unless the plan names it. */
  readonly name: string;
  readonly partitions: number;
  /** So many are made at first, and the others while the stream is used; absent: all of them. */
  readonly firstPartitions?: number;
  /** Names, unique within the stream; each sees every message. */
  readonly subscriptions: readonly string[];
  readonly durability: Durability;
  /** The largest message of the plan, envelope included, for limits that a broker sets per stream. */
  readonly maxMessageBytes: number;
  /** It will be changed while it is used: no shortcut that leaves nothing to change. */
  readonly isAltered?: boolean;
}

/**
 * What an acknowledgement of a message is asked to mean, from weakest to strongest:
 * `none`: nothing is acknowledged; `memory`: the broker has it, perhaps only in memory;
 * `disk`: every copy that the system waits for has written it (the operating system may still hold it);
 * `fsync`: and has flushed it to the device.
 */
export type Durability = (typeof DURABILITIES)[number];
export const DURABILITIES = ["none", "memory", "disk", "fsync"] as const;

/** What an acknowledgement means on a target under a plan: the pair that makes two targets comparable. */
export interface DurabilityClass {
  /** How many copies have it: `none` (not acknowledged), `one`, or `majority` (also of one member). */
  readonly copies: "none" | "one" | "majority";
  /** How far each has brought it. */
  readonly flush: "memory" | "page cache" | "fsync";
}

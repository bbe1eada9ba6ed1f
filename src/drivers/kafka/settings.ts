import { UserError } from "../../model/errors.ts";
import type { Isolation } from "../../model/plan.ts";

/** How the records of a batch are made smaller. */
export type Compression = (typeof COMPRESSIONS)[number];
export const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/**
 * Who says which consumer reads which partition. `assigned`: the plan. `classic`: the group, by the protocol that all
 * clients know. `consumer`: the group, by the protocol of KIP-848.
 */
export type GroupKind = (typeof GROUPS)[number];
const GROUPS = ["assigned", "classic", "consumer"] as const;

const ISOLATIONS = ["read_uncommitted", "read_committed"] as const;

/** What a plan may set under `options.kafka`, for every client alike; everything that is left out has the value of {@link DEFAULTS}. */
export interface KafkaSettings {
  /** Copies of each partition; 0: three, or as many as there are brokers if fewer. */
  readonly replicationFactor: number;
  /** Copies that must be in sync for acks=all; 0: the majority. */
  readonly minInsyncReplicas: number;
  readonly compression: Compression;
  /** Produce requests without an answer, per connection to a broker; some clients take fewer when idempotent. */
  readonly maxInFlightRequests: number;
  /** How far the clock is ahead from which records get their timestamps: a producer whose clock is wrong. `wire` only. */
  readonly timestampAheadMs: number;
  /** Without idempotence: how often a batch that was not acknowledged is sent again, at the cost of order and of copies. */
  readonly retries: number;
  /** Whether records of transactions that are open or aborted are delivered. */
  readonly isolation: (typeof ISOLATIONS)[number];
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxBytesPerPartition: number;
  /** How long the broker may hold back a fetch that finds nothing. */
  readonly fetchMaxWaitMs: number;
  /** Acknowledged offsets are committed at most this often. */
  readonly commitIntervalMs: number;
  readonly group: GroupKind;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

/**
 * Fetch: answered as soon as there is one byte, which is what latency asks for; the sizes are those of Kafka's
 * own consumer. The wait is short because a fetch under way delays leaving and joining. Heartbeat: kafkajs learns of a rebalance by it, so a second member joins within this time.
 * Session: as long as this a member that was killed keeps others from joining.
 */
export const DEFAULTS: KafkaSettings = {
  replicationFactor: 0,
  minInsyncReplicas: 0,
  compression: "none",
  maxInFlightRequests: 5,
  timestampAheadMs: 0,
  retries: 0,
  isolation: "read_uncommitted",
  fetchMinBytes: 1,
  fetchMaxBytes: 52_428_800,
  fetchMaxBytesPerPartition: 1_048_576,
  fetchMaxWaitMs: 100,
  commitIntervalMs: 100,
  group: "assigned",
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 500,
};

const MAY_BE_ZERO: readonly string[] = [
  "replicationFactor",
  "minInsyncReplicas",
  "commitIntervalMs",
  "timestampAheadMs",
  "retries",
];

/**
 * @param compressions those that the client has
 * @param isolation what the plan asks for; an option that says something else contradicts it
 * @param canRetry whether it can send again without idempotence, and say what became of it
 * @param groups how it can share partitions out
 * @throws UserError `BAD_OPTION` for a key or a value that the driver does not know, or the client cannot do
 */
export function readSettings(
  options: Readonly<Record<string, unknown>>,
  compressions: readonly Compression[],
  isolation?: Isolation,
  canRetry = false,
  groups: readonly GroupKind[] = ["assigned"],
): KafkaSettings {
  const settings: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(DEFAULTS, name))
      throw bad(`unknown Kafka option "${name}"`, `There are ${Object.keys(DEFAULTS).join(", ")}.`);
    const smallest = MAY_BE_ZERO.includes(name) ? 0 : 1;
    if (name === "compression") {
      if (!compressions.includes(value as Compression))
        throw bad(
          `compression: ${JSON.stringify(value)} is not possible with this client`,
          `It has ${compressions.join(", ")}.`,
        );
    } else if (name === "group") {
      if (!groups.includes(value as GroupKind))
        throw bad(
          `group: ${JSON.stringify(value)} is not possible with this client`,
          GROUPS.includes(value as GroupKind)
            ? "Use kafka@platformatic, or leave it out: the plan says who reads what then."
            : `Write ${groups.join(" or ")}.`,
        );
    } else if (name === "isolation") {
      if (!ISOLATIONS.includes(value as KafkaSettings["isolation"]))
        throw bad(`isolation: ${JSON.stringify(value)} is not possible`, `Write ${ISOLATIONS.join(" or ")}.`);
    } else if (
      typeof value !== "number" ||
      !Number.isInteger(value) ||
      value < smallest ||
      value > 2 ** 31 - 1
    )
      throw bad(`${name}: ${JSON.stringify(value)} is not a whole number`, `Write one from ${smallest} on.`);
    settings[name] = value;
  }
  const read = settings as unknown as KafkaSettings;
  if (read.retries > 0 && !canRetry)
    throw bad(
      `retries: ${read.retries} is not possible with this client`,
      "Leave it out, or use kafka@wire.",
    );
  if (read.heartbeatIntervalMs >= read.sessionTimeoutMs)
    throw bad(
      `heartbeatIntervalMs: ${read.heartbeatIntervalMs} is not below sessionTimeoutMs (${read.sessionTimeoutMs})`,
      "Make it a third of the session time-out or less.",
    );
  if (isolation === undefined) return read;
  const asked = `read_${isolation}` as const;
  if (options.isolation !== undefined && read.isolation !== asked)
    throw bad(
      `isolation: ${read.isolation} contradicts consumers.isolation: ${isolation}`,
      "Leave options.kafka.isolation out.",
    );
  return { ...read, isolation: asked };
}

/** @throws UserError `BAD_OPTION` of a client that gives records their timestamps by itself */
export function refuseTimestamps({ timestampAheadMs }: KafkaSettings): void {
  if (timestampAheadMs > 0)
    throw bad(
      `timestampAheadMs: ${timestampAheadMs} is not possible with this client`,
      "Use kafka@wire, which makes its record batches itself.",
    );
}

function bad(message: string, hint: string): UserError {
  return new UserError(message, { code: "BAD_OPTION", hints: [hint] });
}

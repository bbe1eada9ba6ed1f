import { UserError } from "../../model/errors.ts";
import type { Durability, DurabilityClass } from "../../model/topology.ts";
import type { KafkaSettings } from "./settings.ts";

export interface Copies {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

/** Kafka's `acks`; what `fsync` adds is a setting of the topic. */
const ACKS: Readonly<Record<Durability, 0 | 1 | -1>> = { none: 0, memory: 1, disk: -1, fsync: -1 };

/** The same for people and results. */
export const ACKS_TEXT = "none: 0, memory: 1, disk: all, fsync: all with flush.messages=1";

/** @throws UserError `BAD_OPTION` for an idempotent producer that does not wait for every copy */
export function acksOf(durability: Durability, idempotent: boolean): 0 | 1 | -1 {
  const acks = ACKS[durability];
  if (idempotent && acks !== -1)
    throw new UserError(`an idempotent producer cannot have durability "${durability}"`, {
      code: "BAD_OPTION",
      hints: ["Kafka's idempotence needs acks=all: choose durability disk or fsync."],
    });
  return acks;
}

/**
 * Three copies or one for each broker, of which a majority must be in sync.
 * @throws UserError `BAD_OPTION` for copies that the cluster cannot hold
 */
export function resolveCopies(
  settings: Pick<KafkaSettings, "replicationFactor" | "minInsyncReplicas">,
  brokers: number,
): Copies {
  const replicationFactor = settings.replicationFactor || Math.min(3, brokers);
  const minInsyncReplicas = settings.minInsyncReplicas || Math.floor(replicationFactor / 2) + 1;
  if (replicationFactor > brokers)
    throw new UserError(
      `replicationFactor: ${replicationFactor} copies need as many brokers, and there are ${brokers}`,
      {
        code: "BAD_OPTION",
        hints: [`Set options.kafka.replicationFactor to ${brokers} or less.`],
      },
    );
  if (minInsyncReplicas > replicationFactor)
    throw new UserError(
      `minInsyncReplicas: ${minInsyncReplicas} is more than the ${replicationFactor} copies`,
      {
        code: "BAD_OPTION",
        hints: [`Set options.kafka.minInsyncReplicas to ${replicationFactor} or less.`],
      },
    );
  return { replicationFactor, minInsyncReplicas };
}

/** What an acknowledgement means: acks=all waits for every copy in sync, of which there may be only the least number. */
export function classOf(durability: Durability, copies: Copies): DurabilityClass {
  const majority = copies.minInsyncReplicas > copies.replicationFactor / 2;
  switch (durability) {
    case "none":
      return { copies: "none", flush: "memory" };
    case "memory":
      // A leader writes to its log, which is the page cache, before it answers.
      return { copies: "one", flush: "page cache" };
    case "disk":
      return { copies: majority ? "majority" : "one", flush: "page cache" };
    case "fsync":
      return { copies: majority ? "majority" : "one", flush: "fsync" };
  }
}

/** A warning where there is no second copy. */
export function copiesNote(copies: Copies, brokers: number): string | undefined {
  if (copies.replicationFactor > 1) return undefined;
  return `One copy of each partition (${brokers} broker${brokers === 1 ? "" : "s"}): nothing survives the loss of its disk.`;
}

import type { Topology } from "../../model/topology.ts";
import type { Copies } from "./copies.ts";

/** Kafka's own `message.max.bytes`: the largest batch, with everything in it. */
const DEFAULT_BATCH_BYTES = 1_048_588;
/** For a key and what the record format adds to the largest message. */
const ENVELOPE_BYTES = 4096;

/** `max.message.bytes` of the topic: the largest batch for a partition that it takes. */
export function topicMaxBytes(topology: Topology): number {
  return Math.max(DEFAULT_BATCH_BYTES, topology.maxMessageBytes + ENVELOPE_BYTES);
}

/** The consumer group of a subscription. */
export function groupOf(topology: Topology, subscription: string): string {
  return `${topology.name}.${subscription}`;
}

/** Settings that the topic is made with. */
export function topicEntries(topology: Topology, copies: Copies): Readonly<Record<string, string>> {
  const entries: Record<string, string> = {
    "min.insync.replicas": String(copies.minInsyncReplicas),
    "max.message.bytes": String(topicMaxBytes(topology)),
  };
  if (topology.durability === "fsync") entries["flush.messages"] = "1";
  return entries;
}

/** Settings of a topic that change results, to be read back. */
export const TOPIC_SETTINGS: readonly string[] = [
  "min.insync.replicas",
  "max.message.bytes",
  "flush.messages",
  "compression.type",
  "message.timestamp.type",
];

/** Settings of a broker that change results, to be read. */
export const BROKER_SETTINGS: readonly string[] = [
  "min.insync.replicas",
  "message.max.bytes",
  "log.flush.interval.messages",
  "num.network.threads",
  "num.io.threads",
  "group.initial.rebalance.delay.ms",
  "offsets.topic.replication.factor",
  "unclean.leader.election.enable",
  "socket.send.buffer.bytes",
  "socket.receive.buffer.bytes",
];

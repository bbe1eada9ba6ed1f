import { join } from "node:path";
import type { BrokerFacts } from "../broker.ts";

export interface KafkaNode {
  readonly dir: string;
  readonly clientPort: number;
  readonly controllerPort: number;
}

/** What differs from Kafka's defaults beyond addresses, because one node or a short life demands it. */
const SETTINGS: Readonly<Record<string, string | number | boolean>> = {
  // One node holds one copy.
  "offsets.topic.replication.factor": 1,
  "transaction.state.log.replication.factor": 1,
  "transaction.state.log.min.isr": 1,
  "share.coordinator.state.topic.replication.factor": 1,
  "share.coordinator.state.topic.min.isr": 1,
  // 50 partitions each by default: seconds and megabytes for nothing on one node.
  "offsets.topic.num.partitions": 4,
  "transaction.state.log.num.partitions": 4,
  "share.coordinator.state.topic.num.partitions": 4,
  // Everybody who will join is known: waiting 3 s for more members only delays the run.
  "group.initial.rebalance.delay.ms": 0,
  // A misspelt topic must be an error, not a topic with other settings.
  "auto.create.topics.enable": false,
  // A deleted topic frees its disk before the next run, not a minute later.
  "log.segment.delete.delay.ms": 500,
  "log.initial.task.delay.ms": 500,
};

export function kafkaProperties(node: KafkaNode): string {
  const client = `PLAINTEXT://127.0.0.1:${node.clientPort}`;
  const controller = `CONTROLLER://127.0.0.1:${node.controllerPort}`;
  const properties = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.bootstrap.servers": `127.0.0.1:${node.controllerPort}`,
    listeners: `${client},${controller}`,
    "advertised.listeners": `${client},${controller}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": join(node.dir, "data"),
    ...SETTINGS,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

export const CONFIG_FACTS: BrokerFacts = {
  nodes: 1,
  settings: Object.entries(SETTINGS)
    .map(([name, value]) => `${name}=${value}`)
    .join(" "),
};

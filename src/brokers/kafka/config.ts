import { join } from "node:path";
import type { BrokerFacts } from "../broker.ts";

export interface KafkaNode {
  readonly id: number;
  readonly dir: string;
  readonly clientPort: number;
  readonly controllerPort: number;
}

/** Copies of what has some, and how many of these an acknowledgement waits for at least. */
interface Copies {
  readonly replicas: number;
  readonly minInSync: number;
}

/** What differs from Kafka's defaults beyond addresses, because the number of nodes or a short life demands it. */
function settings({ replicas, minInSync }: Copies): Readonly<Record<string, string | number | boolean>> {
  return {
    "default.replication.factor": replicas,
    "min.insync.replicas": minInSync,
    "offsets.topic.replication.factor": replicas,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": minInSync,
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": minInSync,
    // Kafka's default, written out: what was acknowledged by a majority must not be cut off by a straggler.
    "unclean.leader.election.enable": false,
    // 50 partitions each by default: seconds and megabytes for nothing on a machine of one's own.
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
}

/** One node holds one copy; of three copies two must be in sync, so that one node may be lost. */
function copiesOn(nodes: number): Copies {
  return { replicas: nodes, minInSync: Math.floor(nodes / 2) + 1 };
}

/** `server.properties` of one of `nodes`, each of which is broker and controller. */
export function kafkaProperties(node: KafkaNode, nodes: readonly KafkaNode[]): string {
  const client = `PLAINTEXT://127.0.0.1:${node.clientPort}`;
  const controller = `CONTROLLER://127.0.0.1:${node.controllerPort}`;
  const properties = {
    "process.roles": "broker,controller",
    "node.id": node.id,
    "controller.quorum.bootstrap.servers": nodes.map((n) => `127.0.0.1:${n.controllerPort}`).join(","),
    listeners: `${client},${controller}`,
    "advertised.listeners": `${client},${controller}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": join(node.dir, "data"),
    ...settings(copiesOn(nodes.length)),
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

export function configFacts(nodes: number): BrokerFacts {
  return {
    nodes,
    settings: Object.entries(settings(copiesOn(nodes)))
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
  };
}

import { type Admin, ConfigResourceTypes, ListOffsetTimestamps } from "@platformatic/kafka";
import { BrokerError, UserError } from "../../../model/errors.ts";
import type { Topology } from "../../../model/topology.ts";
import type { Depth } from "../../driver.ts";
import type { Copies } from "../copies.ts";
import { groupOf, topicEntries } from "../topic-plan.ts";
import { asked, hasCode } from "./client-error.ts";
import { poll } from "./poll.ts";

const LEADERS_MS = 15_000;
const EMPTY_GROUP_MS = 3000;

/**
 * @returns how many copies each partition has, the least of all: a topic that was there may have other ones
 * @throws UserError `STREAM_EXISTS`, `STREAM_DIFFERS`; BrokerError with the protocol's code
 */
export async function createTopic(
  admin: Admin,
  topology: Topology,
  copies: Copies,
  existing: "accept" | "refuse",
): Promise<number> {
  const { name, firstPartitions: partitions = topology.partitions } = topology;
  const made = await asked(`topic "${name}" could not be made`, async () => {
    try {
      await admin.createTopics({
        topics: [name],
        partitions,
        replicas: copies.replicationFactor,
        configs: Object.entries(topicEntries(topology, copies)).map(([key, value]) => ({ name: key, value })),
      });
      return true;
    } catch (error) {
      if (!hasCode(error, "TOPIC_ALREADY_EXISTS")) throw error;
      return false;
    }
  });
  if (!made && existing === "refuse")
    throw new UserError(`topic "${name}" exists already`, {
      code: "STREAM_EXISTS",
      hints: ["Give the stream another name, or leave the name out."],
    });
  return await waitForLeaders(admin, topology);
}

/**
 * A broker says that it leads a new partition before it has made the log, and until then it refuses messages.
 * It tells offsets only of a log that is there.
 */
async function waitForLeaders(admin: Admin, topology: Topology): Promise<number> {
  const served = await poll(LEADERS_MS, async () => {
    const { topics } = await admin.metadata({ topics: [topology.name], forceUpdate: true });
    const found = topics.get(topology.name)?.partitions ?? [];
    if (found.length === 0 || found.some((p) => p.leader < 0)) return undefined;
    await offsetsOf(admin, topology.name, found.length, "end");
    return found;
  });
  if (served === undefined)
    throw new BrokerError(`topic "${topology.name}" has partitions that nobody serves`, {
      code: "LEADER_NOT_AVAILABLE",
      hints: ["Look into the brokers' logs, and whether their disks are full or slow."],
    });
  const partitions = served.length;
  const { firstPartitions = topology.partitions } = topology;
  if (partitions !== firstPartitions)
    throw new UserError(
      `topic "${topology.name}" has ${partitions} partitions, and the plan says ${firstPartitions}`,
      {
        code: "STREAM_DIFFERS",
        hints: [`Set stream.partitions to ${partitions}, or use another name.`],
      },
    );
  return Math.min(...served.map(({ replicas }) => replicas.length));
}

/** Settings of a topic or of a broker, as the broker has them. */
export async function readConfigs(
  admin: Admin,
  kind: "topic" | "broker",
  resourceName: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const resourceType = kind === "topic" ? ConfigResourceTypes.TOPIC : ConfigResourceTypes.BROKER;
  const [found] = await admin.describeConfigs({
    resources: [{ resourceType, resourceName, configurationKeys: [...names] }],
  });
  const read: Record<string, string> = {};
  for (const { name, value } of found?.configs ?? []) if (value != null) read[`${kind}.${name}`] = value;
  return read;
}

/** Also of what is not there; a group whose members were killed goes when the broker misses them. */
export async function dropTopic(admin: Admin, topology: Topology): Promise<void> {
  const { name } = topology;
  await asked(`topic "${name}" could not be deleted`, async () => {
    try {
      await admin.deleteTopics({ topics: [name] });
    } catch (error) {
      if (!hasCode(error, "UNKNOWN_TOPIC_OR_PARTITION")) throw error;
    }
  });
  await poll(EMPTY_GROUP_MS, async () => {
    for (const subscription of topology.subscriptions)
      try {
        await admin.deleteGroups({ groups: [groupOf(topology, subscription)] });
      } catch (error) {
        if (hasCode(error, "NON_EMPTY_GROUP")) return undefined;
      }
    return true;
  });
  await poll(EMPTY_GROUP_MS, async () => ((await admin.listTopics()).includes(name) ? undefined : true));
}

/** End offset − committed offset of each subscription and partition. */
export async function readDepth(admin: Admin, topology: Topology): Promise<readonly Depth[]> {
  const { name } = topology;
  const { topics } = await admin.metadata({ topics: [name], forceUpdate: true });
  const count = topics.get(name)?.partitionsCount ?? 0;
  const [lows, highs] = await Promise.all([
    offsetsOf(admin, name, count, "start"),
    offsetsOf(admin, name, count, "end"),
  ]);
  const depths: Depth[] = [];
  for (const subscription of topology.subscriptions) {
    const partitionIndexes = Array.from({ length: count }, (_, i) => i);
    const groups = await admin.listConsumerGroupOffsets({
      groups: [{ groupId: groupOf(topology, subscription), topics: [{ name, partitionIndexes }] }],
    });
    const committed = new Map(
      groups
        .flatMap((g) => g.topics.flatMap((t) => t.partitions))
        .map((p) => [p.partitionIndex, p.committedOffset]),
    );
    for (const [partition, high] of highs) {
      const from = Math.max(Number(committed.get(partition) ?? -1n), lows.get(partition) ?? 0);
      depths.push({ subscription, partition, messages: Math.max(0, high - from) });
    }
  }
  return depths.sort((a, b) => a.partition - b.partition);
}

/** First or next offset of each of the topic's partitions; one without a log is an error. */
async function offsetsOf(
  admin: Admin,
  name: string,
  count: number,
  which: "start" | "end",
): Promise<ReadonlyMap<number, number>> {
  const timestamp = which === "start" ? ListOffsetTimestamps.EARLIEST : ListOffsetTimestamps.LATEST;
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
  const found = await admin.listOffsets({ topics: [{ name, partitions }] });
  return new Map(found.flatMap((t) => t.partitions).map((p) => [p.partitionIndex, Number(p.offset)]));
}

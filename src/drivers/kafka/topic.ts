import kafkajs from "kafkajs";
import { BrokerError, UserError } from "../../model/errors.ts";
import type { Topology } from "../../model/topology.ts";
import type { Depth } from "../driver.ts";
import type { Admins } from "./admins.ts";
import type { Copies } from "./copies.ts";
import { codeOf, reasonOf } from "./outcome.ts";
import { groupOf, TOPIC_SETTINGS, topicEntries } from "./topic-plan.ts";

const LEADERS_MS = 15_000;
const EMPTY_GROUP_MS = 3000;
const POLL_MS = 50;

/** @throws UserError `STREAM_EXISTS`, `STREAM_DIFFERS`; BrokerError with the protocol's code */
export async function createTopic(
  admins: Admins,
  topology: Topology,
  copies: Copies,
  existing: "accept" | "refuse",
): Promise<void> {
  const entries = topicEntries(topology, copies);
  const made = await asked(`topic "${topology.name}" could not be made`, () =>
    admins.cluster.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic: topology.name,
          numPartitions: topology.partitions,
          replicationFactor: copies.replicationFactor,
          configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
        },
      ],
    }),
  );
  if (!made && existing === "refuse")
    throw new UserError(`topic "${topology.name}" exists already`, {
      code: "STREAM_EXISTS",
      hints: ["Give the stream another name, or leave the name out."],
    });
  await waitForLeaders(admins, topology);
}

/**
 * A broker says that it leads a new partition before it has made the log, which may take seconds on a busy
 * disk; until then it refuses messages. It tells offsets only of a log that is there.
 */
async function waitForLeaders(admins: Admins, topology: Topology): Promise<void> {
  const partitions = await poll(LEADERS_MS, async () => {
    const { topics } = await admins.cluster.fetchTopicMetadata({ topics: [topology.name] });
    const found = topics[0]?.partitions ?? [];
    if (found.length === 0 || found.some((p) => p.leader < 0)) return undefined;
    const served = await (await admins.of(topology.name)).fetchTopicOffsets(topology.name);
    return served.length === found.length ? found.length : undefined;
  });
  if (partitions === undefined)
    throw new BrokerError(`topic "${topology.name}" has partitions that nobody serves`, {
      code: "LEADER_NOT_AVAILABLE",
      hints: ["Look into the brokers' logs, and whether their disks are full or slow."],
    });
  if (partitions !== topology.partitions)
    throw new UserError(
      `topic "${topology.name}" has ${partitions} partitions, and the plan says ${topology.partitions}`,
      {
        code: "STREAM_DIFFERS",
        hints: [`Set stream.partitions to ${partitions}, or use another name.`],
      },
    );
}

/** Settings of the topic that change results, as the broker has them. */
export async function readTopic(
  { cluster }: Admins,
  topology: Topology,
): Promise<Readonly<Record<string, string>>> {
  const { resources } = await cluster.describeConfigs({
    includeSynonyms: false,
    resources: [
      { type: kafkajs.ConfigResourceTypes.TOPIC, name: topology.name, configNames: [...TOPIC_SETTINGS] },
    ],
  });
  const read: Record<string, string> = {};
  for (const entry of resources[0]?.configEntries ?? []) read[entry.configName] = entry.configValue;
  return read;
}

/** Also of what is not there; a group whose members were killed goes when the broker misses them. */
export async function dropTopic(admins: Admins, topology: Topology): Promise<void> {
  const { cluster } = admins;
  await admins.forget(topology.name);
  const groups = topology.subscriptions.map((s) => groupOf(topology, s));
  await asked(`topic "${topology.name}" could not be deleted`, async () => {
    try {
      await cluster.deleteTopics({ topics: [topology.name] });
    } catch (error) {
      if (codeOf(error) !== "UNKNOWN_TOPIC_OR_PARTITION") throw error;
    }
  });
  await poll(EMPTY_GROUP_MS, async () => {
    for (const group of groups)
      try {
        await cluster.deleteGroups([group]);
      } catch (error) {
        if (groupError(error) === "NON_EMPTY_GROUP") return undefined;
      }
    return true;
  });
  await poll(EMPTY_GROUP_MS, async () =>
    (await cluster.listTopics()).includes(topology.name) ? undefined : true,
  );
}

function groupError(error: unknown): string {
  const { groups } = error as { groups?: readonly { error?: { type?: string } }[] };
  return groups?.[0]?.error?.type ?? codeOf(error);
}

/** End offset − committed offset of each subscription and partition. */
export async function readDepth(admins: Admins, topology: Topology): Promise<readonly Depth[]> {
  const admin = await admins.of(topology.name);
  const ends = await admin.fetchTopicOffsets(topology.name);
  const depths: Depth[] = [];
  for (const subscription of topology.subscriptions) {
    const groupId = groupOf(topology, subscription);
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topology.name] });
    for (const { partition, high, low } of ends) {
      const offset = Number(committed?.partitions.find((p) => p.partition === partition)?.offset ?? -1);
      depths.push({ subscription, partition, messages: Number(high) - Math.max(offset, Number(low)) });
    }
  }
  return depths.sort((a, b) => a.partition - b.partition);
}

/** The first defined value within the bound; an error counts as "not yet". */
async function poll<T>(boundMs: number, attempt: () => Promise<T | undefined>): Promise<T | undefined> {
  const endMs = performance.now() + boundMs;
  for (;;) {
    const value = await attempt().catch(() => undefined);
    if (value !== undefined || performance.now() > endMs) return value;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What the broker refuses is not a bug of ours. */
export async function asked<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw new BrokerError(`${what}: ${reasonOf(error)}`, { code: codeOf(error), cause: error });
  }
}

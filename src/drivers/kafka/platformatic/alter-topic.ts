import { type Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from "@platformatic/kafka";
import { BrokerError } from "../../../model/errors.ts";
import type { Alteration } from "../../../model/fault.ts";
import type { Altered } from "../../driver.ts";
import type { Copies } from "../copies.ts";
import { asked } from "./client-error.ts";
import { poll } from "./poll.ts";
import { readConfigs } from "./topics.ts";

const MIN_ISR = "min.insync.replicas";
/** A change goes through the controller's log before the broker shows it. */
const SHOWN_MS = 5000;

/** Changes a topic while it is used. @throws BrokerError with the protocol's code, or `NOT_ALTERED` */
export async function alterTopic(
  admin: Admin,
  topic: string,
  { replicationFactor }: Pick<Copies, "replicationFactor">,
  change: Alteration,
): Promise<Altered> {
  switch (change.kind) {
    case "raise-min-isr":
      return await raiseMinIsr(admin, topic, change.to, replicationFactor);
    case "add-partitions":
      return await addPartitions(admin, topic, change.to);
    default:
      throw new BrokerError(`Kafka cannot ${change.kind}`, { code: "NOT_ALTERED" });
  }
}

/**
 * Kafka 4 counts a minimum above the number of copies as that number (KIP-966, `effectiveMinIsr` of its class
 * Partition): such a change is shown, and does nothing.
 */
async function raiseMinIsr(admin: Admin, topic: string, to: number, copies: number): Promise<Altered> {
  const read = async () => (await readConfigs(admin, "topic", topic, [MIN_ISR]))[`topic.${MIN_ISR}`];
  const before = await asked(`${MIN_ISR} could not be read`, read);
  const set = async (value: string): Promise<string> => {
    await asked(`${MIN_ISR} could not be set to ${value}`, () =>
      admin.incrementalAlterConfigs({
        resources: [
          {
            resourceType: ConfigResourceTypes.TOPIC,
            resourceName: topic,
            configs: [{ name: MIN_ISR, configOperation: IncrementalAlterConfigOperationTypes.SET, value }],
          },
        ],
      }),
    );
    await shown(`${MIN_ISR} of topic ${topic} to be ${value}`, async () => (await read()) === value);
    return `${MIN_ISR} of topic ${topic} is ${value} now, read back`;
  };
  const detail = await set(String(to));
  return {
    count: before === String(to) || to > copies ? 0 : 1,
    detail: to > copies ? `${detail}; it counts as ${copies}, the number of copies` : detail,
    undo: async () => (before === undefined ? "nothing to go back to" : await set(before)),
  };
}

async function addPartitions(admin: Admin, topic: string, to: number): Promise<Altered> {
  const count = async () =>
    (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)?.partitionsCount ?? 0;
  const before = await asked("the partitions could not be counted", count);
  await asked(`topic "${topic}" could not get ${to} partitions`, () =>
    admin.createPartitions({ topics: [{ name: topic, count: to, assignments: null }] }),
  );
  await shown(`${to} partitions of topic ${topic}`, async () => (await count()) === to);
  return {
    count: to - before,
    detail: `topic ${topic} has ${to} partitions now, read back`,
    // Kafka never takes a partition away.
    undo: async () => `topic ${topic} keeps its ${to} partitions: none can be taken away`,
  };
}

async function shown(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const found = await poll(SHOWN_MS, async () => ((await isSo()) ? true : undefined));
  if (found === undefined)
    throw new BrokerError(`the broker did not show ${what} within ${SHOWN_MS / 1000} s`, {
      code: "NOT_ALTERED",
    });
}

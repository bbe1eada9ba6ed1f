import type { Admin, Consumer, Kafka, Message, Producer } from "kafkajs";
import { parseAddresses } from "../../drivers/kafka/address.ts";
import { createClient, disconnect, RETRY } from "../../drivers/kafka/client.ts";
import { askFeatures } from "../../drivers/kafka/features.ts";
import { codeOf, reasonOf } from "../../drivers/kafka/outcome.ts";
import { BrokerError } from "../../model/errors.ts";
import type { HandsSettings } from "../hands.ts";
import { pause, promised, until } from "../waiting.ts";

const REQUEST_TIMEOUT_MS = 10_000;
const CLOSE_MS = 5000;
/** For all partitions of a new topic to have a leader, and between two looks. */
const LEADERS_MS = 30_000;
const LOOK_MS = 50;
/** Of one request to produce. */
const BATCH = 500;

/** A client of Kafka with what every probe needs; it knows what was made, and removes it. */
export interface Office {
  readonly version: string;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly signal: AbortSignal;
  /** Makes a topic, and gives its name. */
  topic(what: string, partitions: number): Promise<string>;
  /** Resolves when all are acknowledged by all in-sync replicas; over the partitions in turn. */
  publish(topic: string, partitions: number, messages: readonly Message[]): Promise<void>;
  /**
   * A member of a group, running. Its handler must not throw.
   * @param group also the name of what is committed
   */
  member(options: MemberOptions): Promise<Consumer>;
  /** Waits for what the broker does, but not longer than the probe lasts. */
  wait<T>(what: string, promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface MemberOptions {
  readonly group: string;
  readonly topic: string;
  readonly autoCommit: boolean;
  /** Before it runs. */
  prepare?(consumer: Consumer): void;
  /** Each record once, though a member that has to join again is given again what was not committed. */
  each(partition: number, offset: number, body: string): Promise<void>;
}

/** @throws BrokerError when no broker answers */
export async function openOffice({ url, prefix, signal, fail }: HandsSettings): Promise<Office> {
  const brokers = parseAddresses(url);
  const { version } = await askFeatures(brokers);
  const { kafka, sockets } = createClient({
    brokers,
    clientId: prefix,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    event() {},
  });
  const admin = kafka.admin();
  const producer: Producer = kafka.producer({ allowAutoTopicCreation: false });
  const consumers = new Set<Consumer>();
  const topics: string[] = [];
  let closed: Promise<void> | undefined;

  const wait = <T>(what: string, promise: Promise<T>): Promise<T> =>
    until(
      signal,
      promise.catch((cause: unknown) => {
        throw broken(what, cause);
      }),
    );
  const leave = async (): Promise<void> => {
    await Promise.all([...consumers].map((consumer) => consumer.disconnect().catch(() => {})));
    if (topics.length > 0) await admin.deleteTopics({ topics }).catch(() => {});
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  };

  await wait("connect", Promise.all([admin.connect(), producer.connect()])).catch(async (error: unknown) => {
    sockets.destroy();
    throw error;
  });
  return {
    version,
    kafka,
    admin,
    signal,
    wait,
    async topic(what, partitions) {
      const topic = `${prefix}-${what}`;
      topics.push(topic);
      await wait(`make the topic ${topic}`, createTopic(admin, topic, partitions, signal));
      return topic;
    },
    async publish(topic, partitions, messages) {
      // A partition a request: of one in which any partition fails, kafkajs sends all again, and what was stored twice stays.
      for (let partition = 0; partition < partitions; partition++) {
        const own = messages.filter((_, i) => i % partitions === partition).map((m) => ({ ...m, partition }));
        for (let at = 0; at < own.length; at += BATCH)
          await wait(
            `publish to ${topic}`,
            producer.send({ topic, acks: -1, messages: own.slice(at, at + BATCH) }),
          );
      }
    },
    async member({ group, topic, autoCommit, prepare, each }) {
      const consumer = kafka.consumer({
        groupId: group,
        // Members hear of each other at their next heartbeat.
        heartbeatInterval: 100,
        sessionTimeout: 10_000,
        rebalanceTimeout: 10_000,
        maxWaitTimeInMs: 100,
        allowAutoTopicCreation: false,
        retry: RETRY,
      });
      consumers.add(consumer);
      const assigned = promised();
      const seen = new Set<string>();
      consumer.on(consumer.events.GROUP_JOIN, () => assigned.resolve());
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (closed === undefined && !payload.restart) fail(broken("read", payload.error));
      });
      prepare?.(consumer);
      const run = async (): Promise<void> => {
        await consumer.connect();
        await consumer.subscribe({ topics: [topic], fromBeginning: true });
        await consumer.run({
          autoCommit,
          eachMessage: async ({ partition, message: { offset, value } }) => {
            const place = `${partition} ${offset}`;
            if (seen.has(place)) return;
            seen.add(place);
            await each(partition, Number(offset), value?.toString() ?? "");
          },
        });
        await assigned.promise;
      };
      await wait(`join the group ${group}`, run());
      return consumer;
    },
    close() {
      closed ??= Promise.resolve().then(() => disconnect(leave, sockets, CLOSE_MS));
      return closed;
    },
  };
}

/** Until every partition has a leader: kafkajs' own way to wait fails where the broker does not know the topic yet. */
async function createTopic(
  admin: Admin,
  topic: string,
  partitions: number,
  signal: AbortSignal,
): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions }] });
  const endMs = performance.now() + LEADERS_MS;
  const isLed = async (): Promise<boolean> => {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const led = topics[0]?.partitions.filter((p) => p.leader >= 0) ?? [];
      return led.length === partitions;
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable && performance.now() < endMs) return false;
      throw error;
    }
  };
  while (!(await isLed()) && performance.now() < endMs && !signal.aborted) await pause(LOOK_MS, signal);
}

function broken(what: string, cause: unknown): BrokerError {
  return new BrokerError(`Kafka could not ${what}: ${reasonOf(cause)}`, {
    code: codeOf(cause),
    hints: ["Look at the broker's log; a probe needs a broker that answers."],
    cause,
  });
}

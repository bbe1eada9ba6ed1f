import type { EachBatchPayload, Consumer as KafkajsConsumer } from "kafkajs";
import { BrokerError, UserError } from "../../model/errors.ts";
import type { Consumer, ConsumerOptions, Deliveries } from "../driver.ts";
import { staticAssigner } from "./assigner.ts";
import { createClient, disconnect, RETRY } from "./client.ts";
import { createCommits } from "./commits.ts";
import type { Context } from "./context.ts";
import { codeOf, reasonOf } from "./outcome.ts";
import { groupOf } from "./topic-plan.ts";
import { createUnanswered } from "./unanswered.ts";

/** Besides the fetch, which kafkajs gives its waiting time and some more. */
const REQUEST_TIMEOUT_MS = 10_000;
/** To be assigned; a broker may hold back a new group for 3 s, and one with a dead member for a session. */
const JOIN_MS = 60_000;
const CLOSE_MS = 3000;

/** A member of the subscription's group that reads the partitions it was given, and no others. */
export async function createConsumer(
  context: Context,
  options: ConsumerOptions,
  on: Deliveries,
): Promise<Consumer> {
  const { settings } = context;
  const topic = options.topology.name;
  if (options.sharing !== "exclusive")
    throw new UserError("several consumers cannot share a partition of a Kafka group", {
      code: "UNSUPPORTED",
      hints: ["Use sharing: exclusive."],
    });
  const groupId = groupOf(options.topology, options.subscription);
  const label = `consumer ${options.index} of ${groupId}`;
  const unanswered = createUnanswered();
  /** Next offset to deliver, so that a rebalance reads on from there instead of from the last commit. */
  const positions = new Map<number, number>();
  const auto = options.acknowledge === "auto";
  let closed: Promise<void> | undefined;
  let wake: (() => void) | undefined;
  let release: (() => void) | undefined;
  const left = new Promise<void>((resolve) => {
    release = resolve;
  });

  const client = createClient({
    brokers: context.brokers,
    clientId: `mqbench-consumer-${options.index}`,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    event: (kind, detail) => {
      if (!closed) on.event(kind, detail);
    },
  });
  const consumer = client.kafka.consumer({
    groupId,
    partitionAssigners: [staticAssigner(topic, options.partitions)],
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: JOIN_MS,
    heartbeatInterval: settings.heartbeatIntervalMs,
    minBytes: settings.fetchMinBytes,
    maxBytes: settings.fetchMaxBytes,
    maxBytesPerPartition: settings.fetchMaxBytesPerPartition,
    maxWaitTimeInMs: settings.fetchMaxWaitMs,
    allowAutoTopicCreation: false,
    readUncommitted: settings.isolation === "read_uncommitted",
    retry: { ...RETRY, restartOnFailure: () => Promise.resolve(!closed) },
  });
  const commits = createCommits(unanswered, settings.commitIntervalMs, (moved) =>
    consumer.commitOffsets(
      moved.map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    ),
  );

  /** Until an answer makes room; the broker hears from us meanwhile. */
  const waitForRoom = async (heartbeat: () => Promise<void>): Promise<void> => {
    while (unanswered.count >= options.prefetch && !closed) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, settings.heartbeatIntervalMs);
      });
      clearTimeout(timer);
      wake = undefined;
      await heartbeat();
    }
  };

  const eachBatch = async ({ batch, heartbeat, resolveOffset }: EachBatchPayload): Promise<void> => {
    const { messages, partition } = batch;
    let at = 0;
    while (at < messages.length && !closed) {
      if (unanswered.count >= options.prefetch) await waitForRoom(heartbeat);
      if (closed) break;
      on.begin();
      for (; at < messages.length; at++) {
        if (unanswered.count >= options.prefetch) break;
        const message = messages[at]!;
        const value = message.value ?? EMPTY;
        const offset = Number(message.offset);
        positions.set(partition, offset + 1);
        const tag = unanswered.deliver(partition, offset);
        on.message(value, 0, value.length, tag, partition, offset, 0);
        if (auto) unanswered.answer(tag, false);
      }
      on.end();
      if (auto) commits.touch();
    }
    // The batch's own last offset is beyond the last record where the log was compacted or has markers.
    const last = messages.at(-1);
    if (last && at === messages.length) resolveOffset(last.offset);
    // Otherwise kafkajs would fetch the same again and again until it is told to stop.
    if (closed) await left;
  };

  const leave = async (): Promise<void> => {
    wake?.();
    await commits.flush().catch(() => undefined);
    const gone = consumer.disconnect();
    release?.();
    await gone;
  };

  const destroy = (): void => {
    commits.stop();
    release?.();
    client.sockets.destroy();
  };

  await start(consumer, {
    topic,
    positions,
    label,
    eachBatch,
    on,
    isClosed: () => closed !== undefined,
  }).catch(async (error: unknown) => {
    closed = Promise.resolve();
    await disconnect(() => consumer.disconnect(), client.sockets, CLOSE_MS);
    throw new BrokerError(`${label} could not start: ${reasonOf(error)}`, {
      code: codeOf(error),
      cause: error,
    });
  });
  on.event("connected", label);

  return {
    answer(tag, answer, upTo) {
      if (answer !== "ack") throw new Error(`Kafka cannot ${answer} a message`);
      if (closed) return;
      unanswered.answer(tag, upTo);
      commits.touch();
      if (wake && unanswered.count < options.prefetch) wake();
    },
    flush: () => commits.flush(),
    close() {
      // Assigned before anything runs: what is called back finds the consumer closed.
      closed ??= Promise.resolve().then(() => disconnect(leave, { destroy }, CLOSE_MS));
      return closed;
    },
  };
}

const EMPTY = Buffer.alloc(0);

interface Running {
  readonly topic: string;
  readonly positions: ReadonlyMap<number, number>;
  readonly label: string;
  readonly on: Deliveries;
  eachBatch(payload: EachBatchPayload): Promise<void>;
  isClosed(): boolean;
}

/** Resolves when the member is assigned and about to fetch for the first time, which fixes its positions. */
async function start(consumer: KafkajsConsumer, running: Running): Promise<void> {
  let joins = 0;
  const { label, on, topic } = running;
  const started = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not assigned within ${JOIN_MS / 1000} s`)), JOIN_MS);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      joins++;
      if (joins === 1 || running.isClosed()) return;
      for (const [partition, offset] of running.positions)
        consumer.seek({ topic, partition, offset: String(offset) });
      on.event("rebalanced", `${label} joined again after ${payload.duration} ms`);
    });
    const off = consumer.on(consumer.events.FETCH_START, () => {
      off();
      clearTimeout(timer);
      resolve();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (running.isClosed()) return;
      const reason = `${label}: ${reasonOf(payload.error)}`;
      if (payload.restart) on.event("disconnected", reason);
      else {
        on.event("broken", reason);
        clearTimeout(timer);
        reject(payload.error);
      }
    });
  });
  // Listened to from the start: nobody awaits it while `run` is under way.
  started.catch(() => undefined);
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: running.eachBatch });
  await started;
}

import { UserError } from "../../../model/errors.ts";
import type { Consumer, ConsumerOptions, Deliveries, Positions } from "../../driver.ts";
import { createCommits } from "../commits.ts";
import type { KafkaSettings } from "../settings.ts";
import { groupOf, topicMaxBytes } from "../topic-plan.ts";
import { createUnanswered } from "../unanswered.ts";
import type { Cluster } from "./cluster.ts";
import { createConsumerDelivery } from "./consumer-delivery.ts";
import { createConsumerOffsets } from "./consumer-offsets.ts";
import { createConsumerRoutes } from "./consumer-routes.ts";
import type { ReadPartition } from "./fetch.ts";

export interface WireContext {
  readonly cluster: Cluster;
  readonly settings: KafkaSettings;
}

const CLOSE_MS = 3000;
/** For a batch that is larger than all limits, since a topic may be made by somebody else. */
const LARGEST_BATCH_BYTES = 128 * 1024 ** 2;

/**
 * Reads the partitions it was given, and commits for the group of the subscription without being its member:
 * the plan has divided the partitions already, so nobody has to agree on anything.
 */
export async function createWireConsumer(
  { cluster, settings }: WireContext,
  options: ConsumerOptions,
  on: Deliveries,
): Promise<Consumer> {
  if (options.sharing !== "exclusive")
    throw new UserError("several consumers cannot share a partition of a Kafka group", {
      code: "UNSUPPORTED",
      hints: ["Use sharing: exclusive."],
    });
  const { topology, subscription, prefetch } = options;
  const topic = topology.name;
  const groupId = groupOf(topology, subscription);
  const label = `consumer ${options.index} of ${groupId}`;
  const isTransactional = options.acknowledge === "transaction";
  const offsets = createConsumerOffsets(cluster, topic, groupId, isTransactional);
  const ledger = createUnanswered();
  let closed: Promise<void> | undefined;

  const partitions = await startPositions();
  const commits = createCommits(ledger, settings.commitIntervalMs, (moved) => offsets.commit(moved));
  // In a transaction what moved waits for whoever asks for it.
  const touch = isTransactional ? () => undefined : () => commits.touch();
  const answered = new Map<number, number>();
  const delivery = createConsumerDelivery(on, {
    prefetch,
    ledger,
    auto: options.acknowledge === "auto",
    moved: () => touch(),
    damaged: (partition, error) => routes.restart(partition, error),
  });
  const routes = createConsumerRoutes({
    cluster,
    topic,
    label,
    partitions,
    offsets,
    limits: {
      maxWaitMs: settings.fetchMaxWaitMs,
      minBytes: settings.fetchMinBytes,
      maxBytes: settings.fetchMaxBytes,
      isolation: settings.isolation,
    },
    maxFrameBytes: Math.max(settings.fetchMaxBytes, topicMaxBytes(topology)) + LARGEST_BATCH_BYTES,
    on: {
      mayAskAhead: () => delivery.isIdle,
      arrived: (bytes, arrivals, from) => delivery.take(bytes, arrivals, from),
    },
    event: (kind, detail) => {
      if (!closed) on.event(kind, detail);
    },
  });
  await routes.start();
  on.event("connected", label);

  async function startPositions(): Promise<ReadPartition[]> {
    const committed = await offsets.committed(options.partitions);
    return await Promise.all(
      options.partitions.map(async (partition) => {
        const start = committed.get(partition) ?? (await offsets.bounds(partition)).first;
        const maxBytes = settings.fetchMaxBytesPerPartition;
        return {
          partition,
          fetchOffset: start,
          position: start,
          maxBytes,
          generation: 0,
          isUnderWay: false,
          damages: 0,
        };
      }),
    );
  }

  function positions(): Positions {
    for (const [partition, offset] of ledger.takeMoved()) answered.set(partition, offset);
    return { topology, subscription, offsets: new Map(answered) };
  }

  const leave = async (): Promise<void> => {
    // At once: a request that waits for messages holds up nobody.
    delivery.stop();
    routes.close();
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    if (!isTransactional) await Promise.race([commits.flush().catch(() => undefined), bound]);
    clearTimeout(timer);
    commits.stop();
  };

  return {
    answer(tag, answer, upTo) {
      if (answer !== "ack") throw new Error(`Kafka cannot ${answer} a message`);
      if (closed) return;
      ledger.answer(tag, upTo);
      touch();
      delivery.resume();
    },
    flush: async () => {
      if (!isTransactional) await commits.flush();
    },
    ...(isTransactional ? { positions } : {}),
    close() {
      // Assigned before anything runs: what is called back finds the consumer closed.
      closed ??= Promise.resolve().then(leave);
      return closed;
    },
  };
}

import { BrokerError, messageOf, UserError } from "../../../model/errors.ts";
import type { EventKind } from "../../driver.ts";
import type { Cluster } from "./cluster.ts";
import type { Connection } from "./connection.ts";
import { type ConsumerOffsets, codeIn } from "./consumer-offsets.ts";
import { createFetcher, type Fetcher, type FetcherEvents, type ReadPartition } from "./fetch.ts";
import type { FetchLimits } from "./fetch-request.ts";
import { protocolErrorName } from "./protocol-error.ts";

/** Sees to it that each partition is fetched from whoever leads it, whatever happens to connections and leaders. */
export interface ConsumerRoutes {
  /** Resolves when each partition is asked for. @throws BrokerError when that cannot be for {@link START_MS} */
  start(): Promise<void>;
  /** Asks for what was asked for again, from the position on. @param error why, for people */
  restart(partition: ReadPartition, error: unknown): void;
  close(): void;
}

export interface RoutesOptions {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly label: string;
  readonly partitions: readonly ReadPartition[];
  readonly offsets: ConsumerOffsets;
  readonly limits: FetchLimits;
  readonly maxFrameBytes: number;
  readonly on: Pick<FetcherEvents, "mayAskAhead" | "arrived">;
  event(kind: EventKind, detail: string): void;
}

const START_MS = 15_000;
/** A topic that is unknown for so long was deleted, and did not just change its leader. */
const GONE_MS = 5000;
const FIRST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 1000;
/** A broker that says nothing for so long, beyond the time it may wait for messages, is given up. */
const REQUEST_TIMEOUT_MS = 30_000;
/** The same damage so often is on the broker's disk, not on the way. */
const MOST_DAMAGES = 3;
const OFFSET_OUT_OF_RANGE = 1;

export function createConsumerRoutes(options: RoutesOptions): ConsumerRoutes {
  const { cluster, topic, label, partitions, offsets, limits, event } = options;
  const fetchers = new Map<number, Fetcher>();
  /** Those that nobody is asked for. */
  const unrouted = new Set<ReadPartition>(partitions);
  let routing: Promise<void> | undefined;
  let isStarted = false;
  let isClosed = false;
  /** Ends a pause before its time. */
  const pauses = new Set<() => void>();

  const forget = (nodeId: number, fetcher: Fetcher | undefined): void => {
    if (!fetcher || fetchers.get(nodeId) !== fetcher) return;
    fetchers.delete(nodeId);
    for (const partition of fetcher.partitions) unrouted.add(partition);
    fetcher.close();
    if (isStarted) void route();
  };

  const drop = (nodeId: number, reason: string): void => {
    const fetcher = fetchers.get(nodeId);
    if (!fetcher || isClosed) return;
    event("disconnected", reason);
    forget(nodeId, fetcher);
  };

  const open = async (nodeId: number): Promise<Fetcher> => {
    const requestTimeoutMs = limits.maxWaitMs + REQUEST_TIMEOUT_MS;
    const connection: Connection = await cluster.open(
      nodeId,
      { requestTimeoutMs, maxFrameBytes: options.maxFrameBytes },
      { lost: (code, reason) => drop(nodeId, `${label}: ${reason} (${code})`) },
    );
    if (isClosed) {
      connection.close();
      throw new BrokerError("the consumer is closed", { code: "CLOSED" });
    }
    const fetcher = createFetcher(connection, topic, limits, {
      ...options.on,
      refused,
      throttled: (ms) => event("throttled", `${label}: ${ms} ms`),
      damaged: (error) => drop(nodeId, `${label}: ${error.message}`),
    });
    fetchers.set(nodeId, fetcher);
    if (isStarted) event("reconnected", `${label}: ${connection.address}`);
    return fetcher;
  };

  /** One round: whoever has a leader that can be reached is asked for. */
  const attempt = async (): Promise<void> => {
    const { nodes } = await cluster.refresh(topic);
    let failure: unknown;
    for (const partition of [...unrouted]) {
      const nodeId = nodes[partition.partition] ?? -1;
      try {
        if (nodeId < 0)
          throw new BrokerError(`nobody leads partition ${partition.partition}`, {
            code: "LEADER_NOT_AVAILABLE",
          });
        const fetcher = fetchers.get(nodeId) ?? (await open(nodeId));
        if (isClosed) return;
        unrouted.delete(partition);
        fetcher.add(partition);
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
  };

  const rounds = async (boundMs: number): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    let goneSinceMs: number | undefined;
    const endMs = performance.now() + boundMs;
    while (unrouted.size > 0 && !isClosed) {
      try {
        await attempt();
      } catch (error) {
        const nowMs = performance.now();
        if (isClosed) return;
        if (nowMs > endMs) throw error;
        if (codeIn(error) !== "UNKNOWN_TOPIC_OR_PARTITION") goneSinceMs = undefined;
        else {
          goneSinceMs ??= nowMs;
          if (nowMs - goneSinceMs > GONE_MS) throw error;
        }
        await pause(pauseMs);
        pauseMs = Math.min(MOST_PAUSE_MS, pauseMs * 2);
      }
    }
  };

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      pauses.add(end);
    });

  const route = (): Promise<void> => {
    routing ??= rounds(Number.POSITIVE_INFINITY)
      .catch((error: unknown) => give(error))
      .finally(() => {
        routing = undefined;
        // Lost again while the last of them was found.
        if (unrouted.size > 0 && !isClosed) void route();
      });
    return routing;
  };

  const give = (error: unknown): void => {
    if (isClosed) return;
    close();
    event("broken", `${label}: ${messageOf(error)}`);
  };

  const refused = (partition: ReadPartition, code: number): void => {
    if (code === OFFSET_OUT_OF_RANGE) void reposition(partition);
    else {
      event(
        "disconnected",
        `${label}: partition ${partition.partition} ended with ${protocolErrorName(code)}`,
      );
      unrouted.add(partition);
      void pause(FIRST_PAUSE_MS).then(() => route());
    }
  };

  /** What was to be read next is not there: deleted by age or size, or lost with a leader. */
  const reposition = async (partition: ReadPartition): Promise<void> => {
    try {
      const { first, end } = await offsets.bounds(partition.partition);
      if (isClosed) return;
      const { fetchOffset, isUnderWay } = partition;
      // A commit that is beyond the end is another log's: better all of this one again than some of it never.
      const target = fetchOffset < first || !isUnderWay ? first : Math.min(fetchOffset, end);
      if (target !== fetchOffset)
        event(
          "disconnected",
          `${label}: partition ${partition.partition} has offsets ${first} to ${end - 1} and not ${fetchOffset}; reads on from ${target}`,
        );
      partition.fetchOffset = target;
      partition.position = target;
    } catch (error) {
      if (isClosed) return;
      event("disconnected", `${label}: ${messageOf(error)}`);
    }
    unrouted.add(partition);
    void route();
  };

  const close = (): void => {
    isClosed = true;
    for (const end of pauses) end();
    for (const fetcher of fetchers.values()) fetcher.close();
    fetchers.clear();
  };

  return {
    async start() {
      try {
        await rounds(START_MS);
        isStarted = true;
        if (unrouted.size > 0) void route();
      } catch (error) {
        close();
        throw new BrokerError(`${label} could not start: ${messageOf(error)}`, {
          code: codeIn(error),
          ...(error instanceof BrokerError ? { hints: error.hints } : {}),
          cause: error,
        });
      }
    },
    restart(partition, error) {
      const isHopeless =
        error instanceof UserError || !(error instanceof BrokerError) || error.code !== "CORRUPT_MESSAGE";
      if (isHopeless || ++partition.damages >= MOST_DAMAGES) {
        give(error);
        return;
      }
      partition.generation++;
      partition.fetchOffset = partition.position;
      // What is damaged may be the stream itself.
      for (const [nodeId, fetcher] of fetchers)
        if (fetcher.partitions.includes(partition)) drop(nodeId, `${label}: ${messageOf(error)}`);
    },
    close,
  };
}

import {
  ConnectionPool,
  type Connection as ControlConnection,
  metadataV7,
  type Broker as PlatformaticBroker,
} from "@platformatic/kafka";
import { BrokerError, messageOf } from "../../../model/errors.ts";
import { type Address, addressText } from "../address.ts";
import { type Connection, type ConnectionEvents, openConnection } from "./connection.ts";
import type { Dial } from "./dial.ts";
import { brokerCodeOf } from "./protocol-error.ts";

/** Who leads each partition of a topic, as last learnt. */
export interface TopicLeaders {
  readonly topic: string;
  /** Broker's node id by partition; -1: nobody just now. */
  readonly nodes: Int32Array;
  /** Leader epoch by partition; -1 where the broker does not tell. */
  readonly epochs: Int32Array;
}

/** The brokers of one cluster: who leads what, and connections to them. */
export interface Cluster {
  /** As last learnt, else asked for. @throws as `refresh` does */
  leaders(topic: string): Promise<TopicLeaders>;
  /**
   * Asks a broker; callers at the same time share the answer.
   * @throws BrokerError with the protocol's code (`UNKNOWN_TOPIC_OR_PARTITION`, …), or `BROKER_UNREACHABLE`
   */
  refresh(topic: string): Promise<TopicLeaders>;
  /**
   * A new connection for data, which belongs to the caller.
   * @throws BrokerError with the code of the network or `BROKER_NOT_FOUND`
   */
  open(nodeId: number, options: DataConnectionOptions, on: ConnectionEvents): Promise<Connection>;
  /**
   * A shared connection for what is rare (groups, offsets, producer ids), in the terms of the client library.
   * @param nodeId any broker when left out
   */
  control(nodeId?: number): Promise<ControlConnection>;
  /** Ends the shared connections; those of `open` are their owners' business. Idempotent. */
  close(): Promise<void>;
}

export interface DataConnectionOptions {
  readonly requestTimeoutMs: number;
  readonly maxFrameBytes: number;
}

export interface ClusterOptions {
  readonly brokers: readonly Address[];
  readonly clientId: string;
  readonly dial?: Dial;
}

const CONNECT_MS = 5000;
const REQUEST_MS = 10_000;
const CLOSE_MS = 1000;

export function createCluster({ brokers, clientId, dial }: ClusterOptions): Cluster {
  const pool = new ConnectionPool(clientId, { connectTimeout: CONNECT_MS, requestTimeout: REQUEST_MS });
  // Without anybody listening an error would end the process; callers get theirs by their promises.
  pool.on("connecting", ({ connection }) => connection.on("error", () => undefined));
  /** By node id; learnt from metadata. */
  const addresses = new Map<number, Address>();
  const known = new Map<string, TopicLeaders>();
  const asking = new Map<string, Promise<TopicLeaders>>();
  /** Whom to ask first: one that takes connections and does not answer is asked last the next time. */
  let turn = 0;
  let isClosed = false;

  /** A live one of those that were named, or else of those that were learnt. */
  const any = async (): Promise<ControlConnection> => {
    if (isClosed) throw new BrokerError("the driver is closed", { code: "CLOSED" });
    const all: PlatformaticBroker[] = [...brokers, ...addresses.values()];
    const first = turn % all.length;
    const candidates = [...all.slice(first), ...all.slice(0, first)];
    try {
      return await pool.getFirstAvailable(candidates);
    } catch (error) {
      throw unreachable(addressText(brokers), error);
    }
  };

  const ask = async (topic: string): Promise<TopicLeaders> => {
    const connection = await any();
    try {
      const answer = await metadataV7.api.async(connection, [topic], false).catch(partial);
      for (const { nodeId, host, port } of answer.brokers) addresses.set(nodeId, { host, port });
      const partitions = answer.topics[0]?.partitions ?? [];
      const nodes = new Int32Array(partitions.length).fill(-1);
      const epochs = new Int32Array(partitions.length).fill(-1);
      for (const { partitionIndex, leaderId, leaderEpoch } of partitions) {
        nodes[partitionIndex] = leaderId;
        epochs[partitionIndex] = leaderEpoch;
      }
      const leaders = { topic, nodes, epochs };
      known.set(topic, leaders);
      return leaders;
    } catch (error) {
      turn++;
      throw new BrokerError(`the leaders of topic "${topic}" cannot be known: ${messageOf(error)}`, {
        code: brokerCodeOf(error),
        cause: error,
      });
    }
  };

  const refresh = (topic: string): Promise<TopicLeaders> => {
    const asked = asking.get(topic) ?? ask(topic).finally(() => asking.delete(topic));
    asking.set(topic, asked);
    return asked;
  };

  const addressOf = (nodeId: number): Address => {
    const address = addresses.get(nodeId);
    if (address) return address;
    throw new BrokerError(`Kafka's broker ${nodeId} is not known`, { code: "BROKER_NOT_FOUND" });
  };

  return {
    leaders: async (topic) => known.get(topic) ?? (await refresh(topic)),
    refresh,
    async open(nodeId, options, on) {
      const address = addressOf(nodeId);
      try {
        return await openConnection({ address, ...options, ...(dial ? { dial } : {}) }, on);
      } catch (error) {
        throw unreachable(addressText([address]), error);
      }
    },
    async control(nodeId) {
      if (nodeId === undefined) return await any();
      if (isClosed) throw new BrokerError("the driver is closed", { code: "CLOSED" });
      const address = addressOf(nodeId);
      try {
        return await pool.get(address);
      } catch (error) {
        throw unreachable(addressText([address]), error);
      }
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      const connections = [...pool].map(([, connection]) => connection);
      let timer: NodeJS.Timeout | undefined;
      const bound = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([pool.close().catch(() => undefined), bound]);
      clearTimeout(timer);
      for (const connection of connections) connection.socket?.destroy();
    },
  };
}

type Metadata = Awaited<ReturnType<typeof metadataV7.api.async>>;

/** The library throws where one partition has no leader just now: what is known of the others is used. */
function partial(error: unknown): Metadata {
  const { response } = error as { response?: Metadata };
  if (response?.topics[0]?.errorCode === 0) return response;
  throw error;
}

function unreachable(address: string, error: unknown): BrokerError {
  return new BrokerError(`Kafka cannot be reached at ${address}: ${messageOf(error)}`, {
    code: "BROKER_UNREACHABLE",
    hints: ["Check the host and the port, and that a plain (not TLS) listener is there."],
    cause: error,
  });
}

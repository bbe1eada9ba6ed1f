import { Admin } from "@platformatic/kafka";
import { BrokerError } from "../../../model/errors.ts";
import type { Alteration } from "../../../model/fault.ts";
import type { Topology } from "../../../model/topology.ts";
import type { Altered, Depth } from "../../driver.ts";
import { type Address, addressText } from "../address.ts";
import { type Copies, resolveCopies } from "../copies.ts";
import { askFeatures } from "../features.ts";
import type { KafkaSettings } from "../settings.ts";
import { BROKER_SETTINGS, TOPIC_SETTINGS } from "../topic-plan.ts";
import { alterTopic } from "./alter-topic.ts";
import { asked, translate } from "./client-error.ts";
import { clientOptions } from "./client-options.ts";
import { hangUp } from "./hang-up.ts";
import { firstLeader, moveLeaders } from "./move-leader.ts";
import { createTopic, dropTopic, readConfigs, readDepth } from "./topics.ts";

/** What a driver needs to know before it can open the connection for everything but messages. */
export interface OfficeContext {
  readonly brokers: readonly Address[];
  readonly settings: Pick<KafkaSettings, "replicationFactor" | "minInsyncReplicas">;
}

/** The connection to a Kafka cluster for everything but messages. It connects anew by itself. */
export interface Office {
  /** `4.3 (by its features)`, or `unknown`. */
  readonly version: string;
  readonly address: string;
  /** How many there are in the cluster. */
  readonly brokers: number;
  /** What a topic is made with; once one is made or found, what it has. */
  readonly copies: Copies;
  /** `broker.*` as read back from one of the brokers; empty where it refuses to tell. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * Makes the topic, waits until it is served, and gives its settings (`topic.*`) as read back.
   * @throws UserError `STREAM_EXISTS`, `STREAM_DIFFERS`; BrokerError with the protocol's code
   */
  create(topology: Topology, existing: "accept" | "refuse"): Promise<Readonly<Record<string, string>>>;
  /** Deletes topic and groups, also where there are none. */
  drop(topology: Topology): Promise<void>;
  /** @throws BrokerError when it refuses, or does not show the change */
  alter(topology: Topology, change: Alteration): Promise<Altered>;
  /** Node id of the leader of the first partition. @throws BrokerError when there is none, or nobody tells */
  leader(topology: Topology): Promise<string>;
  /** @throws BrokerError when it cannot be known just now */
  depth(topology: Topology): Promise<readonly Depth[]>;
  /** Never throws. */
  close(): Promise<void>;
}

const CLOSE_MS = 3000;

/**
 * @throws BrokerError `BROKER_UNREACHABLE`, `BROKER_REFUSED`; UserError `BAD_OPTION` for copies that the
 * cluster cannot have
 */
export async function openOffice({ brokers, settings }: OfficeContext): Promise<Office> {
  const { version } = await askFeatures(brokers);
  const admin = new Admin({ ...clientOptions(brokers, "mqbench-admin"), retries: 2, retryDelay: 100 });
  const close = async (): Promise<void> => {
    await hangUp(admin, CLOSE_MS);
  };
  const found = await describeCluster(admin).catch(async (error: unknown) => {
    await close();
    const { message, type } = translate(error);
    throw new BrokerError(`Kafka refused: ${message} (${type})`, { code: "BROKER_REFUSED", cause: error });
  });
  let copies: Copies;
  try {
    copies = resolveCopies(settings, found.brokers);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    version: version === "unknown" ? version : `${version} (by its features)`,
    address: addressText(brokers),
    brokers: found.brokers,
    get copies() {
      return copies;
    },
    options: found.options,
    async create(topology, existing) {
      const replicationFactor = await createTopic(admin, topology, copies, existing);
      const read = await asked("the topic's settings could not be read", () =>
        readConfigs(admin, "topic", topology.name, TOPIC_SETTINGS),
      );
      const told = Number(read["topic.min.insync.replicas"]);
      copies = { replicationFactor, minInsyncReplicas: told > 0 ? told : copies.minInsyncReplicas };
      return read;
    },
    drop: (topology) => dropTopic(admin, topology),
    alter: (topology, change) =>
      change.kind === "move-leader"
        ? moveLeaders(admin, brokers, topology.name)
        : alterTopic(admin, topology.name, copies, change),
    leader: ({ name }) => asked("the leader could not be read", () => firstLeader(admin, name)),
    depth: (topology) => asked("the depth could not be read", () => readDepth(admin, topology)),
    close,
  };
}

interface Cluster {
  readonly brokers: number;
  readonly options: Readonly<Record<string, string>>;
}

async function describeCluster(admin: Admin): Promise<Cluster> {
  const { brokers } = await admin.metadata({ topics: [] });
  const [first] = brokers.keys();
  // Not allowed to ask: the settings are then simply not in the result.
  const options = await readConfigs(admin, "broker", String(first), BROKER_SETTINGS).catch(() => ({}));
  return { brokers: brokers.size, options };
}

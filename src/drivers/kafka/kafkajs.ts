import { BrokerError, UserError } from "../../model/errors.ts";
import type { Topology } from "../../model/topology.ts";
import type { Consumer, Driver, DriverFactory, Producer, TargetInfo } from "../driver.ts";
import { type Admins, createAdmins } from "./admins.ts";
import { brokersOf, CAPABILITIES, needBrokers } from "./capabilities.ts";
import { type Client, createClient, disconnect, RETRY } from "./client.ts";
import { createConsumer } from "./consumer.ts";
import type { Context } from "./context.ts";
import { type Copies, resolveCopies } from "./copies.ts";
import { askFeatures } from "./features.ts";
import { describeTarget } from "./info.ts";
import { codeOf, reasonOf } from "./outcome.ts";
import { createProducer } from "./producer.ts";
import { readSettings } from "./settings.ts";
import { asked, createTopic, dropTopic, readDepth, readTopic } from "./topic.ts";

/** Kafka topics and consumer groups through kafkajs. Partitions of a subscription are assigned, not balanced. */
export const kafkajsDriver: DriverFactory = ({ url, mode, options }) => {
  const brokers = brokersOf(url);
  const context: Context = { brokers, settings: readSettings(options, ["none", "gzip"]) };
  const members = new Set<Producer | Consumer>();
  let office: Promise<Office> | undefined;
  let closed = false;

  /** The connection for everything but messages. */
  const open = async (): Promise<Office> => {
    if (closed) throw new Error("the driver is closed");
    needBrokers(brokers);
    office ??= openOffice(context).catch((error: unknown) => {
      office = undefined;
      throw error;
    });
    return office;
  };

  const keep = <T extends Producer | Consumer>(member: T): T => {
    members.add(member);
    return member;
  };

  return {
    system: "kafka",
    mode,
    client: "kafkajs",
    capabilities: CAPABILITIES,
    connect: async () => (await open()).info,
    async create(topology, how = { existing: "accept" }) {
      const { admins, copies, options: known } = await open();
      await createTopic(admins, topology, copies, how.existing);
      for (const [name, value] of Object.entries(
        await asked("the topic's settings could not be read", () => readTopic(admins, topology)),
      ))
        known[`topic.${name}`] = value;
    },
    drop: async (topology) => dropTopic((await open()).admins, topology),
    producer: async (o, on) => keep(await createProducer(context, o, on)),
    consumer: async (o, on) => keep(await createConsumer(context, o, on)),
    async depth(topology: Topology) {
      const { admins } = await open();
      return await asked("the depth could not be read", () => readDepth(admins, topology));
    },
    async close() {
      closed = true;
      await Promise.all([...members].map((member) => member.close()));
      const opened = await office?.catch(() => undefined);
      if (opened) await disconnect(() => opened.admins.disconnect(), opened.client.sockets, CLOSE_MS);
    },
  } satisfies Driver;
};

const CLOSE_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;

interface Office {
  readonly client: Client;
  readonly admins: Admins;
  readonly copies: Copies;
  readonly info: TargetInfo;
  /** The same object as in `info`: what `create` reads back joins it. */
  readonly options: Record<string, string | number | boolean>;
}

async function openOffice(context: Context): Promise<Office> {
  const features = await askFeatures(context.brokers);
  const client = createClient({
    brokers: context.brokers,
    clientId: "mqbench-admin",
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    event: () => undefined,
  });
  const admins = createAdmins(client);
  const { cluster: admin } = admins;
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const copies = resolveCopies(context.settings, brokers.length);
    const options: Record<string, string | number | boolean> = {};
    const info = await describeTarget({ context, admin, features, copies, brokers: brokers.length, options });
    return { client, admins, copies, info, options };
  } catch (error) {
    await disconnect(() => admins.disconnect(), client.sockets, CLOSE_MS);
    if (error instanceof UserError) throw error;
    throw new BrokerError(`Kafka refused: ${reasonOf(error)} (${codeOf(error)})`, {
      code: "BROKER_REFUSED",
      cause: error,
    });
  }
}

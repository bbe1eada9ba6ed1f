import { UserError } from "../../../model/errors.ts";
import { DURABILITIES } from "../../../model/topology.ts";
import type { Capabilities, Consumer, Driver, DriverFactory, Producer, TargetInfo } from "../../driver.ts";
import { parseAddresses } from "../address.ts";
import { type Office, openOffice } from "../platformatic/office.ts";
import { COMPRESSIONS, readSettings } from "../settings.ts";
import { createCluster } from "./cluster.ts";
import { createWireConsumer } from "./consumer.ts";
import { describeWire } from "./info.ts";
import { createWireProducer } from "./producer.ts";

/** Kafka topics and consumer groups by mqbench's own producer and consumer on the wire. */
export const wireDriver: DriverFactory = ({ url, mode, options }) => {
  // Capabilities are asked for before there is a broker; then connecting says that the address is missing.
  const brokers = url === "" ? [] : parseAddresses(url);
  const settings = readSettings(options, COMPRESSIONS);
  const cluster = createCluster({ brokers, clientId: "mqbench" });
  const members = new Set<Producer | Consumer>();
  let opening: Promise<Opened> | undefined;
  let isClosed = false;

  const open = async (): Promise<Opened> => {
    if (isClosed) throw new Error("the driver is closed");
    if (brokers.length === 0)
      throw new UserError("no address of a Kafka broker was given", {
        code: "BAD_URL",
        hints: ["Write host:port, and several with commas: broker1:9092,broker2:9092."],
      });
    opening ??= openOffice({ brokers, settings })
      .then((office) => ({ office, info: describeWire(office, settings) }))
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
    return opening;
  };

  const keep = async <T extends Producer | Consumer>(made: Promise<T>): Promise<T> => {
    const member = await made;
    members.add(member);
    if (isClosed) await member.close();
    return member;
  };

  return {
    system: "kafka",
    mode,
    client: "wire",
    capabilities: CAPABILITIES,
    connect: async () => (await open()).info,
    async create(topology, how = { existing: "accept" }) {
      const { office, info } = await open();
      Object.assign(info.options, await office.create(topology, how.existing));
    },
    drop: async (topology) => (await open()).office.drop(topology),
    producer: (o, on) => keep(createWireProducer({ cluster, settings }, o, on)),
    consumer: (o, on) => keep(createWireConsumer({ cluster, settings }, o, on)),
    depth: async (topology) => (await open()).office.depth(topology),
    async close() {
      isClosed = true;
      await Promise.all([...members].map((member) => member.close()));
      const opened = await opening?.catch(() => undefined);
      await Promise.all([cluster.close(), opened?.office.close()]);
    },
  } satisfies Driver;
};

interface Opened {
  readonly office: Office;
  /** What `create` reads back joins its options. */
  readonly info: TargetInfo & { readonly options: Record<string, string | number | boolean> };
}

/** Kafka's `socket.request.max.bytes` is 100 MiB, and a topic may allow as much. */
const MAX_MESSAGE_BYTES = 16 * 1024 ** 2;

const CAPABILITIES: Capabilities = {
  local: false,
  offsets: true,
  redeliveryFlag: false,
  durability: DURABILITIES,
  sharing: ["exclusive"],
  answers: ["ack"],
  order: "lane",
  idempotence: true,
  maxMessageBytes: MAX_MESSAGE_BYTES,
};

import { UserError } from "../../../model/errors.ts";
import { DURABILITIES, type Topology } from "../../../model/topology.ts";
import type { Capabilities, Consumer, Driver, DriverFactory, Producer, TargetInfo } from "../../driver.ts";
import { parseAddresses } from "../address.ts";
import type { Context } from "../context.ts";
import { COMPRESSIONS, readSettings } from "../settings.ts";
import { createConsumer } from "./consumer.ts";
import { describeTarget } from "./info.ts";
import { type Office, openOffice } from "./office.ts";
import { createProducer } from "./producer.ts";

/** Kafka topics through @platformatic/kafka. Partitions of a subscription are assigned, not balanced. */
export const platformaticDriver: DriverFactory = ({ url, mode, options }) => {
  // Capabilities are asked for before there is a broker; then connecting says that the address is missing.
  const brokers = url === "" ? [] : parseAddresses(url);
  const context: Context = { brokers, settings: readSettings(options, COMPRESSIONS) };
  const members = new Set<Producer | Consumer>();
  let opening: Promise<Opened> | undefined;
  let closed = false;

  const open = async (): Promise<Opened> => {
    if (closed) throw new Error("the driver is closed");
    if (brokers.length === 0)
      throw new UserError("no address of a Kafka broker was given", {
        code: "BAD_URL",
        hints: ["Write host:port, and several with commas: broker1:9092,broker2:9092."],
      });
    opening ??= openOffice(context)
      .then((office) => ({ office, info: describeTarget(office, context.settings) }))
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
    return opening;
  };

  const keep = async <T extends Producer | Consumer>(made: Promise<T>): Promise<T> => {
    const member = await made;
    members.add(member);
    if (closed) await member.close();
    return member;
  };

  return {
    system: "kafka",
    mode,
    client: "platformatic",
    capabilities: CAPABILITIES,
    connect: async () => (await open()).info,
    async create(topology, how = { existing: "accept" }) {
      const { office, info } = await open();
      Object.assign(info.options, await office.create(topology, how.existing));
    },
    drop: async (topology) => (await open()).office.drop(topology),
    producer: (o, on) => keep(createProducer(context, o, on)),
    consumer: (o, on) => keep(createConsumer(context, o, on)),
    depth: async (topology: Topology) => (await open()).office.depth(topology),
    async close() {
      closed = true;
      await Promise.all([...members].map((member) => member.close()));
      const opened = await opening?.catch(() => undefined);
      await opened?.office.close();
    },
  } satisfies Driver;
};

interface Opened {
  readonly office: Office;
  /** What `create` reads back joins its options. */
  readonly info: TargetInfo & { readonly options: Record<string, string | number | boolean> };
}

/** Kafka's `socket.request.max.bytes` is 100 MiB and a topic may allow as much; the library copies a request twice. */
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

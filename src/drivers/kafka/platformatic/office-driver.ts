import type {
  Capabilities,
  Consumer,
  ConsumerOptions,
  Deliveries,
  Driver,
  Outcomes,
  Producer,
  ProducerOptions,
} from "../../driver.ts";
import { CAPABILITIES, needBrokers } from "../capabilities.ts";
import type { Context } from "../context.ts";
import { rereadTopic } from "../reread.ts";
import { type Office, openOffice } from "./office.ts";
import { type ClientFacts, type OfficeInfo, officeInfo } from "./office-info.ts";

/** What a client does itself, beside its office. */
export interface OfficeClient {
  readonly client: string;
  readonly mode: string;
  readonly context: Context;
  /** What it can do beyond what is the same for every client. */
  readonly can?: Partial<Capabilities>;
  facts(): ClientFacts;
  producer(options: ProducerOptions, on: Outcomes): Promise<Producer>;
  consumer(options: ConsumerOptions, on: Deliveries): Promise<Consumer>;
  /** Closes what is neither producer, consumer nor office. */
  close?(): Promise<void>;
}

/** A Kafka driver whose topics, configurations and depths are the office's. */
export function officeDriver(own: OfficeClient): Driver {
  const { context } = own;
  const members = new Set<Producer | Consumer>();
  let opening: Promise<{ readonly office: Office; readonly info: OfficeInfo }> | undefined;
  let isClosed = false;

  const open = async () => {
    if (isClosed) throw new Error("the driver is closed");
    needBrokers(context.brokers);
    opening ??= openOffice(context)
      .then((office) => ({ office, info: officeInfo(office, context.settings, own.facts()) }))
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
    return await opening;
  };

  const keep = async <T extends Producer | Consumer>(made: Promise<T>): Promise<T> => {
    const member = await made;
    members.add(member);
    if (isClosed) await member.close();
    return member;
  };

  return {
    system: "kafka",
    mode: own.mode,
    client: own.client,
    capabilities: { ...CAPABILITIES, ...own.can },
    connect: async () => (await open()).info,
    async create(topology, how = { existing: "accept" }) {
      const { office, info } = await open();
      const read = await office.create(topology, how.existing);
      // The copies as they are: those of a topic that was there need not be the ones that were asked for.
      Object.assign(info.options, read, office.copies);
    },
    drop: async (topology) => (await open()).office.drop(topology),
    producer: (o, on) => keep(own.producer(o, on)),
    consumer: (o, on) => keep(own.consumer(o, on)),
    alter: async (topology, change) => (await open()).office.alter(topology, change),
    leader: async (topology) => (await open()).office.leader(topology),
    depth: async (topology) => (await open()).office.depth(topology),
    async reread(options, on) {
      needBrokers(context.brokers);
      await rereadTopic(context.brokers, options, on);
    },
    async close() {
      isClosed = true;
      await Promise.all([...members].map((member) => member.close()));
      const opened = await opening?.catch(() => undefined);
      await Promise.all([own.close?.(), opened?.office.close()]);
    },
  };
}

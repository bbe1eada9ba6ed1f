import { createRequire } from "node:module";
import { BrokerError, UserError } from "../../../model/errors.ts";
import type { Topology } from "../../../model/topology.ts";
import type { Capabilities, Driver, DriverFactory, TargetInfo } from "../../driver.ts";
import { queueLeader } from "../management.ts";
import { rabbitOptions } from "../options.ts";
import { streamConsumer } from "./consumer.ts";
import { createStreams, deleteStreams } from "./declare.ts";
import { depthOf } from "./depth.ts";
import { type StreamEndpoint, streamEndpoints } from "./endpoint.ts";
import type { StreamLink } from "./link.ts";
import { streamName } from "./naming.ts";
import { openLink, streamLine } from "./open-link.ts";
import { streamOptions } from "./options.ts";
import { streamProducer } from "./producer.ts";
import { rereadStreams } from "./reread.ts";

/** A frame has at most 1 MiB, by default of the plugin (`stream.frame_max`) and of the library; some goes to its heads. */
const MAX_MESSAGE_BYTES = 1023 * 1024;
/** The number of a publisher or subscription of a connection is one byte. */
const MOST_PARTITIONS = 255;

/**
 * RabbitMQ's streams over the stream protocol, through rabbitmq-stream-js-client. One connection for asking and making,
 * and one for each producer and each consumer. A partition is a stream. docs/decisions/0011-rabbitmq-streams.md says
 * what of the library is used, and why no more.
 */
export const streamDriver: DriverFactory = ({ url, mode, options, managementUrl }) => {
  const shared = rabbitOptions(managementUrl ? { managementUrl, ...options } : options);
  const own = streamOptions(shared.stream);
  let asked: ReturnType<typeof streamEndpoints> | undefined;
  /** Not before it is needed: capabilities are asked for before there is a broker. */
  const endpoints = () => {
    asked ??= streamEndpoints({ url, port: own.port, managementUrl: shared.managementUrl });
    return asked;
  };
  const { noDelay, heartbeatS, reconnect, managementUrl: management } = shared;
  const capabilities: Capabilities = {
    local: false,
    offsets: true,
    redeliveryFlag: false,
    durability: ["memory", "disk"],
    sharing: ["exclusive"],
    answers: ["ack"],
    order: "lane",
    idempotence: reconnect !== undefined,
    transactions: false,
    reconnects: reconnect !== undefined,
    leader: true,
    reread: "log",
    maxMessageBytes: MAX_MESSAGE_BYTES,
  };
  const ends = new Set<{ close(): Promise<void> }>();
  let control: Promise<StreamLink> | undefined;

  const openControl = async () =>
    (await openLink(await endpoints(), { noDelay, heartbeatS, purpose: "control" })).connection;
  /** The control connection; made anew when it broke. */
  const controlled = (): Promise<StreamLink> => {
    if (control) return control;
    const opening = openControl();
    control = opening;
    const forget = () => {
      if (control === opening) control = undefined;
    };
    opening.then((link) => link.listen({ lost: forget }), forget);
    return opening;
  };

  const tracked = <T extends { close(): Promise<void> }>(end: T): T => {
    const close = async () => {
      await end.close();
      ends.delete(kept);
    };
    const kept = { ...end, close };
    ends.add(kept);
    return kept;
  };

  const lineFor = async (purpose: string, topology: Topology) => {
    needFew(topology);
    return streamLine(await endpoints(), { noDelay, heartbeatS, purpose }, reconnect);
  };

  const driver: Driver = {
    system: "rabbitmq",
    mode,
    client: "stream-js",
    capabilities,
    async connect() {
      return describe(await controlled(), await endpoints(), { ...shared, ...own });
    },
    async create(topology, { existing } = { existing: "accept" }) {
      needFew(topology);
      await createStreams(await controlled(), topology, own.arguments, existing === "refuse");
    },
    async drop(topology) {
      await deleteStreams(await controlled(), topology);
    },
    async producer(wanted, on) {
      const line = await lineFor(`producer ${wanted.index}`, wanted.topology);
      return tracked(await streamProducer(line, wanted, MAX_MESSAGE_BYTES, on));
    },
    async consumer(wanted, on) {
      const line = await lineFor(`consumer ${wanted.subscription}/${wanted.index}`, wanted.topology);
      return tracked(await streamConsumer(line, wanted, own, on));
    },
    async leader(topology) {
      const stream = streamName(topology, 0);
      const found = management && (await queueLeader(management, (await endpoints())[0], stream));
      if (found) return found;
      throw new BrokerError(`the leader of stream ${stream} cannot be known`, {
        code: "LEADER_UNKNOWN",
        hints: ["Give the driver a managementUrl."],
      });
    },
    depth: async (topology) => depthOf(await controlled(), topology),
    reread: async (wanted, on) => rereadStreams(await controlled(), wanted, on),
    async close() {
      const connected = control;
      control = undefined;
      const closeControl = async () => (await connected?.catch(() => undefined))?.close();
      await Promise.all([closeControl(), ...[...ends].map((end) => end.close())]);
    },
  };
  return driver;
};

function needFew({ partitions }: Topology): void {
  if (partitions > MOST_PARTITIONS)
    throw new UserError(`${partitions} partitions are too many for one connection of RabbitMQ's streams`, {
      code: "TOO_MANY_PARTITIONS",
      hints: [`Use at most ${MOST_PARTITIONS}.`],
    });
}

function describe(
  link: StreamLink,
  endpoints: readonly [StreamEndpoint, ...StreamEndpoint[]],
  options: ReturnType<typeof rabbitOptions> & ReturnType<typeof streamOptions>,
): TargetInfo {
  const { version = "", product = "RabbitMQ", platform = "" } = link.inside.peerProperties;
  const { start, reconnect } = options;
  return {
    version,
    clientVersion: clientVersion(),
    address: endpoints.map(({ host, port }) => `${host}:${port}`).join(","),
    options: {
      server: `${product} ${version}, ${platform}`,
      vhost: endpoints[0].vhost,
      protocol: "RabbitMQ streams",
      streams: "one for each partition, without an exchange",
      streamArguments: JSON.stringify(options.arguments),
      confirms: "on",
      publisherName: "with producers.idempotent: then the broker deduplicates by publishing id",
      subEntries: "none",
      framing: "direct; handshake, heartbeat and requests by the library",
      socketWrites: "one for all messages of an event loop step",
      messageFormat: "an AMQP 1.0 data section",
      prefetch: "held by the client; the broker sends chunks ahead by credit",
      credits: options.credits,
      start: start.at === "offset" ? start.offset : start.at === "timestamp" ? start.timestampMs : start.at,
      storeEveryMs: options.storeEveryMs,
      connections: "one for each producer and each consumer",
      noDelay: options.noDelay,
      frameMaxBytes: link.frameMax,
      heartbeatS: options.heartbeatS,
      reconnect: reconnect !== undefined,
      ...(reconnect && {
        reconnectDelayMs: reconnect.delayMs,
        reconnectMaxDelayMs: reconnect.maxDelayMs,
        reconnectGiveUpAfterMs: reconnect.giveUpAfterMs,
      }),
    },
    // Written by a majority of its members, and never flushed: rabbitmq.com/docs/streams, "Data Safety".
    durabilityClass: () => ({ copies: "majority", flush: "page cache" }),
    notes: [
      "A stream confirms after a majority of its members has written; nothing is flushed to the device. On a single node there is one member.",
    ],
  };
}

function clientVersion(): string {
  const require = createRequire(import.meta.url);
  return (require("rabbitmq-stream-js-client/package.json") as { version: string }).version;
}

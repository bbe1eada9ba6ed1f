import type { ChannelModel } from "amqplib";
import { BrokerError, UserError } from "../../model/errors.ts";
import type { Capabilities, Driver, DriverFactory, TargetInfo } from "../driver.ts";
import { deleteQueues, unbindQueues } from "./alter.ts";
import { clientVersion } from "./client-version.ts";
import { amqpLine, closeConnection, negotiated, openAny } from "./connection.ts";
import { type RabbitConsumer, rabbitConsumer } from "./consumer.ts";
import { declareStream, deleteStream } from "./declare.ts";
import { depthOf } from "./depth.ts";
import { type AskManagement, managementApi, queueLeader, queueMembers } from "./management.ts";
import { type Mode, modeOf } from "./mode.ts";
import { namingOf } from "./naming.ts";
import { type Endpoint, endpointsOf, type RabbitOptions, rabbitOptions } from "./options.ts";
import { rabbitProducer } from "./producer.ts";
import { rereadQueues } from "./reread.ts";
import { wireOf } from "./wire.ts";

/**
 * RabbitMQ over AMQP 0-9-1 through amqplib. One connection for asking and declaring, and one for each
 * producer and each consumer: a publisher that the broker throttles must not hold up acknowledgements.
 */
export const amqplibDriver: DriverFactory = ({ url, mode, options, managementUrl }) =>
  driver(mode, modeOf(mode), url, rabbitOptions(managementUrl ? { managementUrl, ...options } : options));

/** Largest message that RabbitMQ 4 takes by default; earlier ones took more. */
const MAX_MESSAGE_BYTES = 16 * 1024 ** 2;

function driver(modeName: string, mode: Mode, url: string, options: RabbitOptions): Driver {
  const queueArguments = { "x-queue-type": mode.queueType, ...options.queueArguments };
  const capabilities: Capabilities = {
    local: false,
    offsets: false,
    redeliveryFlag: true,
    durability: mode.durability,
    sharing: ["exclusive", "compete"],
    answers: ["ack", "requeue", "reject"],
    order: "lane",
    idempotence: false,
    transactions: false,
    protocol: "amqp",
    reconnects: options.reconnect !== undefined,
    alterations: ["unbind", "delete-queue"],
    leader: true,
    priorities: true,
    reread: "rest",
    maxMessageBytes: MAX_MESSAGE_BYTES,
  };
  const { deadLetter } = options;
  if (deadLetter?.strategy === "at-least-once" && mode.queueType !== "quorum")
    throw new UserError(`rabbitmq:${modeName} dead-letters at most once`, {
      code: "BAD_OPTION",
      hints: ["Only quorum queues have dead-letter-strategy at-least-once: use rabbitmq:quorum."],
    });
  // Not before it is needed: capabilities are asked for before there is a broker.
  const endpoints = () => endpointsOf(url);
  const line = (purpose: string) => amqpLine(endpoints(), options, purpose);
  let askManagement: AskManagement | undefined;
  /** The options that `connect` tells; what `create` reads back joins them. */
  let readBack: Record<string, string | number | boolean> = {};
  const producers = new Set<{ close(): Promise<void> }>();
  const consumers = new Set<RabbitConsumer>();
  let control: Promise<ChannelModel> | undefined;

  const openControl = async () => (await openAny(endpoints(), 0, options, "control")).connection;
  /** The control connection; made anew when it broke. */
  const controlled = (): Promise<ChannelModel> => {
    if (control) return control;
    const opening = openControl();
    control = opening;
    const forget = () => {
      if (control === opening) control = undefined;
    };
    opening.then((model) => model.on("close", forget), forget);
    return opening;
  };

  return {
    system: "rabbitmq",
    mode: modeName,
    client: "amqplib",
    capabilities,
    async connect() {
      const told = describe(await controlled(), endpoints(), options, mode, queueArguments);
      readBack = told.options;
      return told;
    },
    async create(topology, { existing } = { existing: "accept" }) {
      await declareStream(await controlled(), topology, queueArguments, existing === "refuse", deadLetter);
      const { managementUrl } = options;
      if (mode.queueType !== "quorum" || !managementUrl) return;
      // All queues of a stream are declared alike: the first tells for all.
      const members = await queueMembers(managementUrl, endpoints()[0], namingOf(topology).queues[0]!.name);
      if (members !== undefined) readBack.queueMembers = members;
    },
    async drop(topology) {
      await deleteStream(await controlled(), topology, deadLetter !== undefined);
    },
    async producer(producerOptions, on) {
      const way = line(`producer ${producerOptions.index}`);
      const producer = await rabbitProducer(way, producerOptions, MAX_MESSAGE_BYTES, on);
      const close = async () => {
        producers.delete(tracked);
        await producer.close();
      };
      const tracked = { ...producer, close };
      producers.add(tracked);
      return tracked;
    },
    async consumer(consumerOptions, on) {
      const name = `consumer ${consumerOptions.subscription}/${consumerOptions.index}`;
      const consumer = await rabbitConsumer(line(name), consumerOptions, on);
      const close = async () => {
        await consumer.close();
        consumers.delete(tracked);
      };
      const tracked = { ...consumer, close };
      consumers.add(tracked);
      return tracked;
    },
    async depth(topology) {
      const { managementUrl } = options;
      if (managementUrl) askManagement ??= managementApi(managementUrl, endpoints()[0]);
      return await depthOf(await controlled(), topology, consumers, askManagement, deadLetter);
    },
    async alter(topology, { kind }) {
      if (kind === "delete-queue") return await deleteQueues(await controlled(), topology);
      return await unbindQueues(await controlled(), topology, deadLetter !== undefined);
    },
    async leader(topology) {
      const queue = namingOf(topology).queues[0]!.name;
      const { managementUrl } = options;
      const found = managementUrl && (await queueLeader(managementUrl, endpoints()[0], queue));
      if (found) return found;
      throw new BrokerError(`the leader of queue ${queue} cannot be known`, {
        code: "LEADER_UNKNOWN",
        hints: ["Give the driver a managementUrl."],
      });
    },
    reread: async (rereadOptions, on) => rereadQueues(await controlled(), rereadOptions, on),
    async close() {
      const connected = control;
      control = undefined;
      const closeControl = async () => {
        const model = await connected?.catch(() => undefined);
        if (model) await closeConnection(model, async () => {});
      };
      await Promise.all([closeControl(), ...[...producers, ...consumers].map((end) => end.close())]);
    },
  };
}

function describe(
  model: ChannelModel,
  endpoints: readonly [Endpoint, ...Endpoint[]],
  options: RabbitOptions,
  mode: Mode,
  queueArguments: Readonly<Record<string, string | number | boolean>>,
): TargetInfo & { readonly options: Record<string, string | number | boolean> } {
  const { product, version, platform } = model.connection.serverProperties;
  const { frameMax, channelMax, heartbeat } = negotiated(model);
  const { reconnect, deadLetter } = options;
  return {
    version,
    clientVersion: clientVersion(),
    address: endpoints.map(({ host, port }) => `${host}:${port}`).join(","),
    options: {
      server: `${product} ${version}, ${platform}`,
      vhost: endpoints[0].vhost,
      queueType: mode.queueType,
      queueArguments: JSON.stringify(queueArguments),
      ...(mode.queueType === "classic" ? { classicQueueVersion: queueVersion(version, queueArguments) } : {}),
      queueDurable: true,
      exchange:
        "direct, one queue for each partition and subscription; the default exchange for a single queue that nobody unbinds",
      confirms: "on, unless durability is none",
      persistent: "with durability disk and fsync",
      mandatory: options.mandatory,
      messageId: options.mandatory ? "the delivery tag, to tell which message was returned" : "none",
      prefetch: "basic.qos for each queue: the consumer's prefetch divided by its partitions",
      connections: "one for each producer and each consumer",
      noDelay: options.noDelay,
      framing: wireOf(model, options.framing) ? "direct" : "amqplib",
      socketWrites: "one for all frames of an event loop step",
      frameMaxBytes: frameMax,
      channelMax,
      heartbeatS: heartbeat,
      reconnect: reconnect !== undefined,
      ...(reconnect && {
        reconnectDelayMs: reconnect.delayMs,
        reconnectMaxDelayMs: reconnect.maxDelayMs,
        reconnectGiveUpAfterMs: reconnect.giveUpAfterMs,
      }),
      republish: options.republish,
      ...(deadLetter && {
        deadLetterAfterMs: deadLetter.afterMs,
        deadLetterStrategy: deadLetter.strategy,
        deadLetterOverflow: deadLetter.overflow,
      }),
    },
    durabilityClass: (durability) =>
      durability === "none" ? { copies: "none", flush: "memory" } : mode.durabilityClass(durability),
    notes: mode.notes(version),
  };
}

/** Version 2 is the only one since RabbitMQ 4.0 and was opt-in before. */
function queueVersion(version: string, queueArguments: Readonly<Record<string, unknown>>): number {
  const asked = queueArguments["x-queue-version"];
  return Number.parseInt(version, 10) >= 4 ? 2 : typeof asked === "number" ? asked : 1;
}

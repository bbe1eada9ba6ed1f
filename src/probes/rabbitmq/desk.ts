import type { Channel, ChannelModel, ConsumeMessage, Options } from "amqplib";
import { closeConnection, openAny } from "../../drivers/rabbitmq/connection.ts";
import { endpointsOf, rabbitOptions } from "../../drivers/rabbitmq/options.ts";
import { BrokerError, messageOf } from "../../model/errors.ts";
import type { HandsSettings } from "../hands.ts";
import { until } from "../waiting.ts";

type Arguments = Readonly<Record<string, string | number | boolean>>;

/** A connection to RabbitMQ with what every probe needs; it knows what was made, and removes it. */
export interface Desk {
  readonly version: string;
  /** `quorum`, `classic`, `stream`. */
  readonly mode: string;
  readonly signal: AbortSignal;
  /** Makes a durable queue of the mode, and gives its name. */
  queue(what: string, more?: Arguments): Promise<string>;
  exchange(what: string, type: string, options?: Options.AssertExchange): Promise<string>;
  /** Declares, binds, looks: on a channel of its own. */
  ask<T>(what: string, question: (channel: Channel) => Promise<T>): Promise<T>;
  /** Resolves when the broker has confirmed all of them. */
  publish(exchange: string, messages: readonly Outgoing[]): Promise<void>;
  /** What came back of mandatory messages since the last call: their message ids. */
  returned(): readonly string[];
  /** Resolves when the broker has taken the consumer on. */
  consume(queue: string, options: ReaderOptions, each: Each): Promise<Reader>;
  wait<T>(what: string, action: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface Outgoing {
  readonly key: string;
  readonly body: string;
  readonly options?: Options.Publish;
}

export interface ReaderOptions {
  /** 0: no limit. */
  readonly prefetch: number;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** Deliveries may come before `consume` has resolved, so each brings its reader. */
export type Each = (message: ConsumeMessage, reader: Reader) => void;

export interface Reader {
  ack(message: ConsumeMessage): void;
  /** Leaves; what it has not acknowledged goes back. */
  close(): Promise<void>;
}

/** @throws BrokerError when nobody answers, or we are refused */
export async function openDesk({ url, mode, prefix, signal, fail }: HandsSettings): Promise<Desk> {
  const { connection: model } = await openAny(endpointsOf(url), 0, rabbitOptions({}), "probe");
  const { version } = model.connection.serverProperties;
  const queues: string[] = [];
  const exchanges: string[] = [];
  const backIds: string[] = [];
  let closed: Promise<void> | undefined;
  const failed = (what: string) => (cause: unknown) => {
    if (closed === undefined) fail(broken(what, cause));
  };
  model.on("close", failed("keep the connection"));

  // On a channel that is closed amqplib throws at once: that, too, is the broker's doing.
  const wait = <T>(what: string, action: () => Promise<T>): Promise<T> =>
    until(
      signal,
      Promise.resolve()
        .then(action)
        .catch((cause: unknown) => {
          throw broken(what, cause);
        }),
    );
  const watched = <C extends Channel>(channel: C, what: string): C => {
    channel.on("error", failed(what));
    return channel;
  };
  const channels = Promise.all([
    wait("open a channel", () => model.createChannel()),
    wait("open a channel", () => model.createConfirmChannel()),
  ]);
  const [declaring, confirming] = await channels.catch(async (error: unknown) => {
    await closeConnection(model, async () => {});
    throw error;
  });
  const asking = watched(declaring, "declare");
  const publishing = watched(confirming, "publish");
  publishing.on("return", (message: { properties: { messageId?: string } }) => {
    backIds.push(message.properties.messageId ?? "");
  });
  const ask = <T>(what: string, question: (channel: Channel) => Promise<T>): Promise<T> =>
    wait(what, () => question(asking));

  return {
    version,
    mode,
    signal,
    wait,
    ask,
    async queue(what, more = {}) {
      const name = `${prefix}-${what}`;
      queues.push(name);
      const options = { durable: true, arguments: { "x-queue-type": mode, ...more } };
      await ask(`make the queue ${name}`, (channel) => channel.assertQueue(name, options));
      return name;
    },
    async exchange(what, type, options = {}) {
      const name = `${prefix}-${what}`;
      exchanges.push(name);
      await ask(`make the exchange ${name}`, (channel) =>
        channel.assertExchange(name, type, { durable: true, ...options }),
      );
      return name;
    },
    async publish(exchange, messages) {
      await wait("confirm what was published", () => {
        for (const { key, body, options } of messages)
          publishing.publish(exchange, key, Buffer.from(body), { deliveryMode: 2, ...options });
        return publishing.waitForConfirms();
      });
    },
    returned: () => backIds.splice(0),
    async consume(queue, { prefetch, arguments: more }, each) {
      const channel = watched(await wait("open a channel", () => model.createChannel()), `read ${queue}`);
      await wait("set the prefetch", () => channel.prefetch(prefetch));
      const onMessage = (message: ConsumeMessage | null): void => {
        if (message === null) failed(`read ${queue}`)(new Error("the consumer was cancelled"));
        else each(message, reader);
      };
      let isOpen = true;
      const reader: Reader = {
        ack: (message) => {
          if (!isOpen || closed !== undefined) return;
          try {
            channel.ack(message);
          } catch (cause) {
            failed("take an acknowledgement")(cause);
          }
        },
        async close() {
          isOpen = false;
          await wait("leave", () => channel.close());
        },
      };
      await wait(`read ${queue}`, () => channel.consume(queue, onMessage, { arguments: more }));
      return reader;
    },
    close() {
      closed ??= Promise.resolve().then(() => closeConnection(model, () => remove(model, queues, exchanges)));
      return closed;
    },
  };
}

/** On a channel of its own: the others may be broken. */
async function remove(
  model: ChannelModel,
  queues: readonly string[],
  exchanges: readonly string[],
): Promise<void> {
  if (queues.length + exchanges.length === 0) return;
  const channel = await model.createChannel();
  channel.on("error", () => {});
  for (const name of queues) await channel.deleteQueue(name);
  for (const name of exchanges) await channel.deleteExchange(name);
}

function broken(what: string, cause: unknown): BrokerError {
  if (cause instanceof BrokerError) return cause;
  return new BrokerError(`RabbitMQ could not ${what}: ${messageOf(cause ?? "the connection was closed")}`, {
    code: "PROBE_FAILED",
    hints: ["Look at the broker's log; a probe needs a broker that answers."],
    cause,
  });
}

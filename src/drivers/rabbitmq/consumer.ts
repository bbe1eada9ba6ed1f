import type { Channel, ChannelModel, ConsumeMessage } from "amqplib";
import { BrokerError, messageOf, UserError } from "../../model/errors.ts";
import type { Consumer, ConsumerOptions, Deliveries } from "../driver.ts";
import type { AmqpLine } from "./connection.ts";
import { exists } from "./declare.ts";
import { consumerTagOf } from "./deliver-frames.ts";
import { directDeliveries } from "./direct-deliveries.ts";
import { Link } from "./link.ts";
import { namingOf } from "./naming.ts";
import { Unanswered } from "./unanswered.ts";
import { channelNumber, wireOf } from "./wire.ts";

/** A consumer that can say what it holds. */
export interface RabbitConsumer extends Consumer {
  readonly options: ConsumerOptions;
  /** Delivered but unanswered messages of a partition; undefined while the broker may think otherwise. */
  unanswered(partition: number): number | undefined;
}

/** What is used of one connection. */
interface Session {
  readonly channel: Channel;
  readonly answering: ReturnType<typeof answerer>;
  /** Of the harness's tags, the one that this channel's first delivery has. */
  readonly firstTag: number;
  readonly consumerTags: string[];
}

/**
 * Consumes its queues on a connection and a channel of its own, so that delivery tags are dense and one
 * `basic.ack` can answer several queues. `basic.qos` counts for each queue: the prefetch is shared out.
 * With direct framing, plain deliveries are taken out of what was read without amqplib.
 *
 * When the connection is lost the broker gives what was unanswered to somebody again. Answers to it are dropped: on
 * the next channel their tags are those of other messages.
 * @throws UserError when the prefetch is too small for that
 */
export async function rabbitConsumer(
  line: AmqpLine,
  options: ConsumerOptions,
  on: Deliveries,
): Promise<RabbitConsumer> {
  const { topology, subscription, partitions } = options;
  const auto = options.acknowledge === "auto";
  const { queue } = namingOf(topology);
  const unanswered = new Unanswered(topology.partitions);
  /** Undefined while there is no connection. */
  let session: Session | undefined;
  let closing: Promise<void> | undefined;
  let hasRead = false;
  let inBatch = false;
  let tag = 0;

  const endBatch = () => {
    inBatch = false;
    on.end();
  };
  const deliver = (partition: number, bytes: Buffer, start: number, end: number, redelivered: number) => {
    // While leaving, a manual consumer's deliveries go back; an automatic one's are acknowledged already.
    if (closing && !auto) return;
    if (!inBatch) {
      // Frames of one read are handled without a pause, so the next tick comes after the last of them.
      inBatch = true;
      process.nextTick(endBatch);
      on.begin();
    }
    if (!auto) unanswered.push(partition);
    on.message(bytes, start, end, tag++, partition, -1, redelivered);
  };

  /** Partitions whose queue somebody may have deleted on purpose, without those where that is so. */
  const readable = async (model: ChannelModel): Promise<readonly number[]> => {
    if (!hasRead || topology.isAltered !== true) return partitions;
    const found: number[] = [];
    for (const partition of partitions) {
      if (await exists(model, (c) => c.checkQueue(queue(partition, subscription)))) found.push(partition);
      else on.event("rebalanced", `the queue of ${subscription}/${partition} is gone`);
    }
    return found;
  };

  const attach = async (model: ChannelModel, fail: (error: Error) => void): Promise<void> => {
    const from = await readable(model);
    const channel = await model.createChannel();
    const mine: Session = { channel, answering: answerer(channel), firstTag: tag, consumerTags: [] };
    session = mine;
    channel.on("error", fail);
    // A mistake in the harness is not the channel's: let it surface.
    channel.on("handler-error", surface);
    const wire = wireOf(model, line.options.framing);
    if (wire)
      directDeliveries(
        wire,
        channelNumber(channel),
        (partition, bytes, start, end) => {
          if (session === mine) deliver(partition, bytes, start, end, 0);
        },
        (error) => setImmediate(surface, error),
      );
    const receive = (partition: number) => (message: ConsumeMessage | null) => {
      if (session !== mine) return;
      if (message === null) {
        const detail = `the broker cancelled the consumer of ${subscription}/${partition}`;
        // Somebody may delete a queue on purpose: then there is nothing more to read from it, and nothing is broken.
        return topology.isAltered ? on.event("rebalanced", detail) : fail(new Error(detail));
      }
      const { content, fields } = message;
      deliver(partition, content, 0, content.length, fields.redelivered ? deliveriesBefore(message) : 0);
    };
    if (!auto) await channel.prefetch(share(options));
    for (const partition of from) {
      const ok = await channel.consume(queue(partition, subscription), receive(partition), {
        noAck: auto,
        consumerTag: consumerTagOf(partition),
      });
      mine.consumerTags.push(ok.consumerTag);
    }
    hasRead = true;
  };

  const link = new Link(line, {
    attach,
    detach() {
      session = undefined;
      unanswered.forget();
    },
    returned() {},
    broke() {},
    event: (kind, detail) => on.event(kind, detail),
  });
  try {
    await link.open();
  } catch (error) {
    if (error instanceof UserError || error instanceof BrokerError) throw error;
    throw new BrokerError(
      `cannot consume ${topology.name}, subscription ${subscription}: ${messageOf(error)}`,
      {
        code: "CONSUME_REFUSED",
        hints: ["Check that the stream was made and that the user may read from it."],
        cause: error,
      },
    );
  }

  return {
    options,
    unanswered: (partition) => (session ? (unanswered.perPartition[partition] ?? 0) : undefined),
    answer(tag, answer, upTo) {
      if (auto || session === undefined || closing) return;
      const youngest = upTo ? unanswered.takeUpTo(tag) : unanswered.take(tag) ? tag : -1;
      // RabbitMQ closes a channel that answers what is answered already, or was delivered on another one.
      if (youngest >= 0) session.answering[answer](youngest - session.firstTag + 1, upTo);
    },
    async flush() {
      if (auto || session === undefined || closing) return;
      const { channel } = session;
      try {
        // Acknowledgements have no answer; this has one, and a channel's methods are taken in their order.
        await channel.prefetch(share(options));
      } catch (error) {
        // Without a connection there is nothing to bring, and the broker knows best what it got.
        if (session?.channel === channel) throw error;
      }
    },
    close() {
      closing ??= link.close(async () => {
        for (const consumerTag of session?.consumerTags ?? []) await session?.channel.cancel(consumerTag);
        await session?.channel.close();
      });
      return closing;
    },
  };
}

function surface(error: unknown): never {
  throw error;
}

/** What each queue may have unanswered so that all together stay within the prefetch. */
function share({ prefetch, partitions }: ConsumerOptions): number {
  const each = Math.floor(prefetch / partitions.length);
  if (each >= 1) return each;
  throw new UserError(`a prefetch of ${prefetch} cannot be shared out over ${partitions.length} queues`, {
    code: "PREFETCH_TOO_SMALL",
    hints: [`Use a prefetch of at least ${partitions.length}, or fewer partitions per consumer.`],
  });
}

/** amqplib wants the whole message to answer it, but reads only the tag: one object stands for all. */
function answerer(channel: Channel) {
  const fields = { deliveryTag: 0 };
  const message = { fields } as unknown as ConsumeMessage;
  return {
    ack(deliveryTag: number, upTo: boolean) {
      fields.deliveryTag = deliveryTag;
      channel.ack(message, upTo);
    },
    requeue(deliveryTag: number, upTo: boolean) {
      fields.deliveryTag = deliveryTag;
      channel.nack(message, upTo, true);
    },
    reject(deliveryTag: number, upTo: boolean) {
      fields.deliveryTag = deliveryTag;
      if (upTo) channel.nack(message, true, false);
      else channel.reject(message, false);
    },
  };
}

/** Quorum queues count returns in a header; a classic queue has nothing but the flag. */
function deliveriesBefore({ properties }: ConsumeMessage): number {
  const count: unknown = properties.headers?.["x-delivery-count"];
  return typeof count === "number" && count > 0 ? count : 1;
}

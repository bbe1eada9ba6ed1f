import type { Channel, ChannelModel, ConsumeMessage } from "amqplib";
import { BrokerError, messageOf, UserError } from "../../model/errors.ts";
import type { Consumer, ConsumerOptions, Deliveries } from "../driver.ts";
import { closeConnection } from "./connection.ts";
import { consumerTagOf } from "./deliver-frames.ts";
import { directDeliveries } from "./direct-deliveries.ts";
import { namingOf } from "./naming.ts";
import { Unanswered } from "./unanswered.ts";
import { channelNumber, type Wire } from "./wire.ts";

/** A consumer that can say what it holds. */
export interface RabbitConsumer extends Consumer {
  readonly options: ConsumerOptions;
  /** Delivered but unanswered messages of a partition. */
  unanswered(partition: number): number;
}

/**
 * Consumes its queues on a connection and a channel of its own, so that delivery tags are dense and one
 * `basic.ack` can answer several queues. `basic.qos` counts for each queue: the prefetch is shared out.
 * With `wire`, plain deliveries are taken out of what was read without amqplib.
 * @throws UserError when the prefetch is too small for that
 */
export async function rabbitConsumer(
  model: ChannelModel,
  options: ConsumerOptions,
  wire: Wire | undefined,
  on: Deliveries,
): Promise<RabbitConsumer> {
  const { topology, subscription, partitions } = options;
  const auto = options.acknowledge === "auto";
  const channel = await model.createChannel();
  const unanswered = new Unanswered(topology.partitions);
  const consumerTags: string[] = [];
  let closing: Promise<void> | undefined;
  let broken = false;
  let inBatch = false;
  let tag = 0;

  const endBatch = () => {
    inBatch = false;
    on.end();
  };
  const breakOff = (detail: string) => {
    if (broken || closing) return;
    broken = true;
    on.event("broken", detail);
  };
  const deliver = (partition: number, bytes: Buffer, start: number, end: number, redelivered: number) => {
    // While leaving, a manual consumer's deliveries go back; an automatic one's are acknowledged already.
    if (broken || (closing && !auto)) return;
    if (!inBatch) {
      // Frames of one read are handled without a pause, so the next tick comes after the last of them.
      inBatch = true;
      process.nextTick(endBatch);
      on.begin();
    }
    if (!auto) unanswered.push(partition);
    on.message(bytes, start, end, tag++, partition, -1, redelivered);
  };
  const receive = (partition: number) => (message: ConsumeMessage | null) => {
    if (message === null) {
      const detail = `the broker cancelled the consumer of ${subscription}/${partition}`;
      // Somebody may delete a queue on purpose: then there is nothing more to read from it, and nothing is broken.
      return topology.isAltered ? on.event("rebalanced", detail) : breakOff(detail);
    }
    const { content, fields } = message;
    deliver(partition, content, 0, content.length, fields.redelivered ? deliveriesBefore(message) : 0);
  };

  channel.on("error", (error) => breakOff(error.message));
  model.on("close", (error) => breakOff(error?.message ?? "the broker closed the connection"));
  model.on("blocked", (reason) => on.event("blocked", reason));
  model.on("unblocked", () => on.event("unblocked", ""));
  // A mistake in the harness is not the channel's: let it surface.
  channel.on("handler-error", surface);
  if (wire)
    directDeliveries(
      wire,
      channelNumber(channel),
      (partition, bytes, start, end) => deliver(partition, bytes, start, end, 0),
      (error) => setImmediate(surface, error),
    );

  try {
    if (!auto) await channel.prefetch(share(options));
    const { queue } = namingOf(topology);
    for (const partition of partitions) {
      const ok = await channel.consume(queue(partition, subscription), receive(partition), {
        noAck: auto,
        consumerTag: consumerTagOf(partition),
      });
      consumerTags.push(ok.consumerTag);
    }
  } catch (error) {
    closing = closeConnection(model, async () => {});
    await closing;
    if (error instanceof UserError) throw error;
    throw new BrokerError(
      `cannot consume ${topology.name}, subscription ${subscription}: ${messageOf(error)}`,
      {
        code: "CONSUME_REFUSED",
        hints: ["Check that the stream was made and that the user may read from it."],
        cause: error,
      },
    );
  }

  const answering = answerer(channel);
  return {
    options,
    unanswered: (partition) => unanswered.perPartition[partition] ?? 0,
    answer(tag, answer, upTo) {
      if (auto || broken || closing) return;
      const youngest = upTo ? unanswered.takeUpTo(tag) : unanswered.take(tag) ? tag : -1;
      // RabbitMQ closes a channel that answers what is answered already.
      if (youngest >= 0) answering[answer](youngest + 1, upTo);
    },
    async flush() {
      // Acknowledgements have no answer; this has one, and a channel's methods are taken in their order.
      if (!auto && !broken && !closing) await channel.prefetch(share(options));
    },
    close() {
      closing ??= closeConnection(model, async () => {
        for (const consumerTag of consumerTags) await channel.cancel(consumerTag);
        await channel.close();
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

import type { Channel, ChannelModel } from "amqplib";
import { BrokerError, messageOf, UserError } from "../../model/errors.ts";
import type { Topology } from "../../model/topology.ts";
import { type DeadLetter, declareWaiting, deleteWaiting } from "./dead-letter.ts";
import { namingOf } from "./naming.ts";

/** Arguments of a queue, its type included. */
export type QueueArguments = Readonly<Record<string, string | number | boolean>>;

/**
 * Declares exchange, queues and bindings.
 * @throws UserError `STREAM_EXISTS` when there is such a stream and it should be new, or differs
 */
export async function declareStream(
  model: ChannelModel,
  topology: Topology,
  queueArguments: QueueArguments,
  refuseExisting: boolean,
  deadLetter?: DeadLetter,
): Promise<void> {
  const { exchange, queues, bindings } = namingOf(topology, deadLetter !== undefined);
  if (refuseExisting) {
    const taken =
      (await exists(model, (c) => c.checkExchange(topology.name))) ||
      (await anyOf(queues, ({ name }) => exists(model, (c) => c.checkQueue(name))));
    if (taken) throw streamExists(topology.name, "exists already");
  }
  await onChannel(model, async (channel) => {
    try {
      if (exchange !== "") await channel.assertExchange(exchange, "direct", { durable: true });
      for (const { name } of queues)
        await channel.assertQueue(name, { durable: true, arguments: queueArguments });
      if (deadLetter)
        await declareWaiting(channel, topology, String(queueArguments["x-queue-type"]), deadLetter);
      else if (exchange !== "")
        for (const { queue, key } of bindings) await channel.bindQueue(queue, exchange, key);
    } catch (error) {
      if (codeOf(error) === PRECONDITION_FAILED && /inequivalent/.test(messageOf(error)))
        throw streamExists(topology.name, "exists with other settings");
      throw new BrokerError(`RabbitMQ would not make the stream ${topology.name}: ${messageOf(error)}`, {
        code: "STREAM_REFUSED",
        hints: ["Check the queue arguments, and that the user may configure, write and read."],
        cause: error,
      });
    }
  });
}

/** Deletes everything of the stream; what is not there is no error to RabbitMQ. */
export async function deleteStream(
  model: ChannelModel,
  topology: Topology,
  isIndirect = false,
): Promise<void> {
  const { exchange, queues } = namingOf(topology, isIndirect);
  await onChannel(model, async (channel) => {
    if (isIndirect) await deleteWaiting(channel, topology);
    for (const { name } of queues) await channel.deleteQueue(name);
    if (exchange !== "") await channel.deleteExchange(exchange);
  });
}

/** Does something on a channel of its own, since RabbitMQ closes a channel on any error. */
export async function onChannel<T>(
  model: ChannelModel,
  action: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = await model.createChannel();
  // The error is also what the action fails with.
  channel.on("error", () => {});
  let open = true;
  channel.on("close", () => {
    open = false;
  });
  try {
    return await action(channel);
  } finally {
    if (open) await channel.close().catch(() => {});
  }
}

/** Whether a passive declaration finds its object. */
export async function exists(
  model: ChannelModel,
  check: (channel: Channel) => Promise<unknown>,
): Promise<boolean> {
  try {
    await onChannel(model, check);
    return true;
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) return false;
    throw error;
  }
}

async function anyOf<T>(all: readonly T[], test: (one: T) => Promise<boolean>): Promise<boolean> {
  for (const one of all) if (await test(one)) return true;
  return false;
}

/** AMQP 0-9-1 reply code of a closed channel. */
export function codeOf(error: unknown): number | undefined {
  return (error as { code?: number }).code;
}

/** AMQP 0-9-1 reply codes. */
export const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;

function streamExists(name: string, why: string): UserError {
  return new UserError(`stream ${name} ${why}`, {
    code: "STREAM_EXISTS",
    hints: ["Drop it, or give the stream another name."],
  });
}

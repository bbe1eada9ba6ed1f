import { setTimeout as sleep } from "node:timers/promises";
import type { Channel, ChannelModel } from "amqplib";
import { BrokerError, messageOf } from "../../model/errors.ts";
import type { Reread, RereadOptions } from "../driver.ts";
import { exists } from "./declare.ts";
import { namingOf } from "./naming.ts";

/** Queues that are read at the same time: most of it is waiting. */
const AT_ONCE = 8;
/** Between two looks at a queue. */
const LOOK_MS = 50;
/** Looks in a row that find nothing ready, with nothing delivered between them: then the queue is empty. */
const EMPTY_LOOKS = 3;

/**
 * Takes out what is left in each queue of the stream: a queue cannot be read without that. A queue that is gone has
 * nothing left.
 * @throws BrokerError where a queue cannot be consumed
 */
export async function rereadQueues(
  model: ChannelModel,
  { topology, signal }: RereadOptions,
  on: Reread,
): Promise<void> {
  const { queues } = namingOf(topology);
  for (let at = 0; at < queues.length && !signal.aborted; at += AT_ONCE)
    await Promise.all(
      queues.slice(at, at + AT_ONCE).map(async ({ name, partition, subscription }) => {
        if (!(await exists(model, (channel) => channel.checkQueue(name)))) return;
        const number = topology.subscriptions.indexOf(subscription);
        try {
          await drainQueue(model, name, signal, (body) =>
            on.record(body, 0, body.length, number, partition, -1),
          );
        } catch (error) {
          throw new BrokerError(`queue ${name} cannot be read again: ${messageOf(error)}`, {
            code: "CONSUME_REFUSED",
            cause: error,
          });
        }
      }),
    );
}

async function drainQueue(
  model: ChannelModel,
  name: string,
  signal: AbortSignal,
  take: (body: Buffer) => void,
): Promise<void> {
  const channel = await model.createChannel();
  let failure: Error | undefined;
  channel.on("error", (error: Error) => {
    failure = error;
  });
  try {
    await drain(channel, name, signal, take);
    if (failure) throw failure;
  } finally {
    await channel.close().catch(() => {});
  }
}

/** Deliveries of a queue come before the answer to a look that finds it empty, or soon after. */
async function drain(
  channel: Channel,
  name: string,
  signal: AbortSignal,
  take: (body: Buffer) => void,
): Promise<void> {
  let delivered = 0;
  let isCancelled = false;
  await channel.consume(
    name,
    (message) => {
      if (message === null) {
        isCancelled = true;
        return;
      }
      delivered++;
      take(message.content);
    },
    { noAck: true },
  );
  let before = -1;
  for (let empty = 0; empty < EMPTY_LOOKS && !isCancelled && !signal.aborted; ) {
    const { messageCount } = await channel.checkQueue(name);
    empty = messageCount === 0 && delivered === before ? empty + 1 : 0;
    before = delivered;
    await sleep(LOOK_MS);
  }
}

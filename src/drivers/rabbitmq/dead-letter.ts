import type { Channel } from "amqplib";
import type { Topology } from "../../model/topology.ts";
import { namingOf } from "./naming.ts";

/** How sure the way from a queue to where its dead letters go is; quorum queues have both. */
export const STRATEGIES = ["at-most-once", "at-least-once"] as const;
/** What a queue does that is full. With `drop-head` RabbitMQ takes at-most-once, whatever was asked for. */
export const OVERFLOWS = ["drop-head", "reject-publish"] as const;

/**
 * Every message waits in a queue that nobody consumes until its time is over (`x-message-ttl`), and gets to its
 * consumers as a dead letter: how RabbitMQ is made to delay messages, and to try again later.
 */
export interface DeadLetter {
  readonly afterMs: number;
  readonly strategy: (typeof STRATEGIES)[number];
  readonly overflow: (typeof OVERFLOWS)[number];
}

/** The queue in which the messages of another one wait. */
export function waitingQueue(queue: string): string {
  return `${queue}.waiting`;
}

/** What comes before each queue of the stream, and the way from there. The queues and the exchange are there. */
export async function declareWaiting(
  channel: Channel,
  topology: Topology,
  queueType: string,
  { afterMs, strategy, overflow }: DeadLetter,
): Promise<void> {
  const { exchange, queues, routingKey, bindings } = namingOf(topology, true);
  const dead = bindings[0]!.exchange;
  await channel.assertExchange(dead, "direct", { durable: true });
  for (const { queue, key } of bindings) await channel.bindQueue(queue, dead, key);
  for (const { name, partition } of queues) {
    await channel.assertQueue(waitingQueue(name), {
      durable: true,
      arguments: {
        "x-queue-type": queueType,
        "x-message-ttl": afterMs,
        "x-dead-letter-exchange": dead,
        "x-dead-letter-routing-key": name,
        "x-overflow": overflow,
        ...(queueType === "quorum" ? { "x-dead-letter-strategy": strategy } : {}),
      },
    });
    await channel.bindQueue(waitingQueue(name), exchange, routingKey(partition));
  }
}

export async function deleteWaiting(channel: Channel, topology: Topology): Promise<void> {
  const { queues, bindings } = namingOf(topology, true);
  for (const { name } of queues) await channel.deleteQueue(waitingQueue(name));
  await channel.deleteExchange(bindings[0]!.exchange);
}

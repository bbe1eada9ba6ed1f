import type { ChannelModel } from "amqplib";
import { BrokerError } from "../../model/errors.ts";
import type { Topology } from "../../model/topology.ts";
import type { Depth } from "../driver.ts";
import type { RabbitConsumer } from "./consumer.ts";
import { codeOf, NOT_FOUND, onChannel } from "./declare.ts";
import { namingOf, type QueueName } from "./naming.ts";
import type { Endpoint } from "./options.ts";

/**
 * Ready + unacknowledged messages of each queue. A passive declaration tells the ready ones, exactly and
 * now, and how many consumers there are, but not what those hold. Where all of them are ours, we know;
 * otherwise the management API does, up to 5 s late (its statistics' interval).
 * @throws BrokerError `DEPTH_UNKNOWN` where nobody knows: too little would be mistaken for "nothing is left"
 */
export async function depthOf(
  model: ChannelModel,
  topology: Topology,
  ours: Iterable<RabbitConsumer>,
  askManagement: ((queue: string) => Promise<number | undefined>) | undefined,
): Promise<readonly Depth[]> {
  const depths: Depth[] = [];
  for (const queue of namingOf(topology).queues) {
    const found = await passive(model, queue.name);
    if (found === undefined) throw unknown(queue.name, "is gone");
    const readers = [...ours].filter((c) => reads(c, topology, queue));
    const held =
      readers.length === found.consumerCount
        ? readers.reduce((sum, c) => sum + c.unanswered(queue.partition), 0)
        : await askManagement?.(queue.name);
    if (held === undefined)
      throw unknown(queue.name, "has consumers elsewhere, whose messages are not counted");
    const { subscription, partition } = queue;
    depths.push({ subscription, partition, messages: found.messageCount + held });
  }
  return depths;
}

/** Asks the HTTP API of the broker's management plugin for a queue's unacknowledged messages. */
export function managementApi(url: string, at: Endpoint): (queue: string) => Promise<number | undefined> {
  const base = new URL(url);
  const user = base.username ? decodeURIComponent(base.username) : at.username;
  const password = base.username ? decodeURIComponent(base.password) : at.password;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return async (queue) => {
    const path = `/api/queues/${encodeURIComponent(at.vhost)}/${encodeURIComponent(queue)}`;
    try {
      const response = await fetch(new URL(path, base.origin), {
        headers: { authorization },
        signal: AbortSignal.timeout(5_000),
      });
      const { messages_unacknowledged: held } = (await response.json()) as {
        messages_unacknowledged?: number;
      };
      return typeof held === "number" ? held : undefined;
    } catch {
      return undefined;
    }
  };
}

function unknown(queue: string, why: string): BrokerError {
  return new BrokerError(`queue ${queue} ${why}`, {
    code: "DEPTH_UNKNOWN",
    hints: ["Give the driver a managementUrl, or ask when its consumers are closed."],
  });
}

function reads({ options }: RabbitConsumer, topology: Topology, queue: QueueName): boolean {
  return (
    options.topology.name === topology.name &&
    options.subscription === queue.subscription &&
    options.partitions.includes(queue.partition)
  );
}

async function passive(model: ChannelModel, queue: string) {
  try {
    return await onChannel(model, (channel) => channel.checkQueue(queue));
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) return undefined;
    throw error;
  }
}

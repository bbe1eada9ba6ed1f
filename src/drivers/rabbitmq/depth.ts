import type { ChannelModel } from "amqplib";
import { BrokerError } from "../../model/errors.ts";
import type { Topology } from "../../model/topology.ts";
import type { Depth } from "../driver.ts";
import type { RabbitConsumer } from "./consumer.ts";
import { type DeadLetter, waitingQueue } from "./dead-letter.ts";
import { codeOf, NOT_FOUND, onChannel } from "./declare.ts";
import type { AskManagement } from "./management.ts";
import { namingOf, type QueueName } from "./naming.ts";

/**
 * Ready + unacknowledged messages of each queue. A passive declaration tells the ready ones, exactly and
 * now, and how many consumers there are, but not what those hold. Where all of them are ours, we know;
 * otherwise the management API does.
 * @throws BrokerError `DEPTH_UNKNOWN` where nobody knows: too little would be mistaken for "nothing is left"
 */
export async function depthOf(
  model: ChannelModel,
  topology: Topology,
  ours: Iterable<RabbitConsumer>,
  askManagement: AskManagement | undefined,
  deadLetter?: DeadLetter,
): Promise<readonly Depth[]> {
  const depths: Depth[] = [];
  for (const queue of namingOf(topology).queues) {
    const found = await passive(model, queue.name);
    if (found === undefined) {
      // Deleted on purpose: what it held is gone with it.
      if (topology.isAltered !== true) throw unknown(queue.name, "is gone");
      depths.push({ subscription: queue.subscription, partition: queue.partition, messages: 0 });
      continue;
    }
    const readers = [...ours].filter((c) => reads(c, topology, queue));
    const held =
      heldBy(readers, queue.partition, found.consumerCount) ??
      (await askManagement?.(queue.name, found.messageCount));
    if (held === undefined)
      throw unknown(queue.name, "has consumers elsewhere, whose messages are not counted");
    const { subscription, partition } = queue;
    const waiting = deadLetter ? await waitingFor(model, queue.name, deadLetter, askManagement) : 0;
    depths.push({ subscription, partition, messages: waiting + found.messageCount + held });
  }
  return depths;
}

/** Nobody consumes there, but dead letters stay until their new queue has confirmed them, if that is asked for. */
async function waitingFor(
  model: ChannelModel,
  queue: string,
  { strategy }: DeadLetter,
  askManagement: AskManagement | undefined,
): Promise<number> {
  const name = waitingQueue(queue);
  const found = await passive(model, name);
  if (found === undefined) throw unknown(name, "is gone");
  if (strategy === "at-most-once") return found.messageCount;
  const held = await askManagement?.(name, found.messageCount);
  if (held === undefined) throw unknown(name, "may have dead letters on their way, which are not counted");
  return found.messageCount + held;
}

/** Undefined unless the queue's consumers are these, each on a connection that the broker counts as well. */
function heldBy(
  readers: readonly RabbitConsumer[],
  partition: number,
  consumerCount: number,
): number | undefined {
  if (readers.length !== consumerCount) return undefined;
  let sum = 0;
  for (const reader of readers) {
    const held = reader.unanswered(partition);
    if (held === undefined) return undefined;
    sum += held;
  }
  return sum;
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

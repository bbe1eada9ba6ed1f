import { connect } from "amqplib";
import { amqplibDriver } from "../../src/drivers/rabbitmq/amqplib.ts";
import { namingOf } from "../../src/drivers/rabbitmq/naming.ts";
import { planting } from "./planting.ts";

export const system = "planted";
export const mode = "quorum";
export const client = "amqplib";

/** How many messages are purged: all of a queue. */
export const LOST = 30;

/** basic.get, queue.purge and basic.publish on a connection of its own. */
export const factory = planting(
  amqplibDriver,
  async (url, topology) => {
    const { exchange, queue, routingKey } = namingOf(topology);
    const connection = await connect(url);
    const channel = await connection.createConfirmChannel();
    const nameOf = (partition: number): string => queue(partition, topology.subscriptions[0]!);
    const take = async (partition: number, count: number): Promise<Buffer[]> => {
      const bodies: Buffer[] = [];
      while (bodies.length < count) {
        const message = await channel.get(nameOf(partition), { noAck: true });
        if (!message) break;
        bodies.push(message.content);
      }
      return bodies;
    };
    const ready = async (partition: number): Promise<number> =>
      (await channel.checkQueue(nameOf(partition))).messageCount;
    const append = async (partition: number, bodies: readonly Buffer[]): Promise<void> => {
      for (const body of bodies)
        channel.publish(exchange, routingKey(partition), body, { persistent: true, mandatory: true });
      await channel.waitForConfirms();
    };
    return {
      async read(partition) {
        // A queue cannot be read without taking: put back in the same order, for who removes it next.
        const bodies = await take(partition, await ready(partition));
        await append(partition, bodies);
        return bodies;
      },
      async remove(partition, count) {
        const { messageCount } = await channel.purgeQueue(nameOf(partition));
        if (messageCount !== count)
          throw new Error(`${messageCount} messages were purged instead of ${count}`);
      },
      append,
      async close() {
        await connection.close();
      },
    };
  },
  LOST,
);

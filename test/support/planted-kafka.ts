import { Kafka, logLevel } from "kafkajs";
import { wireDriver } from "../../src/drivers/kafka/wire/wire.ts";
import { planting } from "./planting.ts";

export const system = "planted";
export const mode = "log";
export const client = "wire";

/** How many records are deleted. */
export const LOST = 5;

/** Kafka's own DeleteRecords, and a producer and a consumer of kafkajs. */
export const factory = planting(
  wireDriver,
  async (url, { name: topic }) => {
    const kafka = new Kafka({ brokers: [url], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    const producer = kafka.producer();
    await Promise.all([admin.connect(), producer.connect()]);
    const bounds = async (partition: number): Promise<{ low: number; high: number }> => {
      const found = (await admin.fetchTopicOffsets(topic)).find((o) => o.partition === partition);
      return { low: Number(found?.low), high: Number(found?.high) };
    };
    return {
      async read(partition) {
        const { low, high } = await bounds(partition);
        const bodies: Buffer[] = [];
        const consumer = kafka.consumer({ groupId: `${topic}-planter-${partition}` });
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await new Promise<void>((resolve, reject) => {
          consumer
            .run({
              eachMessage: async (m) => {
                if (m.partition === partition && Number(m.message.offset) >= low)
                  bodies.push(m.message.value!);
                if (bodies.length === high - low) resolve();
              },
            })
            .catch(reject);
        });
        await consumer.disconnect();
        return bodies;
      },
      async remove(partition, count) {
        const offset = String((await bounds(partition)).low + count);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset }] });
      },
      async append(partition, bodies) {
        await producer.send({ topic, messages: bodies.map((value) => ({ partition, value })) });
      },
      async close() {
        await Promise.all([admin.disconnect(), producer.disconnect()]);
      },
    };
  },
  LOST,
);

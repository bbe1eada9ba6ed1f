import { Kafka, logLevel } from "kafkajs";
import type { Driver, DriverFactory, MessageHead } from "../../src/drivers/driver.ts";
import { wireDriver } from "../../src/drivers/kafka/wire/wire.ts";

export const system = "planted";
export const mode = "log";
export const client = "wire";

/** The message that somebody else's transaction has, and aborts. */
export const ABORTED = { producer: 0, partition: 1, sequence: 3 } as const;

/**
 * mqbench's own client, for transactions of one message each. One of them is not its own: kafkajs writes that message
 * in a transaction and aborts it. With `options.planted.reads: uncommitted` consumers are given aborted messages,
 * whatever the plan says.
 */
export const factory: DriverFactory = (settings) => {
  const { reads, ...options } = settings.options;
  const isolation = reads === "uncommitted" ? ({ isolation: reads } as const) : {};
  const honest: Driver = wireDriver({ ...settings, ...isolation, options });
  return {
    ...honest,
    system,
    async producer(given, on) {
      const producer = await honest.producer(given, on);
      const { transaction } = producer;
      if (transaction === undefined) throw new Error("a plan with transactions is needed");
      let taken: { readonly lane: number; readonly body: Buffer } | undefined;
      const isIt = (head: MessageHead | undefined): head is MessageHead =>
        head?.partition === ABORTED.partition && head.sequence === ABORTED.sequence;
      return {
        offer(source, max) {
          const head = source.peek();
          if (max === 0 || !isIt(head)) return producer.offer(source, max);
          const body = Buffer.alloc(head.sizeBytes);
          taken = { lane: head.lane, body };
          source.write(body, 0);
          return 1;
        },
        flush: () => producer.flush(),
        close: () => producer.close(),
        transaction: {
          begin: () => transaction.begin(),
          sendOffsets: (positions) => transaction.sendOffsets(positions),
          abort: () => transaction.abort(),
          async commit() {
            if (taken === undefined) return await transaction.commit();
            const { lane, body } = taken;
            taken = undefined;
            await writeAndAbort(settings.url, given.topology.name, body);
            await transaction.abort();
            on.settled(lane, ABORTED.sequence, 1, "failed", "TRANSACTION_ABORTED");
          },
        },
      };
    },
  };
};

async function writeAndAbort(url: string, topic: string, value: Buffer): Promise<void> {
  const kafka = new Kafka({ brokers: [url], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({
    transactionalId: `${topic}-planter`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ partition: ABORTED.partition, value }] });
    await transaction.abort();
  } finally {
    await producer.disconnect();
  }
}

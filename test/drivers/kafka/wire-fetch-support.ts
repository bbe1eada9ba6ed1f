import kafkajs from "kafkajs";
import { patchRequestQueue } from "../../../src/drivers/kafka/request-queue.ts";
import { type Dial, dialTcp } from "../../../src/drivers/kafka/wire/dial.ts";

/** Changes a byte of the body of messages, from the given number on, as many times as wished. */
export function flipping({ times, from }: { times: number; from: number }): Dial {
  let flipped = 0;
  return (address, sink) => {
    let room: Uint8Array = new Uint8Array(0);
    return dialTcp(address, {
      room() {
        room = sink.room();
        return room;
      },
      took(count) {
        const chunk = Buffer.from(room.buffer, room.byteOffset, count);
        // Sequences lie behind the run's number, which all bodies of the suite have; see contract/source.ts.
        for (let at = chunk.indexOf("tnoc"); at >= 0 && flipped < times; at = chunk.indexOf("tnoc", at + 1))
          if (at + 16 < count && chunk.readUInt32LE(at + 8) >= from) {
            chunk[at + 14]! ^= 0x10;
            flipped++;
            break;
          }
        sink.took(count);
      },
    });
  };
}

/** Transactions of five messages each, committed or aborted. */
export async function transactions(url: string, topic: string, ends: readonly boolean[]): Promise<void> {
  // Without it kafkajs makes Node warn of a negative time.
  patchRequestQueue();
  const { Kafka, logLevel } = kafkajs;
  const producer = new Kafka({ brokers: [url], logLevel: logLevel.NOTHING }).producer({
    transactionalId: `${topic}-transactions`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  try {
    for (const isCommitted of ends) {
      const transaction = await producer.transaction();
      const messages = Array.from({ length: 5 }, (_, i) => ({ value: `transactional ${i}` }));
      await transaction.send({ topic, messages });
      await (isCommitted ? transaction.commit() : transaction.abort());
    }
  } finally {
    await producer.disconnect();
  }
}

export async function deleteBefore(url: string, topic: string, offset: number): Promise<void> {
  patchRequestQueue();
  const { Kafka, logLevel } = kafkajs;
  const admin = new Kafka({ brokers: [url], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    // kafkajs deletes only of topics that it has asked something else about.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  } finally {
    await admin.disconnect();
  }
}

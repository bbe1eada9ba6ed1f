import { Consumer, type MessagesStream, MessagesStreamModes } from "@platformatic/kafka";
import type { Context } from "../context.ts";
import { clientOptions } from "./client-options.ts";
import { hangUp } from "./hang-up.ts";
import { isolationOf, streamOptions } from "./stream-options.ts";

export type Stream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;
/** Next offset of each partition. */
export type Positions = Map<number, number>;

/** A consuming client that reads the given partitions, and commits for its group without being a member of it. */
export interface Reader {
  /** Where the group left off, or the first offset there is. */
  positions(): Promise<Positions>;
  /** Messages from there on; one stream for each reader. `readable` is called whenever there are some. */
  open(from: Positions, readable: () => void): Promise<Stream>;
  commit(offsets: readonly (readonly [partition: number, offset: number])[]): Promise<void>;
  /** Within the bound. */
  close(boundMs: number): Promise<void>;
}

/**
 * The plan has divided the partitions already, so nobody has to join: a member without a name and generation −1
 * is what Kafka's own consumer is with `assign()`. It is not moved by others, and no session keeps it waiting.
 */
export function createReader(
  context: Context,
  clientId: string,
  groupId: string,
  topic: string,
  partitions: readonly number[],
): Reader {
  const { settings } = context;
  const client = new Consumer<Buffer, Buffer, Buffer, Buffer>({
    ...clientOptions(context.brokers, clientId),
    groupId,
    groupProtocol: "classic",
    autocommit: false,
    isolationLevel: isolationOf(settings),
  });
  client.memberId = "";
  client.generationId = -1;
  client.assignments = [{ topic, partitions: [...partitions] }];
  client.topics.track(topic);
  let stream: Stream | undefined;

  return {
    async positions() {
      const wanted = { topics: [topic], partitions: { [topic]: [...partitions] } };
      const [committed, earliest] = await Promise.all([
        client.listCommittedOffsets({ topics: [{ topic, partitions: [...partitions] }] }),
        client.listOffsets({ ...wanted, timestamp: EARLIEST }),
      ]);
      const at = (offsets: Map<string, bigint[]>, partition: number): number =>
        Number(offsets.get(topic)?.[partition] ?? -1n);
      return new Map(partitions.map((p) => [p, Math.max(at(committed, p), at(earliest, p), 0)]));
    },
    async open(from, readable) {
      const offsets = [...from].map(([partition, offset]) => ({ topic, partition, offset: BigInt(offset) }));
      stream = await client.consume({
        topics: [topic],
        mode: MessagesStreamModes.MANUAL,
        offsets,
        ...streamOptions(settings),
      });
      stream.on("readable", readable);
      return stream;
    },
    commit: (offsets) =>
      client.commit({
        offsets: offsets.map(([partition, offset]) => ({
          topic,
          partition,
          offset: BigInt(offset),
          leaderEpoch: -1,
        })),
      }),
    async close(boundMs) {
      const sockets = [...(stream?.connections ?? [])].map(([, connection]) => connection.socket);
      stream?.destroy();
      await hangUp(client, boundMs);
      for (const socket of sockets) socket?.destroy();
    },
  };
}

/** `ListOffsetTimestamps.EARLIEST` of the protocol. */
const EARLIEST = -2n;

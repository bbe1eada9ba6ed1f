import { writeInt64 } from "./record-batch.ts";

/** What a Fetch request asks for, besides its partitions. */
export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolation: "read_committed" | "read_uncommitted";
}

/** One partition to read on from `fetchOffset`. */
export interface FetchPosition {
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
}

/**
 * Version 10 of Fetch: the oldest that may carry zstd, known to every broker from 2.1 on. Layout:
 * https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export interface FetchRequest {
  /**
   * Writes it, ready for `Connection.send`, into memory that is used again by the next call.
   * @param first the position to begin with: a broker fills its answer in this order, so it should go round
   */
  write(positions: readonly FetchPosition[], first: number, limits: FetchLimits): void;
  readonly frame: Buffer;
  readonly end: number;
}

const API_KEY = 1;
const VERSION = 10;
/** Everything but client id, topic and partitions. */
const FIXED_BYTES = 61;
const PARTITION_BYTES = 28;
const CLIENT = "mqbench-consumer";

export function createFetchRequest(topic: string): FetchRequest {
  let frame = Buffer.alloc(0);
  let end = 0;
  const name = Buffer.from(topic);

  return {
    get frame() {
      return frame;
    },
    get end() {
      return end;
    },
    write(positions, first, { maxWaitMs, minBytes, maxBytes, isolation }) {
      const room = FIXED_BYTES + CLIENT.length + name.length + positions.length * PARTITION_BYTES;
      if (frame.length < room) frame = Buffer.alloc(room);
      // Length and correlation id are the connection's.
      let at = frame.writeInt16BE(API_KEY, 4);
      at = frame.writeInt16BE(VERSION, at) + 4;
      at = frame.writeInt16BE(CLIENT.length, at);
      at += frame.write(CLIENT, at, "latin1");
      at = frame.writeInt32BE(-1, at); // replica: none
      at = frame.writeInt32BE(maxWaitMs, at);
      at = frame.writeInt32BE(minBytes, at);
      at = frame.writeInt32BE(maxBytes, at);
      at = frame.writeInt8(isolation === "read_committed" ? 1 : 0, at);
      at = frame.writeInt32BE(0, at); // no session:
      at = frame.writeInt32BE(-1, at); // each request names its partitions
      at = frame.writeInt32BE(1, at); // topics
      at = frame.writeInt16BE(name.length, at);
      at += name.copy(frame, at);
      at = frame.writeInt32BE(positions.length, at);
      for (let i = 0; i < positions.length; i++) {
        const position = positions[(first + i) % positions.length]!;
        at = frame.writeInt32BE(position.partition, at);
        at = frame.writeInt32BE(-1, at); // leader epoch: not checked
        writeInt64(frame, at, position.fetchOffset);
        writeInt64(frame, at + 8, -1); // log start: of followers only
        at = frame.writeInt32BE(position.maxBytes, at + 16);
      }
      end = frame.writeInt32BE(0, at); // no topics forgotten
    },
  };
}

import { corrupt } from "./record-error.ts";
import { type Aborted, readInt64 } from "./record-reader.ts";

/** Where a partition's records lie in the answer. */
export interface FetchedPartition {
  readonly partition: number;
  /** The protocol's error, 0 for none. */
  readonly errorCode: number;
  readonly aborted: readonly Aborted[];
  /** Record set, `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

export interface FetchAnswer {
  /** The broker's quota asks to wait for so long. */
  readonly throttleMs: number;
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

/**
 * The answer to version 10 of Fetch, from behind its correlation id on; one topic was asked for.
 * @throws BrokerError `CORRUPT_MESSAGE` for lengths and counts that do not fit the bytes
 */
export function readFetchAnswer(bytes: Buffer, start: number, end: number): FetchAnswer {
  let at = start;
  const take = (length: number): number => {
    const from = at;
    if (length < 0 || length > end - at) throw corrupt("a Fetch answer ends too early");
    at += length;
    return from;
  };
  const int32 = (): number => bytes.readInt32BE(take(4));
  const int16 = (): number => bytes.readInt16BE(take(2));
  /** So many of at least so many bytes each must be there: memory is asked for only then. */
  const count = (leastBytes: number): number => {
    const n = int32();
    if (n * leastBytes > end - at) throw corrupt(`a Fetch answer counts ${n} of what it has no room for`);
    return Math.max(0, n);
  };

  const throttleMs = int32();
  const errorCode = int16();
  take(4); // session
  const partitions: FetchedPartition[] = [];
  const topics = count(6);
  for (let t = 0; t < topics; t++) {
    take(int16());
    const fetched = count(34);
    for (let p = 0; p < fetched; p++) {
      const partition = int32();
      const code = int16();
      take(8 + 8 + 8); // high watermark, last stable offset, log start
      const abortedCount = count(16);
      const aborted: Aborted[] = [];
      for (let a = 0; a < abortedCount; a++) {
        const from = take(16);
        aborted.push({ producerId: readInt64(bytes, from), firstOffset: readInt64(bytes, from + 8) });
      }
      const length = Math.max(0, int32());
      const records = take(length);
      partitions.push({ partition, errorCode: code, aborted, start: records, end: records + length });
    }
  }
  if (at !== end) throw corrupt("a Fetch answer has bytes to spare");
  return { throttleMs, errorCode, partitions };
}

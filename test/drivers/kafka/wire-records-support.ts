import {
  type BatchHead,
  batchRoomBytes,
  createRecordBatch,
} from "../../../src/drivers/kafka/wire/record-batch.ts";
import { type Aborted, RecordReader } from "../../../src/drivers/kafka/wire/record-reader.ts";

/** Text stands for bytes. */
export interface Plain {
  readonly offset: number;
  readonly key: string;
  readonly value: string;
}

export const HEAD: BatchHead = {
  timestampMs: 1_700_000_000_123,
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  transactional: false,
  compression: "none",
};

export interface Entry {
  readonly key: Buffer | undefined;
  readonly value: Buffer;
}

/** One batch with these records, as the producer writes it, with `baseOffset` as the broker would. */
export function encode(entries: readonly Entry[], head: Partial<BatchHead> = {}, baseOffset = 0): Buffer {
  const room = entries.reduce((sum, e) => sum + batchRoomBytes(e.value.length, e.key?.length ?? 0), 100);
  const memory = Buffer.alloc(room, 0xee);
  const batch = createRecordBatch();
  const at = 7;
  batch.begin(memory, at);
  for (const { key, value } of entries) value.copy(memory, batch.append(value.length, key));
  const bytes = Buffer.from(memory.subarray(at, batch.finish({ ...HEAD, ...head })));
  bytes.writeBigInt64BE(BigInt(baseOffset));
  return bytes;
}

/** What the reader makes of a record set; what it reads before an error comes is in `into`. */
export function decode(
  bytes: Buffer,
  options: { from?: number; aborted?: readonly Aborted[]; into?: Plain[]; reader?: RecordReader } = {},
): { readonly records: readonly Plain[]; readonly nextOffset: number } {
  const { from = 0, aborted, into: records = [], reader = new RecordReader() } = options;
  // Surrounded by bytes of others, as in an answer.
  const memory = Buffer.concat([Buffer.alloc(5, 0xaa), bytes, Buffer.alloc(64, 0x01)]);
  reader.open(memory, 5, 5 + bytes.length, from, aborted);
  while (reader.next())
    records.push({
      offset: reader.offset,
      key: reader.bytes.toString("latin1", reader.keyStart, reader.keyEnd),
      value: reader.bytes.toString("latin1", reader.valueStart, reader.valueEnd),
    });
  return { records, nextOffset: reader.nextOffset };
}

export function plain(entries: readonly Entry[], baseOffset = 0): Plain[] {
  return entries.map(({ key, value }, i) => ({
    offset: baseOffset + i,
    key: key?.toString("latin1") ?? "",
    value: value.toString("latin1"),
  }));
}

/** Of lengths from nothing to some dozen bytes, two in three with a key. */
export function entriesOf(count: number): Entry[] {
  return Array.from({ length: count }, (_, i) => ({
    key: i % 3 ? Buffer.from(`key-${i}`) : undefined,
    value: Buffer.from(`value-${i} `.repeat(i % 7)),
  }));
}

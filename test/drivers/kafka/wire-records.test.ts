import { readFileSync } from "node:fs";
import { crc32c } from "@node-rs/crc32";
import { describe, expect, test } from "vitest";
import { COMPRESSIONS } from "../../../src/drivers/kafka/settings.ts";
import {
  BATCH_HEADER_BYTES,
  batchRoomBytes,
  createRecordBatch,
  RECORD_OVERHEAD_BYTES,
  restamp,
} from "../../../src/drivers/kafka/wire/record-batch.ts";
import { offsetBehind, RecordReader } from "../../../src/drivers/kafka/wire/record-reader.ts";
import { decode, encode, entriesOf, HEAD, type Plain, plain } from "./wire-records-support.ts";

const golden = (name: string): Buffer =>
  readFileSync(new URL(`wire-java/golden/${name}.bin`, import.meta.url));

/** As wire-java/WireRecords.java makes them. */
const javaRecords = (count: number, offset: (i: number) => number): Plain[] =>
  Array.from({ length: count }, (_, i) => ({
    offset: offset(i),
    key: i % 3 === 0 ? "" : `key-${i}`,
    value: i % 50 === 49 ? "" : `value-${i} `.repeat(i % 7),
  }));

describe("record batches written by Kafka's own code", () => {
  test.each(COMPRESSIONS)("are read, with keys, headers and nulls, compressed with %s", (name) => {
    const { records, nextOffset } = decode(golden(name));
    expect(records).toEqual(javaRecords(200, (i) => 1000 + i));
    expect(nextOffset).toBe(1200);
  });

  test("are read where compaction left gaps", () => {
    const { records, nextOffset } = decode(golden("gaps"));
    expect(records).toEqual(javaRecords(20, (i) => 50 + 3 * i));
    expect(nextOffset).toBe(108);
  });

  test.each(["abort", "commit"])("are passed over when they are an %s marker", (name) => {
    expect(decode(golden(name))).toEqual({ records: [], nextOffset: 71 });
  });

  test.each(["v0", "v1"])("are refused by name in the old format %s", (name) => {
    expect(() => decode(golden(name))).toThrow(
      expect.objectContaining({ code: "OLD_MESSAGE_FORMAT", message: expect.stringContaining(name) }),
    );
  });

  test("are equal to ours byte by byte where the settings are", () => {
    // Java's batch of one record per call has the same layout when time stamps and offsets are equal.
    const bytes = golden("none");
    const ours = encode(
      javaRecords(1, () => 0).map(() => ({ key: undefined, value: Buffer.alloc(0) })),
      { timestampMs: 1_700_000_000_000 },
      1000,
    );
    // The first record, whose length Java writes the same way.
    expect(ours.subarray(BATCH_HEADER_BYTES)).toEqual(
      bytes.subarray(BATCH_HEADER_BYTES, BATCH_HEADER_BYTES + ours.length - BATCH_HEADER_BYTES),
    );
    for (const [start, end] of [
      [0, 8],
      [12, 17],
      [21, 23],
      [27, 35],
      [43, 57],
    ] as const)
      expect(ours.subarray(start, end)).toEqual(bytes.subarray(start, end));
  });
});

describe("record batches of our own", () => {
  test("have the header that the protocol says", () => {
    const bytes = encode(entriesOf(3), { producerId: 2 ** 40 + 5, producerEpoch: 7, baseSequence: 99 }, 12);
    expect({
      baseOffset: bytes.readBigInt64BE(0),
      length: bytes.readInt32BE(8),
      leaderEpoch: bytes.readInt32BE(12),
      magic: bytes[16],
      crc: bytes.readUInt32BE(17),
      attributes: bytes.readInt16BE(21),
      lastDelta: bytes.readInt32BE(23),
      base: bytes.readBigInt64BE(27),
      max: bytes.readBigInt64BE(35),
      producerId: bytes.readBigInt64BE(43),
      epoch: bytes.readInt16BE(51),
      sequence: bytes.readInt32BE(53),
      count: bytes.readInt32BE(57),
    }).toEqual({
      baseOffset: 12n,
      length: bytes.length - 12,
      leaderEpoch: -1,
      magic: 2,
      crc: crc32c(bytes.subarray(21)),
      attributes: 0,
      lastDelta: 2,
      base: 1_700_000_000_123n,
      max: 1_700_000_000_123n,
      producerId: 2n ** 40n + 5n,
      epoch: 7,
      sequence: 99,
      count: 3,
    });
    const none = encode(entriesOf(1));
    expect([none.readBigInt64BE(43), none.readInt16BE(51), none.readInt32BE(53)]).toEqual([-1n, -1, -1]);
    expect(encode(entriesOf(1), { transactional: true }).readInt16BE(21)).toBe(0x10);
  });

  test.each(COMPRESSIONS)("are read back with %s", (compression) => {
    const written = entriesOf(500);
    const bytes = encode(written, { compression }, 77);
    expect(decode(bytes).records).toEqual(plain(written, 77));
    expect(bytes.readInt16BE(21) & 7).toBe(COMPRESSIONS.indexOf(compression));
    expect(bytes.length < encode(written).length).toBe(compression !== "none");
  });

  test.each(COMPRESSIONS)("stay uncompressed, and say so, where %s would make them larger", (compression) => {
    const bytes = encode([{ key: undefined, value: Buffer.from("x") }], { compression });
    expect(bytes.readInt16BE(21) & 7).toBe(0);
    expect(decode(bytes).records).toEqual([{ offset: 0, key: "", value: "x" }]);
  });

  test("never become larger than they said they would", () => {
    const memory = Buffer.alloc(20_000);
    const batch = createRecordBatch();
    for (const sizeBytes of [0, 1, 62, 63, 64, 65, 8190, 8192, 8193, 100]) {
      batch.begin(memory, 11);
      const key = sizeBytes % 2 ? Buffer.alloc(300) : undefined;
      let count = 0;
      for (; batch.fits(sizeBytes, key, 16_384); count++) {
        const before = batch.sizeBytes;
        batch.append(sizeBytes, key);
        expect(batch.sizeBytes - before).toBeLessThanOrEqual(
          sizeBytes + (key?.length ?? 0) + RECORD_OVERHEAD_BYTES,
        );
      }
      expect(batch.sizeBytes).toBeLessThanOrEqual(16_384);
      expect(batch.count).toBe(count);
      expect(batch.finish(HEAD) - 11).toBe(batch.sizeBytes);
    }
  });

  test("take a first message that is larger than the limit, but none that the memory has no room for", () => {
    const batch = createRecordBatch();
    batch.begin(Buffer.alloc(batchRoomBytes(5000, 10)), 0);
    expect(batch.fits(5000, Buffer.alloc(10), 100)).toBe(true);
    expect(batch.fits(5001, Buffer.alloc(10), 100)).toBe(false);
    batch.append(10, undefined);
    expect(batch.fits(10, undefined, 100)).toBe(false);
    expect(batch.fits(10, undefined, 1000)).toBe(true);
  });

  test("can be given another producer id, epoch and sequence", () => {
    const written = entriesOf(5);
    const bytes = Buffer.concat([Buffer.alloc(9), encode(written, { compression: "gzip" })]);
    restamp(bytes, 9, 4711, 3, 12);
    const batch = bytes.subarray(9);
    expect([batch.readBigInt64BE(43), batch.readInt16BE(51), batch.readInt32BE(53)]).toEqual([4711n, 3, 12]);
    expect(decode(batch).records).toEqual(plain(written));
  });
});

describe("a record set of a Fetch answer", () => {
  const two = Buffer.concat([encode(entriesOf(4), {}, 10), encode(entriesOf(3), { compression: "lz4" }, 20)]);

  test("may begin before what was asked for, and end within a batch", () => {
    const all = [...plain(entriesOf(4), 10), ...plain(entriesOf(3), 20)];
    expect(decode(two).records).toEqual(all);
    expect(decode(two, { from: 12 }).records).toEqual(all.slice(2));
    expect(decode(two, { from: 22 }).records).toEqual(all.slice(6));
    // Everything of the first batch was read, and the log goes on behind a gap.
    expect(decode(two, { from: 14 }).records).toEqual(all.slice(4));
    const cut = two.subarray(0, two.length - 1);
    expect(decode(cut)).toEqual({ records: all.slice(0, 4), nextOffset: 14 });
    expect(offsetBehind(two, 0, two.length)).toBe(23);
    expect(offsetBehind(two, 0, two.length - 1)).toBe(14);
    expect(offsetBehind(two, 0, 20)).toBe(-1);
  });

  test("goes on in a copy of what is still needed", () => {
    for (let stop = 1; stop <= 7; stop++) {
      const reader = new RecordReader();
      const memory = Buffer.concat([Buffer.alloc(3), two]);
      reader.open(memory, 3, memory.length, 0);
      const offsets: number[] = [];
      for (let i = 0; i < stop && reader.next(); i++) offsets.push(reader.offset);
      const copy = Buffer.from(memory.subarray(reader.neededFrom));
      reader.moveTo(copy);
      memory.fill(0xff);
      while (reader.next()) offsets.push(reader.offset);
      expect(offsets).toEqual([10, 11, 12, 13, 20, 21, 22]);
      expect(reader.nextOffset).toBe(23);
    }
  });

  test("hides what a producer wrote from its aborted transaction's start to the marker, and nothing else", () => {
    const of = (producerId: number, offset: number, transactional = true): Buffer =>
      encode(
        [{ key: undefined, value: Buffer.from(`${producerId}@${offset}`) }],
        { producerId, transactional },
        offset,
      );
    const marker = (name: string, producerId: number, offset: number): Buffer => {
      const bytes = golden(name);
      bytes.writeBigInt64BE(BigInt(offset));
      restamp(bytes, 0, producerId, 0, -1);
      return bytes;
    };
    const set = Buffer.concat([
      of(1, 0),
      of(2, 1),
      of(3, 2, false),
      marker("abort", 1, 3),
      of(1, 4),
      marker("commit", 2, 5),
      marker("commit", 1, 6),
      of(2, 7),
      of(3, 8, false),
      marker("abort", 2, 9),
    ]);
    const aborted = [
      { producerId: 2, firstOffset: 7 },
      { producerId: 1, firstOffset: 0 },
    ];
    const offsetsOf = (list: typeof aborted): number[] =>
      decode(set, { aborted: list }).records.map((r) => r.offset);
    expect(offsetsOf(aborted)).toEqual([1, 2, 4, 8]);
    expect(offsetsOf([])).toEqual([0, 1, 2, 4, 7, 8]);
    expect(decode(set, { aborted }).nextOffset).toBe(10);
  });
});

import { crc32c } from "@node-rs/crc32";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMPRESSIONS } from "../../../src/drivers/kafka/settings.ts";
import { inflate } from "../../../src/drivers/kafka/wire/compression.ts";
import { readFetchAnswer } from "../../../src/drivers/kafka/wire/fetch-answer.ts";
import { offsetBehind, RecordReader } from "../../../src/drivers/kafka/wire/record-reader.ts";
import { decode, type Entry, encode, type Plain, plain } from "./wire-records-support.ts";

/** Cases in all; one run of 1 000 000 was made by hand: MQBENCH_FUZZ_CASES=1000000 npx vitest run test/drivers/kafka/wire-fuzz.test.ts */
const CASES = Number(process.env.MQBENCH_FUZZ_CASES ?? 5000);
const PROPERTIES = 6;
const options = { numRuns: Math.ceil(CASES / PROPERTIES) };
const patience = { timeout: 60_000 + CASES };

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
/** Also what compresses, and lengths whose varint has two bytes. */
const value = fc.oneof(
  bytes(40),
  fc.tuple(bytes(9), fc.nat(40)).map(([part, n]) => Buffer.concat(Array.from({ length: n }, () => part))),
);
const entry: fc.Arbitrary<Entry> = fc.record({ key: fc.option(bytes(12), { nil: undefined }), value });
const batch = fc.record({
  entries: fc.array(entry, { minLength: 1, maxLength: 12 }),
  compression: fc.constantFrom(...COMPRESSIONS),
  gap: fc.nat(3),
});
const batches = fc.array(batch, { minLength: 1, maxLength: 3 });
type Batches = typeof batches extends fc.Arbitrary<infer T> ? T : never;

/** The record set, what is in it, and where each batch ends with how many records before that. */
function build(list: Batches): { set: Buffer; want: Plain[]; ends: { at: number; records: number }[] } {
  const parts: Buffer[] = [];
  const want: Plain[] = [];
  const ends: { at: number; records: number }[] = [];
  let offset = 0;
  let at = 0;
  for (const { entries, compression, gap } of list) {
    offset += gap;
    const part = encode(entries, { compression }, offset);
    parts.push(part);
    want.push(...plain(entries, offset));
    offset += entries.length;
    at += part.length;
    ends.push({ at, records: want.length });
  }
  return { set: Buffer.concat(parts), want, ends };
}

const mutations = fc.array(fc.tuple(fc.nat(0xffff), fc.nat(255)), { minLength: 1, maxLength: 4 });

function mutate(original: Buffer, list: readonly (readonly [number, number])[]): Buffer {
  const changed = Buffer.from(original);
  for (const [where, what] of list) changed[where % changed.length] = what;
  return changed;
}

/** Reads what it can; anything but the two errors that damage may cause is a failure. */
function tryDecode(set: Buffer): { readonly read: Plain[]; readonly isDamaged: boolean } {
  const read: Plain[] = [];
  try {
    decode(set, { into: read });
    return { read, isDamaged: false };
  } catch (error) {
    expect(["CORRUPT_MESSAGE", "OLD_MESSAGE_FORMAT"]).toContain((error as { code?: string }).code);
    return { read, isDamaged: true };
  }
}

const content = (list: readonly Plain[]): string[] => list.map(({ key, value: v }) => `${key}|${v}`);

describe("the record format, with whatever comes", patience, () => {
  test("gives back what was written, also when it goes on in a copy", () => {
    fc.assert(
      fc.property(batches, fc.nat(40), (list, stop) => {
        const { set, want } = build(list);
        expect(decode(set).records).toEqual(want);
        const reader = new RecordReader();
        reader.open(set, 0, set.length, 0);
        const offsets: number[] = [];
        while (offsets.length < stop && reader.next()) offsets.push(reader.offset);
        reader.moveTo(Buffer.from(set.subarray(reader.neededFrom)));
        while (reader.next()) offsets.push(reader.offset);
        expect(offsets).toEqual(want.map((r) => r.offset));
      }),
      options,
    );
  });

  test("gives the complete batches of what is cut off, and no error", () => {
    fc.assert(
      fc.property(batches, fc.nat(0xffff), (list, cut) => {
        const { set, want, ends } = build(list);
        const length = cut % set.length;
        const complete = ends.findLast((end) => end.at <= length)?.records ?? 0;
        const { records, nextOffset } = decode(set.subarray(0, length));
        expect(records).toEqual(want.slice(0, complete));
        expect(nextOffset).toBe(complete === 0 ? 0 : records.at(-1)!.offset + 1);
      }),
      options,
    );
  });

  test("gives an error or the right records when bytes are changed", () => {
    fc.assert(
      fc.property(batches, mutations, (list, changes) => {
        const { set, want } = build(list);
        const changed = mutate(set, changes);
        const { read } = tryDecode(changed);
        // A batch's first offset and its length are outside its CRC: batches may seem moved or be missed.
        const all = content(want);
        let at = 0;
        for (const one of content(read)) {
          at = all.indexOf(one, at) + 1;
          expect(at).toBeGreaterThan(0);
        }
        expect(read.every((r, i) => i === 0 || r.offset > read[i - 1]!.offset)).toBe(true);
      }),
      options,
    );
  });

  test("gives an error or an end, within the memory, when hostile bytes carry the right CRC", () => {
    fc.assert(
      fc.property(batch, mutations, (one, changes) => {
        const set = mutate(build([one]).set, changes);
        // Only the length decides how far the CRC reaches.
        const end = 12 + set.readInt32BE(8);
        if (end < 61 || end > set.length) return;
        set.writeUInt32BE(crc32c(set.subarray(21, end)), 17);
        const { read } = tryDecode(set);
        expect(read.length).toBeLessThanOrEqual(12);
        const sum = read.reduce((total, r) => total + r.key.length + r.value.length, 0);
        expect(sum).toBeLessThanOrEqual(64 * 1024);
      }),
      options,
    );
  });

  test("ends with an error or some bytes when anything at all is decompressed", () => {
    const magics = [
      Buffer.alloc(0),
      Buffer.from("82534e41505059000000000100000001", "hex"),
      Buffer.from("04224d186040820b000080", "hex"),
      Buffer.from("1f8b0800000000000003", "hex"),
      Buffer.from("28b52ffd", "hex"),
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom(...magics),
        bytes(60),
        (id, magic, rest) => {
          try {
            expect(inflate(id, Buffer.concat([magic, rest]), 4096).length).toBeLessThanOrEqual(4096);
          } catch (error) {
            expect((error as { code?: string }).code).toBe("CORRUPT_MESSAGE");
          }
        },
      ),
      options,
    );
  });

  test("stays within the bytes of a Fetch answer that was changed", () => {
    fc.assert(
      fc.property(batch, mutations, fc.boolean(), (one, changes, isChanged) => {
        const { set } = build([one]);
        const good = answer(set);
        const bad = isChanged ? mutate(good, changes) : good;
        try {
          const { partitions } = readFetchAnswer(bad, 0, bad.length);
          for (const { start, end } of partitions) {
            expect(start).toBeLessThanOrEqual(end);
            expect(end).toBeLessThanOrEqual(bad.length);
            expect(offsetBehind(bad, start, end)).toBeGreaterThanOrEqual(-(2 ** 63));
          }
          if (!isChanged) expect(bad.subarray(partitions[0]!.start, partitions[0]!.end)).toEqual(set);
        } catch (error) {
          expect(["CORRUPT_MESSAGE", "OLD_MESSAGE_FORMAT"]).toContain((error as { code?: string }).code);
          expect(isChanged).toBe(true);
        }
      }),
      options,
    );
  });
});

/** As a broker sends it, from behind the correlation id on, with two aborted transactions. */
function answer(set: Buffer): Buffer {
  const head = Buffer.alloc(4 + 2 + 4 + 4 + 2 + 1 + 4 + 4 + 2 + 24 + 4 + 32 + 4);
  let at = head.writeInt32BE(1, 10);
  at = head.writeInt16BE(1, at);
  at += head.write("t", at);
  at = head.writeInt32BE(1, at) + 4 + 2 + 24;
  at = head.writeInt32BE(2, at) + 32;
  head.writeInt32BE(set.length, at);
  return Buffer.concat([head, set]);
}

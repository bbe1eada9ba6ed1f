import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chunk } from "../../../src/drivers/rabbitmq/stream/chunk.ts";
import { FrameCutter } from "../../../src/drivers/rabbitmq/stream/frames.ts";

/** A frame of the stream protocol with this content. */
function frame(content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(content.length);
  return Buffer.concat([size, content]);
}

describe("FrameCutter", () => {
  test("gives the same frames however they are cut into reads", () => {
    const contents = fc.array(fc.uint8Array({ minLength: 4, maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(contents, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (given, cuts) => {
        const stream = Buffer.concat(given.map((one) => frame(Buffer.from(one))));
        const got: string[] = [];
        const cutter = new FrameCutter((bytes, start, end) =>
          got.push(bytes.toString("hex", start + 4, end)),
        );
        for (let at = 0, i = 0; at < stream.length; i++) {
          const to = at + cuts[i % cuts.length]!;
          cutter.push(stream.subarray(at, to));
          at = to;
        }
        expect(got).toEqual(given.map((one) => Buffer.from(one).toString("hex")));
      }),
    );
  });
});

/** A Deliver frame with one chunk. */
function deliver(version: 1 | 2, firstOffset: number, entries: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(version === 2 ? 13 : 5);
  head.writeUInt16BE(8, 0);
  head.writeUInt16BE(version, 2);
  const chunk = Buffer.alloc(48);
  chunk.writeUInt16BE(entries.length, 2);
  chunk.writeUInt32BE(entries.length, 4);
  chunk.writeBigInt64BE(1_700_000_000_000n, 8);
  chunk.writeBigUInt64BE(BigInt(firstOffset), 24);
  const sized = entries.map((entry) => frame(entry));
  return frame(Buffer.concat([head, chunk, ...sized]));
}

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const SMALL = hex("00 53 75 a0 02 6162");
const LARGE = hex("00 53 75 b0 00000003 616263");
// A header as a list, annotations as a map, properties as a list, then the data.
const DRESSED = hex("00 53 70 c0 02 01 41  00 53 72 c1 03 00 a3 61  00 53 73 45  00 53 75 a0 01 7a");

describe("Chunk", () => {
  test.each([1, 2] as const)("finds bodies and offsets in version %i of Deliver", (version) => {
    const bytes = Buffer.concat([Buffer.from("left over"), deliver(version, 41, [SMALL, LARGE, DRESSED])]);
    const chunk = new Chunk(bytes, 9);
    expect(chunk).toMatchObject({ firstOffset: 41, records: 3, timestampMs: 1_700_000_000_000 });
    const got: (readonly [number, string])[] = [];
    while (chunk.next()) got.push([chunk.offset, bytes.toString("utf8", chunk.start, chunk.end)]);
    expect(got).toEqual([
      [41, "ab"],
      [42, "abc"],
      [43, "z"],
    ]);
    expect(chunk.next()).toBe(false);
  });

  test.each([
    ["a batch of messages", hex("00 53 75 a0 00"), 0x80],
    ["not AMQP 1.0", Buffer.from("plain text"), 0],
    ["without a data section", hex("00 53 73 45"), 0],
  ])("refuses %s", (words, entry, mark) => {
    const bytes = deliver(1, 0, [entry]);
    const first = bytes.length - entry.length - 4;
    bytes[first] = bytes[first]! | mark;
    expect(() => new Chunk(bytes, 0).next()).toThrow(words);
  });
});

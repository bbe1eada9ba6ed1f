import { crc32c } from "@node-rs/crc32";
import { describe, expect, test } from "vitest";
import { COMPRESSIONS } from "../../../src/drivers/kafka/settings.ts";
import { compress, inflate } from "../../../src/drivers/kafka/wire/compression.ts";
import { BATCH_HEADER_BYTES } from "../../../src/drivers/kafka/wire/record-batch.ts";
import { decode, encode, entriesOf } from "./wire-records-support.ts";

describe("damage", () => {
  const good = encode(entriesOf(20), {}, 5);
  const withCrc = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good);
    change(bytes);
    bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
    return bytes;
  };
  const first = BATCH_HEADER_BYTES;
  test.each<[string, Buffer]>([
    ["a changed body", Object.assign(Buffer.from(good), { [first + 20]: 0x7f })],
    ["an unknown format", Object.assign(Buffer.from(good), { 16: 3 })],
    ["a length below the header's", withCrc((b) => b.writeInt32BE(10, 8))],
    ["a negative length", withCrc((b) => b.writeInt32BE(-1, 8))],
    ["a negative offset", withCrc((b) => b.writeBigInt64BE(-5n))],
    ["a count below zero", withCrc((b) => b.writeInt32BE(-1, 57))],
    ["a count of two thousand million", withCrc((b) => b.writeInt32BE(2 ** 31 - 1, 57))],
    ["a count that is too small", withCrc((b) => b.writeInt32BE(19, 57))],
    ["a last offset before the records'", withCrc((b) => b.writeInt32BE(3, 23))],
    ["a compression that does not exist", withCrc((b) => b.writeInt16BE(5, 21))],
    ["a record longer than its batch", withCrc((b) => b.fill(0xfe, first, first + 2))],
    ["a number that does not end", withCrc((b) => b.fill(0xff, first, first + 12))],
    ["a record of a negative length", withCrc((b) => b.fill(0x01, first, first + 1))],
    ["a key longer than its record", withCrc((b) => b.fill(0x7e, first + 4, first + 5))],
    ["an offset twice", Buffer.concat([good, good])],
  ])("is told: %s", (_, bytes) => {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: "CORRUPT_MESSAGE" }));
  });

  test("is not seen where there is none", () => {
    expect(decode(withCrc(() => undefined)).records).toHaveLength(20);
  });

  test.each(COMPRESSIONS.filter((name) => name !== "none"))(
    "is told where %s data would fill the memory",
    (name) => {
      const bytes = Buffer.alloc(1024 ** 2);
      const packed = Buffer.from(compress(name, bytes));
      const id = COMPRESSIONS.indexOf(name);
      expect(inflate(id, packed, bytes.length).equals(bytes)).toBe(true);
      expect(() => inflate(id, packed, bytes.length - 1)).toThrow(
        expect.objectContaining({ code: "CORRUPT_MESSAGE" }),
      );
    },
  );

  test.each<[string, number, string]>([
    ["an LZ4 copy from before the first byte", 3, lz4("106105001062")],
    ["an LZ4 copy from the frame before", 3, lz4("1061") + lz4("106202001061")],
    ["an LZ4 copy from nowhere", 3, lz4("106100001062")],
    ["an LZ4 block that ends within a literal", 3, lz4("3061")],
    ["an LZ4 frame that is cut off", 3, lz4("1061").slice(0, -8)],
    ["a snappy copy from before the first byte", 2, "0600610505"],
    ["a snappy literal that is longer than it", 2, "05106162"],
    ["a snappy block that becomes less than it says", 2, "050061"],
    ["a snappy block that becomes more than it says", 2, "0304616263"],
    ["a zstd frame that is cut off", 4, cut("zstd")],
    ["gzip that is cut off", 1, cut("gzip")],
  ])("is told: %s", (_, id, bytes) => {
    expect(() => inflate(id, Buffer.from(bytes, "hex"))).toThrow(
      expect.objectContaining({ code: "CORRUPT_MESSAGE" }),
    );
  });

  test("is not seen in frames and blocks like these that are sound", () => {
    const text = (id: number, bytes: string): string => inflate(id, Buffer.from(bytes, "hex")).toString();
    expect(text(3, lz4("106101001062"))).toBe("aaaaab");
    expect(text(3, lz4("1061") + lz4("1062"))).toBe("ab");
    // The second block goes on with what the first has.
    expect(text(3, lz4("1061", "106202001063"))).toBe("abababc");
    expect(text(2, "0600610501")).toBe("aaaaaa");
  });

  test("is told where a snappy block claims to become 4 GB", () => {
    const claim = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x01]);
    expect(() => inflate(2, claim)).toThrow(expect.objectContaining({ code: "CORRUPT_MESSAGE" }));
  });
});

/** A frame of blocks up to 64 KiB, without checksums, in hexadecimal. */
function lz4(...blocks: readonly string[]): string {
  const length = (block: string): string => (block.length / 2).toString(16).padStart(2, "0");
  return `04224d18604082${blocks.map((block) => `${length(block)}000000${block}`).join("")}00000000`;
}

function cut(name: "gzip" | "zstd"): string {
  const packed = Buffer.from(compress(name, Buffer.alloc(5000, "abc")));
  return packed.subarray(0, packed.length - 3).toString("hex");
}

import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUCKETS, bucketIndex, HIGHEST } from "../../src/model/hdr.ts";
import { decodeHistogram, encodeHistogram, toHistogram } from "../../src/report/histogram.ts";

function counted(values: readonly number[]): Float64Array {
  const counts = new Float64Array(BUCKETS);
  for (const v of values) counts[bucketIndex(v)]!++;
  return counts;
}

describe("the histogram codec", () => {
  it("gives back exactly the counts it was given", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: HIGHEST }), { maxLength: 300 }), (values) => {
        const counts = counted(values);
        expect(decodeHistogram(encodeHistogram(counts))).toEqual(counts);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps counts beyond 32 bits", () => {
    const counts = counted([1000]);
    counts[1000] = 2 ** 40;
    expect(decodeHistogram(encodeHistogram(counts))[1000]).toBe(2 ** 40);
    expect(toHistogram(counts).totalCount).toBe(2 ** 40);
  });

  it("writes the header as Java does", () => {
    const bytes = Buffer.from(encodeHistogram(counted([5])), "base64");
    const body = inflateSync(bytes.subarray(8));
    expect([bytes.readInt32BE(0), bytes.readInt32BE(4)]).toEqual([0x1c849314, bytes.length - 8]);
    expect([body.readInt32BE(8), body.readInt32BE(12), body.readDoubleBE(32)]).toEqual([0, 3, 1]);
  });

  it("refuses what is no histogram", () => {
    expect(() => decodeHistogram("bm90IGEgaGlzdG9ncmFt")).toThrow();
  });
});

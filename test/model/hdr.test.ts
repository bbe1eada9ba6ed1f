import fc from "fast-check";
import { build, type JsHistogram } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { BUCKETS, bucketHigh, bucketIndex, bucketLow, HIGHEST, percentileOf } from "../../src/model/hdr.ts";

/** The library is the oracle: same digits, lowest and highest value. */
function oracle(): JsHistogram {
  return build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
  }) as JsHistogram;
}

/** Evenly over the magnitudes, with the edges of the powers of two among them. */
const value = fc.oneof(
  fc.integer({ min: 0, max: HIGHEST }),
  fc.double({ min: 0, max: 42, noNaN: true }).map((e) => Math.min(HIGHEST, Math.floor(2 ** e))),
  fc
    .tuple(fc.integer({ min: 0, max: 41 }), fc.integer({ min: -1, max: 1 }))
    .map(([e, d]) => Math.max(0, 2 ** e + d)),
);

describe("the HDR layout", () => {
  it("puts every value into the library's bucket", () => {
    const h = oracle();
    fc.assert(
      fc.property(value, (v) => {
        const index = bucketIndex(v);
        expect(index).toBe(h.countsArrayIndex(v));
        expect([bucketLow(index), bucketHigh(index)]).toEqual([
          h.lowestEquivalentValue(v),
          h.highestEquivalentValue(v),
        ]);
      }),
      { numRuns: 2000 },
    );
  });

  it("covers 0 to the highest value without a gap", () => {
    expect(bucketIndex(HIGHEST)).toBe(BUCKETS - 1);
    for (let i = 0; i < BUCKETS - 1; i++) expect(bucketHigh(i) + 1).toBe(bucketLow(i + 1));
    expect(bucketHigh(BUCKETS - 1)).toBe(HIGHEST);
  });

  it.each([
    [0.9, 0],
    [2047.9, 2047],
    [2049, 2048],
    [HIGHEST + 1, BUCKETS - 1],
    [1e300, BUCKETS - 1],
  ])("counts %d in bucket %d", (v, index) => {
    expect(bucketIndex(v)).toBe(index);
  });
});

describe("a percentile", () => {
  it("is the library's, but never above the exact maximum", () => {
    const percentile = fc.oneof(
      fc.constantFrom(50, 75, 90, 95, 99, 99.9, 99.99, 100),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 400 }), percentile, (values, p) => {
        const h = oracle();
        const counts = new Float64Array(BUCKETS);
        for (const v of values) {
          h.recordValue(v);
          counts[bucketIndex(v)]!++;
        }
        const max = Math.max(...values);
        expect(percentileOf(counts, values.length, p, max)).toBe(Math.min(max, h.getValueAtPercentile(p)));
      }),
      { numRuns: 500 },
    );
  });

  it("takes rank 999 of 1000 for 99.9, not 1000", () => {
    const counts = new Float64Array(BUCKETS);
    for (let v = 1; v <= 1000; v++) counts[bucketIndex(v)]!++;
    expect(percentileOf(counts, 1000, 99.9, 1000)).toBe(999);
  });
});

import fc from "fast-check";
import { build } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { addEncoded, createHistogramSum, encodeRecorder } from "../../src/load/histogram-frame.ts";
import { Recorder } from "../../src/load/recorder.ts";
import { BUCKETS, bucketIndex, bucketLow, HIGHEST, percentileOf } from "../../src/model/hdr.ts";
import { decodeHistogram, encodeHistogram } from "../../src/report/histogram.ts";

const nanoseconds = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.double({ min: 0, max: 1e7, noNaN: true }),
  fc.integer({ min: 0, max: HIGHEST }),
);

const uniform = fc.double({ min: 1e-9, max: 1, noNaN: true });
/** Shapes that latencies have, ns. */
const DISTRIBUTIONS: Readonly<Record<string, fc.Arbitrary<number>>> = {
  "all sorts of": nanoseconds,
  exponential: uniform.map((u) => -Math.log(u) * 1e6),
  // Box-Muller; the median is a millisecond.
  lognormal: fc
    .tuple(uniform, uniform)
    .map(([u, v]) => 1e6 * Math.exp(1.2 * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v))),
  // Pareto with α = 1: no mean, up to the highest value.
  "heavy-tailed": uniform.map((u) => Math.min(1e5 / u, HIGHEST)),
  // Most are quick, one in twenty waits for a stall of up to a second.
  bimodal: fc
    .tuple(fc.integer({ min: 1, max: 20 }), uniform)
    .map(([n, u]) => (n === 1 ? 1e9 * u : 5e5 + 1e5 * u)),
  equal: fc.constant(1_234_567),
  // Where buckets begin and end.
  "bucket edge": fc
    .tuple(fc.integer({ min: 0, max: BUCKETS - 2 }), fc.integer({ min: -1, max: 1 }))
    .map(([i, by]) => Math.max(0, bucketLow(i) + by)),
};

describe("Recorder", () => {
  it("puts every value into the bucket of HDR's layout", () => {
    fc.assert(
      fc.property(nanoseconds, (v) => {
        const r = new Recorder();
        r.record(v);
        expect(r.buckets[bucketIndex(v)]).toBe(1);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(Object.entries(DISTRIBUTIONS))(
    "gives the percentiles that hdr-histogram-js gives, for %s values",
    (_, values) => {
      fc.assert(
        fc.property(fc.array(values, { minLength: 1, maxLength: 500 }), (sample) => {
          const r = new Recorder();
          const oracle = build({
            lowestDiscernibleValue: 1,
            highestTrackableValue: HIGHEST,
            numberOfSignificantValueDigits: 3,
          });
          for (const v of sample) {
            r.record(v);
            oracle.recordValue(Math.floor(v));
          }
          const exactMax = Math.max(...sample.map(Math.floor));
          for (const p of [1, 10, 50, 75, 90, 95, 99, 99.9, 99.99, 100])
            expect(percentileOf(r.buckets, r.count, p, exactMax)).toBe(
              Math.min(oracle.getValueAtPercentile(p), exactMax),
            );
          // The way into run.json and the interval log, and back, changes nothing.
          const back = decodeHistogram(encodeHistogram(r.buckets));
          expect(back).toEqual(Float64Array.from(r.buckets));
        }),
        { numRuns: 30 },
      );
    },
  );

  it("keeps count, sum, and the exact extremes", () => {
    const r = new Recorder();
    for (const v of [123_456_789.5, 3, 42]) r.record(v);
    expect([r.count, r.sum, r.min, r.max]).toEqual([3, 123_456_834.5, 3, 123_456_789.5]);
  });

  it("counts what is no latency as an anomaly, and nothing else", () => {
    const r = new Recorder();
    for (const v of [-1, Number.NaN, -0.001]) r.record(v);
    expect([r.anomalies, r.count]).toEqual([3, 0]);
    r.record(Number.POSITIVE_INFINITY);
    expect([r.anomalies, r.count, r.buckets[bucketIndex(HIGHEST)]]).toEqual([3, 1, 1]);
  });
});

describe("a recorder on the wire", () => {
  it("adds up to what one recorder would have held", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(nanoseconds, { maxLength: 50 }), { minLength: 1, maxLength: 4 }),
        (parts) => {
          const whole = new Recorder();
          const sum = createHistogramSum(BUCKETS);
          for (const part of parts) {
            const r = new Recorder();
            for (const v of part) {
              r.record(v);
              whole.record(v);
            }
            addEncoded(encodeRecorder(r), [sum]);
          }
          expect([...sum.buckets]).toEqual([...whole.buckets]);
          expect([sum.count, sum.min, sum.max]).toEqual([whole.count, whole.min, whole.max]);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("survives counts and gaps beyond one varint byte", () => {
    const r = new Recorder();
    r.buckets[0] = 4_000_000_000;
    r.buckets[BUCKETS - 1] = 128;
    const sum = createHistogramSum(BUCKETS);
    addEncoded(encodeRecorder(r), [sum]);
    expect([sum.buckets[0], sum.buckets[BUCKETS - 1]]).toEqual([4_000_000_000, 128]);
  });
});

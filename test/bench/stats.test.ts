import fc from "fast-check";
import { expect, test } from "vitest";
import { interleave, median, ratios, slopePerStep, spreadOf } from "../../bench/stats.ts";

test.each([
  [[3], 3],
  [[3, 1], 2],
  [[9, 1, 5], 5],
  [[4, 1, 2, 3], 2.5],
])("the median of %j is %d", (values, want) => {
  expect(median(values)).toBe(want);
});

test("without values there is no median", () => {
  expect(() => median([])).toThrow(RangeError);
});

test("a spread of more than 30 % of the median is noisy, one of 30 % is not", () => {
  expect(spreadOf([85, 100, 115])).toEqual({ median: 100, min: 85, max: 115, noisy: false });
  expect(spreadOf([84, 100, 115]).noisy).toBe(true);
});

test("ratios are of pairs, not of medians", () => {
  expect(ratios([10, 40], [10, 20])).toEqual([1, 2]);
  expect(() => ratios([1], [1, 2])).toThrow(RangeError);
});

test("the slope of a line is its slope, and a few wild points do not change it", () => {
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 29 }), (slope, wild) => {
      const values = Array.from({ length: 30 }, (_, i) => 7 + slope * i);
      values[wild] = 1e6;
      expect(slopePerStep(values)).toBeCloseTo(slope, 9);
    }),
  );
});

test("each pair runs both sides once, and the seed decides who goes first", async () => {
  const orderOf = async (seed: number) => {
    const order: string[] = [];
    const side = (name: string) => async (pair: number) => {
      order.push(`${name}${pair}`);
      return pair;
    };
    const runs = await interleave(20, seed, side("a"), side("b"));
    expect(runs.ours).toEqual(runs.peer);
    for (let p = 0; p < 20; p++) expect(order.slice(2 * p, 2 * p + 2).sort()).toEqual([`a${p}`, `b${p}`]);
    return order.join(" ");
  };
  const first = await orderOf(1);
  expect(await orderOf(1)).toBe(first);
  expect(await orderOf(2)).not.toBe(first);
  expect(first).toMatch(/a\d+ b/);
  expect(first).toMatch(/b\d+ a/);
});

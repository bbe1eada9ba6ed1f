import { expect, test } from "vitest";
import { flatness } from "../../bench/flatness.ts";

const SECONDS = 600;
/** Grows for a minute as compilers and buffers settle, then a saw-tooth of `teeth` MiB. */
const heap = (teeth: number, leakPerMin: number) =>
  Array.from({ length: SECONDS }, (_, s) => {
    const start = 80 + Math.min(s, 50) * 0.4;
    return start + ((s * 7) % 13) * (teeth / 13) + (Math.max(0, s - 60) / 60) * leakPerMin;
  });

test.each([
  ["a saw-tooth", heap(6, 0), true, 0],
  ["a saw-tooth with a leak of 2 MiB a minute", heap(6, 2), false, 2],
  ["a leak too small to tell from a heap that wanders", heap(6, 0.5), true, 0.5],
  ["memory that shrinks", heap(6, -2), true, -2],
])("%s", (_, samples, flat, slope) => {
  const got = flatness(samples, 1);
  expect(got.flat).toBe(flat);
  expect(got.slopeMiBPerMin).toBeCloseTo(slope, 1);
});

test("the first minute does not count: it ends where the comparison starts", () => {
  const { settledMiB } = flatness(
    [...new Array<number>(50).fill(10), ...new Array<number>(550).fill(100)],
    1,
  );
  expect(settledMiB).toBe(100);
});

test("three samples say nothing", () => {
  expect(() => flatness([1, 2, 3], 1)).toThrow(RangeError);
});

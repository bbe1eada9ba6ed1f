import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levelShift } from "../../src/stats/level-shift.ts";
import { mannKendall, medianOf } from "../../src/stats/mann-kendall.ts";
import { mser } from "../../src/stats/mser.ts";
import { steadiness } from "../../src/stats/steady.ts";

const RUNS = 400;

/** A generator of numbers in [0, 1) that gives the same ones each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal, by Box and Muller. */
function noise(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Share of simulated series of which `isHit` holds. */
function share(
  length: number,
  level: (i: number) => number,
  isHit: (series: readonly number[]) => boolean,
  { spread = 0.05, follow = 0 } = {},
): number {
  let hits = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seeded(seed * 7919 + length);
    let last = 0;
    const series = Array.from({ length }, (_, i) => {
      last = follow * last + Math.sqrt(1 - follow * follow) * noise(random);
      return level(i) * (1 + spread * last);
    });
    if (isHit(series)) hits++;
  }
  return hits / RUNS;
}

const isUnsteady = (series: readonly number[]): boolean => steadiness(series).verdict === "unsteady";
const flat = (): number => 100;

describe("Mann-Kendall", () => {
  it.each([
    // By hand: S; Var = n(n−1)(2n+5)/18 without ties.
    [[1, 2, 3, 4, 5, 6, 7, 8], 28, 27 / Math.sqrt((8 * 7 * 21) / 18)],
    [[8, 7, 6, 5, 4, 3, 2, 1], -28, -27 / Math.sqrt((8 * 7 * 21) / 18)],
    [[1, 3, 2, 4], 4, 3 / Math.sqrt((4 * 3 * 13) / 18)],
    // A group of 3 and one of 2: Σ t(t−1)(2t+5) = 66 + 18.
    [[1, 1, 1, 2, 2, 3], 11, 10 / Math.sqrt((6 * 5 * 17 - 66 - 18) / 18)],
    [[5, 5, 5, 5], 0, 0],
    [[1, 2], 1, 0],
    [[], 0, 0],
  ])("of %j has S = %d and z = %d", (values, s, z) => {
    const trend = mannKendall(values);
    expect(trend.s).toBe(s);
    expect(trend.z).toBeCloseTo(z, 12);
  });

  it("has Sen's slope, which one wild value does not change", () => {
    expect(mannKendall([1, 3, 5, 7, 9]).slope).toBe(2);
    expect(mannKendall([1, 3, 5, 7, 9, 11, 1000]).slope).toBeCloseTo(2, 12);
  });

  it("turns its sign with time, and is blind to scale and level", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 }), (values) => {
        const { s, z } = mannKendall(values);
        const back = mannKendall([...values].reverse());
        expect(back.s + s).toBe(0);
        expect(back.z + z).toBeCloseTo(0, 12);
        expect(mannKendall(values.map((v) => 3 * v + 7)).z).toBe(z);
      }),
    );
  });
});

describe("MSER-5", () => {
  it("cuts a start that differs", () => {
    const rest = Array.from({ length: 50 }, (_, i) => 100 + (i % 2));
    expect(mser([...Array<number>(10).fill(500), ...rest])).toEqual({
      cut: 10,
      isCapped: false,
      earliest: 10,
    });
  });

  it.each([
    ["nothing", [], { cut: 0, isCapped: false, earliest: 0 }],
    ["one batch", [1, 2, 3, 4, 5], { cut: 0, isCapped: false, earliest: 0 }],
    ["equal values", Array<number>(60).fill(3), { cut: 0, isCapped: false, earliest: 0 }],
    ["large equal values", Array<number>(60).fill(1e15 + 1), { cut: 0, isCapped: false, earliest: 0 }],
    ["a ramp", Array.from({ length: 60 }, (_, i) => i), { cut: 30, isCapped: true, earliest: 20 }],
  ])("of %s", (_, values, want) => {
    expect(mser(values)).toEqual(want);
  });

  it("is the cut that the formula gives, never beyond the first half", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 5, maxLength: 80 }), (values) => {
        const means = Array.from(
          { length: Math.floor(values.length / 5) },
          (_, i) => values.slice(5 * i, 5 * i + 5).reduce((a, b) => a + b) / 5,
        );
        const errorAt = (d: number): number => {
          const rest = means.slice(d);
          const mean = rest.reduce((a, b) => a + b) / rest.length;
          return rest.reduce((a, x) => a + (x - mean) ** 2, 0) / rest.length ** 2;
        };
        const { cut } = mser(values);
        expect(cut / 5).toBeLessThanOrEqual(means.length / 2);
        for (let d = 0; d <= means.length >> 1; d++)
          expect(errorAt(cut / 5)).toBeLessThanOrEqual(errorAt(d) + 1e-6);
      }),
    );
  });
});

describe("steadiness", () => {
  it.each([0, 1, 7])("has no verdict on %d intervals", (n) => {
    expect(steadiness(Array<number>(n).fill(1)).verdict).toBe("too-short");
  });

  it("skips intervals without a value, and says places in the whole", () => {
    const series = Array.from({ length: 40 }, (_, i) => (i % 4 === 1 ? null : i < 20 ? 100 + (i % 3) : 150));
    expect(steadiness(series)).toMatchObject({ verdict: "unsteady", reason: "level-shift", at: 20 });
    expect(steadiness([null, 1, null, Number.NaN, 2]).verdict).toBe("too-short");
  });

  it("calls a certain but tiny drift steady, unless it is asked for", () => {
    const series = Array.from({ length: 30 }, (_, i) => 1000 + i * 0.1);
    expect(steadiness(series).verdict).toBe("steady");
    expect(steadiness(series, { leastChange: 0.001 })).toMatchObject({
      verdict: "unsteady",
      reason: "trend",
    });
  });

  it("finds a trend up from zero, where there is no median to compare with", () => {
    const backlog = [0, 0, 0, 0, 0, 0, 5, 9, 14, 20, 26];
    expect(steadiness(backlog)).toMatchObject({ verdict: "unsteady", change: Number.POSITIVE_INFINITY });
  });

  it("takes any numbers, and long series, and never gives what is no number", () => {
    const value = fc.option(fc.double({ min: -1e12, max: 1e12, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 100 }), (series) => {
        const s = steadiness(series);
        expect(s.z).not.toBeNaN();
        expect(s.change).not.toBeNaN();
        expect(s.cut).toBeLessThanOrEqual(series.length / 2 + series.filter((v) => v === null).length);
      }),
    );
    const hours = Array.from({ length: 10_000 }, (_, i) => 100 + (i % 7) + (i >= 6000 ? 30 : 0));
    const { verdict, reason, at } = steadiness(hours);
    expect([verdict, reason]).toEqual(["unsteady", "level-shift"]);
    expect(Math.abs(at! - 6000)).toBeLessThan(30);
  });

  // Of 1000 seeds each: 0.2 to 0.5 %.
  it.each([10, 30, 60, 120])(
    "gives false alarm on at most 1 %% of stationary series of %d intervals",
    (n) => {
      expect(share(n, flat, isUnsteady)).toBeLessThanOrEqual(0.02);
      // Noisy ones drift by more than the least change by chance, so here the test alone decides.
      expect(share(n, flat, isUnsteady, { spread: 0.3 })).toBeLessThanOrEqual(0.02);
    },
  );

  it("gives more of them, but on less than 5 %, where each interval resembles the one before", () => {
    expect(share(60, flat, isUnsteady, { follow: 0.3 })).toBeLessThan(0.05);
  });

  it("finds ramps and level shifts in 5 % of noise nearly always", () => {
    expect(share(60, (i) => 100 + (40 * i) / 59, isUnsteady)).toBeGreaterThan(0.98);
    expect(share(60, (i) => (i < 30 ? 100 : 120), isUnsteady)).toBeGreaterThan(0.99);
    expect(share(60, (i) => (i < 45 ? 100 : 120), isUnsteady)).toBeGreaterThan(0.97);
    // Ten intervals: what a step of a rate search has.
    expect(share(10, (i) => 100 + 6 * i, isUnsteady)).toBeGreaterThan(0.95);
  });

  it("cuts a warm-up that settles, and calls the rest steady", () => {
    const settles = (i: number): number => 100 + 300 * Math.exp(-i / 3);
    const isCut = (s: readonly number[]): boolean => {
      const { verdict, cut } = steadiness(s);
      return verdict === "steady" && cut >= 10 && cut <= 25;
    };
    expect(share(60, settles, isCut)).toBeGreaterThan(0.92);
    // A series that starts low is cut behind the jump, not called unsteady.
    expect(share(60, (i) => (i < 15 ? 100 : 120), isCut)).toBeGreaterThan(0.92);
    // Where there is nothing to cut, mostly nothing is.
    expect(share(60, flat, (s) => steadiness(s).cut === 0)).toBeGreaterThan(0.55);
  });

  it("tells a jump from growth", () => {
    const reasonIs = (want: string) => (s: readonly number[]) => steadiness(s).reason === want;
    expect(share(60, (i) => (i < 30 ? 100 : 150), reasonIs("level-shift"))).toBeGreaterThan(0.98);
    expect(share(60, (i) => 100 + i, reasonIs("trend"))).toBeGreaterThan(0.9);
  });
});

describe("small parts", () => {
  it("the median of none is 0, of two their mean", () => {
    expect([medianOf([]), medianOf([1, 2]), medianOf([3, 1, 2])]).toEqual([0, 1.5, 2]);
  });

  it("a level shift is where the levels change", () => {
    expect(levelShift([1, 1, 1, 5, 5])).toEqual({ at: 3, isLikelier: true });
    expect(levelShift([1, 2, 3, 4, 5]).isLikelier).toBe(false);
  });
});

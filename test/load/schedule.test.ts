import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSchedule, type Schedule } from "../../src/load/schedule.ts";
import type { PhasesPlan, SchedulePlan } from "../../src/model/plan.ts";
import { createRandom } from "../../src/model/random.ts";
import { exponential, gapsOf, ksCritical, ksDistance } from "../support/kolmogorov-smirnov.ts";

const phases: PhasesPlan = { warmupNs: 1e9, measureNs: 4e9, maxMessages: 0, drainNs: 0 };

function all(next: Schedule): number[] {
  const due: number[] = [];
  for (let t = next(); t < Number.POSITIVE_INFINITY; t = next()) due.push(t);
  return due;
}

const whole = (plan: SchedulePlan, p = phases): number[] => all(createSchedule(plan, p, 7, 0, 1));

describe("createSchedule", () => {
  it("gives a uniform schedule by multiplication, so that rounding never adds up", () => {
    const due = whole({ kind: "uniform", ratePerS: 3000 });
    expect(due).toHaveLength(15_000);
    expect(due[3000]).toBe(1e9);
  });

  it.each<[string, SchedulePlan, (tS: number) => number]>([
    ["uniform", { kind: "uniform", ratePerS: 700 }, (t) => 700 * t],
    [
      "a rising ramp",
      { kind: "ramp", fromPerS: 1000, toPerS: 3000 },
      (t) => 1000 * t + 250 * Math.max(0, t - 1) ** 2,
    ],
    [
      "a falling ramp",
      { kind: "ramp", fromPerS: 3000, toPerS: 1000 },
      (t) => 3000 * t - 250 * Math.max(0, t - 1) ** 2,
    ],
    [
      "a ramp down to nothing",
      { kind: "ramp", fromPerS: 2000, toPerS: 0 },
      (t) => 2000 * t - 250 * Math.max(0, t - 1) ** 2,
    ],
    ["a flat ramp", { kind: "ramp", fromPerS: 2000, toPerS: 2000 }, (t) => 2000 * t],
    ["steps", { kind: "steps", ratesPerS: [1000, 4000] }, (t) => 1000 * t + 3000 * Math.max(0, t - 3)],
    ["bursts", { kind: "burst", ratePerS: 0, messages: 500, everyNs: 1e9 }, (t) => 500 * Math.floor(t + 1)],
    [
      "bursts on a base rate",
      { kind: "burst", ratePerS: 100, messages: 500, everyNs: 1e9 },
      (t) => 100 * t + 500 * Math.floor(t + 1),
    ],
  ])("%s has at every time the number of messages that its rate integrates to", (_, plan, integral) => {
    const due = whole(plan);
    for (let tS = 0.0005; tS < 5; tS += 0.0137) {
      const byThen = due.findIndex((t) => t > tS * 1e9);
      expect(Math.abs((byThen < 0 ? due.length : byThen) - integral(tS))).toBeLessThanOrEqual(1.001);
    }
    expect(Math.abs(due.length - integral(4.999999999))).toBeLessThanOrEqual(1.001);
  });

  it("ramps through the middle rate in the middle of the measure phase", () => {
    const due = whole({ kind: "ramp", fromPerS: 1000, toPerS: 3000 });
    const around = due.filter((t) => t >= 2.9e9 && t < 3.1e9).length;
    expect(around / 0.2).toBeGreaterThan(1950);
    expect(around / 0.2).toBeLessThan(2050);
  });

  it("interleaves the producers' shares to exactly the whole, and never goes back", () => {
    const plans = fc.oneof(
      fc.record({ kind: fc.constant("uniform" as const), ratePerS: fc.integer({ min: 1, max: 5000 }) }),
      fc.record({
        kind: fc.constant("ramp" as const),
        fromPerS: fc.integer({ min: 1, max: 3000 }),
        toPerS: fc.integer({ min: 1, max: 3000 }),
      }),
      fc.record({
        kind: fc.constant("steps" as const),
        ratesPerS: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 7 }), (plan, count) => {
        const shares = Array.from({ length: count }, (_, i) =>
          all(createSchedule(plan, phases, 7, i, count)),
        );
        for (const share of shares) expect(share.every((t, i) => i === 0 || t >= share[i - 1]!)).toBe(true);
        expect(shares.flat().sort((a, b) => a - b)).toEqual(whole(plan));
      }),
      { numRuns: 50 },
    );
  });

  describe("of Poisson arrivals, against the exponential distribution of their gaps", () => {
    const long = { ...phases, measureNs: 9e9 };
    const RATE = 2000;
    const stream = (seed: number, index = 0, count = 1): number[] =>
      all(createSchedule({ kind: "poisson", ratePerS: RATE }, long, seed, index, count));
    /** Distance in units of what chance exceeds once in a hundred times. */
    const ks = (due: readonly number[], ratePerS: number): number =>
      ksDistance(gapsOf(due), exponential(ratePerS / 1e9)) / ksCritical(due.length, 0.01);

    // The seeds are fixed: none of these can fail by chance.
    it.each([1, 2, 3, 7, 2 ** 40])("passes a Kolmogorov-Smirnov test with seed %i", (seed) => {
      expect(ks(stream(seed), RATE)).toBeLessThan(1);
    });

    it("fails it about as often as its level says, over many seeds", () => {
      const short = (seed: number) => createSchedule({ kind: "poisson", ratePerS: 200 }, phases, seed, 0, 1);
      const failed = Array.from({ length: 200 }, (_, i) => ks(all(short(1000 + i)), 200)).filter(
        (d) => d > 1,
      );
      // Binomial with n = 200, p = 0.01: more than 7 have a chance of 0.1 %.
      expect(failed.length).toBeLessThanOrEqual(7);
    });

    it("passes with every producer's share at its part of the rate, and with all shares together", () => {
      const shares = [0, 1, 2, 3].map((i) => stream(7, i, 4));
      for (const share of shares) expect(ks(share, RATE / 4)).toBeLessThan(1);
      const together = shares.flat().sort((a, b) => a - b);
      expect(ks(together, RATE)).toBeLessThan(1);
    });

    it("has gaps that do not depend on the one before", () => {
      const gaps = gapsOf(stream(7));
      const mean = gaps.reduce((a, b) => a + b) / gaps.length;
      const sum = (of: (g: number, i: number) => number): number => gaps.reduce((n, g, i) => n + of(g, i), 0);
      const correlation =
        sum((g, i) => (i > 0 ? (g - mean) * (gaps[i - 1]! - mean) : 0)) / sum((g) => (g - mean) ** 2);
      // Without dependence it is normal with deviation 1/√n; beyond 2.58 of these once in a hundred times.
      expect(Math.abs(correlation)).toBeLessThan(2.58 / Math.sqrt(gaps.length));
    });

    it.each<[string, readonly number[], number]>([
      ["a rate that is 5 % off", stream(7), RATE * 1.05],
      ["evenly spaced messages", whole({ kind: "uniform", ratePerS: RATE }), RATE],
      ["gaps that are random but even", evenGaps(RATE), RATE],
      [
        "shares that are all the same stream",
        [0, 1].flatMap(() => stream(7, 0, 2)).sort((a, b) => a - b),
        RATE,
      ],
    ])("fails with %s (control)", (_, due, ratePerS) => {
      expect(ks(due, ratePerS)).toBeGreaterThan(1.5);
    });
  });

  it("gives each producer of a Poisson schedule a stream of its own", () => {
    const plan: SchedulePlan = { kind: "poisson", ratePerS: 2000 };
    const [a, b] = [0, 1].map((i) => all(createSchedule(plan, phases, 7, i, 2)));
    expect(a!.slice(0, 5)).not.toEqual(b!.slice(0, 5));
    expect(all(createSchedule(plan, phases, 7, 0, 2))).toEqual(a);
  });
});

/** Gaps drawn evenly between nothing and twice the mean. */
function evenGaps(ratePerS: number): number[] {
  const random = createRandom(1, 1);
  let t = 0;
  return Array.from({ length: 20_000 }, () => (t += (2 * random() * 1e9) / ratePerS));
}

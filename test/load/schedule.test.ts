import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSchedule, type Schedule } from "../../src/load/schedule.ts";
import type { PhasesPlan, SchedulePlan } from "../../src/model/plan.ts";

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

  it.each<[string, SchedulePlan, number]>([
    ["a rising ramp", { kind: "ramp", fromPerS: 1000, toPerS: 3000 }, 1000 + 4 * 2000],
    ["a falling ramp", { kind: "ramp", fromPerS: 3000, toPerS: 1000 }, 3000 + 4 * 2000],
    ["a flat ramp", { kind: "ramp", fromPerS: 2000, toPerS: 2000 }, 5 * 2000],
    ["steps", { kind: "steps", ratesPerS: [1000, 4000] }, 1000 + 2 * 1000 + 2 * 4000],
    ["bursts", { kind: "burst", ratePerS: 0, messages: 500, everyNs: 1e9 }, 5 * 500],
    ["bursts on a base rate", { kind: "burst", ratePerS: 100, messages: 500, everyNs: 1e9 }, 5 * 600],
  ])("%s integrates to the right number of messages", (_, plan, want) => {
    expect(Math.abs(whole(plan).length - want)).toBeLessThanOrEqual(1);
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

  it("draws Poisson gaps that pass a Kolmogorov-Smirnov test against the exponential distribution", () => {
    const due = whole({ kind: "poisson", ratePerS: 2000 }, { ...phases, measureNs: 9e9 });
    expect(ksDistance(due, 2000)).toBeLessThan(1.63 / Math.sqrt(due.length)); // critical value at 1 %
  });

  it("would not take evenly spaced messages for Poisson ones (control)", () => {
    const due = whole({ kind: "uniform", ratePerS: 2000 });
    expect(ksDistance(due, 2000)).toBeGreaterThan(0.3);
  });

  it("gives each producer of a Poisson schedule a stream of its own", () => {
    const plan: SchedulePlan = { kind: "poisson", ratePerS: 2000 };
    const [a, b] = [0, 1].map((i) => all(createSchedule(plan, phases, 7, i, 2)));
    expect(a!.slice(0, 5)).not.toEqual(b!.slice(0, 5));
    expect(all(createSchedule(plan, phases, 7, 0, 2))).toEqual(a);
  });
});

function ksDistance(due: readonly number[], ratePerS: number): number {
  const gaps = due.map((t, i) => (t - (due[i - 1] ?? 0)) / 1e9).sort((a, b) => a - b);
  return Math.max(...gaps.map((g, i) => Math.abs(1 - Math.exp(-ratePerS * g) - (i + 0.5) / gaps.length)));
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { middleRate, niceRate } from "../../../src/run/limit/nice-rate.ts";
import {
  MOST_STEPS,
  type Next,
  nextStep,
  type SearchOptions,
  type Trial,
} from "../../../src/run/limit/search.ts";

const OPTIONS: SearchOptions = { startPerS: 1000, lowestPerS: 15, highestPerS: 1e9, precision: 0.05 };

interface Searched {
  readonly end: Exclude<Next, { kind: "try" }>;
  readonly trials: readonly Trial[];
  readonly purposes: readonly string[];
}

/** Runs a search to its end on a synthetic system. */
function search(
  outcomeAt: (ratePerS: number, step: number) => Trial["outcome"],
  options: Partial<SearchOptions> = {},
): Searched {
  const trials: Trial[] = [];
  const purposes: string[] = [];
  for (;;) {
    const next = nextStep({ ...OPTIONS, ...options }, trials);
    if (next.kind !== "try") return { end: next, trials, purposes };
    expect(trials.length).toBeLessThan(MOST_STEPS);
    expect(next.left).toBeGreaterThanOrEqual(1);
    purposes.push(next.purpose);
    trials.push({ ratePerS: next.ratePerS, outcome: outcomeAt(next.ratePerS, trials.length) });
  }
}

const cliff = (capacity: number) => (rate: number) => (rate <= capacity ? "holds" : "fails");

describe("a rate search", () => {
  it("doubles, bisects, and confirms what it found", () => {
    const { end, trials, purposes } = search(cliff(5200));
    expect(trials.map((t) => t.ratePerS)).toEqual([1000, 2000, 4000, 8000, 5660, 4760, 5190, 5420, 5190]);
    expect(purposes).toEqual(["up", "up", "up", "up", "bisect", "bisect", "bisect", "bisect", "confirm"]);
    expect(end).toEqual({ kind: "found", ratePerS: 5190, failsPerS: 5420 });
  });

  it("goes down where the start is too high", () => {
    const { end, purposes } = search(cliff(100));
    expect(purposes.slice(0, 5)).toEqual(["up", "down", "down", "down", "down"]);
    expect(end).toMatchObject({ kind: "found" });
  });

  it("finds any capacity within the precision, in few steps, and tries nothing outside the bounds", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 20, max: 5e6, noNaN: true }),
        fc.double({ min: 100, max: 1e5, noNaN: true }),
        fc.constantFrom(0.2, 0.05, 0.01),
        (capacity, startPerS, precision) => {
          const { end, trials } = search(cliff(capacity), { startPerS, precision });
          expect(end.kind).toBe("found");
          if (end.kind !== "found") return;
          expect(end.ratePerS).toBeLessThanOrEqual(capacity);
          expect(end.failsPerS).toBeGreaterThan(capacity);
          expect(end.failsPerS! / end.ratePerS).toBeLessThanOrEqual(1 + precision);
          const doublings = Math.abs(Math.log2(capacity / startPerS));
          const halvings = Math.log2(Math.log(2) / Math.log(1 + precision));
          expect(trials.length).toBeLessThanOrEqual(doublings + halvings + 5);
          expect(trials.every((t) => t.ratePerS >= 15)).toBe(true);
        },
      ),
    );
  });

  it("is never far off on a system whose verdicts are noisy near its capacity, and always ends", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 100, max: 1e5, noNaN: true }),
        fc.infiniteStream(fc.double({ min: -0.1, max: 0.1, noNaN: true })),
        (capacity, noise) => {
          const draws = noise[Symbol.iterator]();
          const { end } = search((rate) => {
            const ratio = (rate / capacity) * (1 + draws.next().value!);
            return ratio <= 1 ? "holds" : ratio <= 1.05 ? "close" : "fails";
          });
          if (end.kind === "unclear") return;
          expect(end.kind).toBe("found");
          if (end.kind !== "found") return;
          // It held twice, so it is not above what the luckiest noise allows; nor below what always holds.
          expect(end.ratePerS).toBeLessThanOrEqual(capacity / 0.9);
          expect(end.failsPerS).toBeGreaterThanOrEqual(capacity / 1.1);
        },
      ),
    );
  });

  it("always ends, with a rate that held twice or none, whatever the verdicts are", () => {
    const outcome = fc.constantFrom<Trial["outcome"]>("holds", "close", "fails");
    fc.assert(
      fc.property(fc.infiniteStream(outcome), (outcomes) => {
        const draws = outcomes[Symbol.iterator]();
        const { end, trials } = search(() => draws.next().value!, { highestPerS: 64_000 });
        expect(trials.length).toBeLessThanOrEqual(MOST_STEPS);
        if (end.kind !== "found") return;
        const own = trials.filter((t) => t.ratePerS === end.ratePerS).map((t) => t.outcome);
        expect(own.filter((o) => o === "holds").length).toBeGreaterThanOrEqual(2);
        expect(own).not.toContain("fails");
        // Nothing that it tried at or below it failed without being mended by a repeat.
        const below = trials.filter((t) => t.ratePerS <= end.ratePerS);
        expect(below.some((t) => t.outcome === "fails")).toBe(false);
      }),
    );
  });

  it("on a system that holds everything ends at the highest rate, confirmed", () => {
    const { end, purposes } = search(() => "holds", { highestPerS: 6000 });
    expect(end).toEqual({ kind: "found", ratePerS: 6000, failsPerS: null });
    expect(purposes).toEqual(["up", "up", "up", "up", "confirm"]);
  });

  it("on a system that holds nothing says so at the lowest rate", () => {
    const { end, trials } = search(() => "fails", { lowestPerS: 200 });
    expect(end).toEqual({ kind: "none", failsPerS: 200 });
    expect(trials.map((t) => t.ratePerS)).toEqual([1000, 500, 250, 200]);
    // With its start as its lowest rate there is one step.
    expect(search(() => "fails", { lowestPerS: 1000 }).trials).toHaveLength(1);
  });

  it("repeats what failed by a hair once before it counts", () => {
    const mended = search((rate, step) => (step === 2 ? "close" : cliff(4000)(rate)));
    expect(mended.purposes.slice(0, 5)).toEqual(["up", "up", "up", "repeat", "up"]);
    expect(mended.end).toMatchObject({ ratePerS: expect.closeTo(4000, -3) });
    const twice = search((rate) => (rate > 3000 ? "close" : "holds"));
    expect(twice.trials.filter((t) => t.ratePerS === 4000)).toHaveLength(2);
    expect(twice.end).toMatchObject({ kind: "found" });
  });

  it("goes on below a rate that does not hold a second time", () => {
    const seen = new Map<number, number>();
    const { end, purposes } = search((rate) => {
      const times = (seen.get(rate) ?? 0) + 1;
      seen.set(rate, times);
      return rate <= 4000 ? "holds" : rate < 5000 && times === 1 ? "holds" : "fails";
    });
    expect(purposes.filter((p) => p === "confirm").length).toBeGreaterThan(1);
    expect(end.kind === "found" && end.ratePerS).toBeLessThanOrEqual(4000);
    expect(end.kind === "found" && end.ratePerS).toBeGreaterThan(3700);
  });

  it("gives up, with what it knows, on verdicts that never agree", () => {
    const { end, trials } = search((_, step) => (step % 2 === 0 ? "holds" : "close"), { precision: 1e-6 });
    expect(trials).toHaveLength(MOST_STEPS);
    expect(end).toMatchObject({ kind: "unclear" });
  });

  it("says how many steps are left, and is right where nothing surprises", () => {
    const trials: Trial[] = [
      { ratePerS: 4000, outcome: "holds" },
      { ratePerS: 8000, outcome: "fails" },
    ];
    const next = nextStep(OPTIONS, trials);
    expect(next).toMatchObject({ kind: "try", left: 5 });
    expect(search(cliff(5200)).trials.length - 4).toBe(5);
  });
});

describe("rates", () => {
  it.each([
    [31234, 31200],
    [0.98765, 0.988],
    [1000, 1000],
  ])("%d is %d in three digits", (rate, want) => {
    expect(niceRate(rate)).toBe(want);
  });

  it("a middle lies between, nearer to the middle than a tenth", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: 1.0001, max: 4, noNaN: true }),
        (low, ratio) => {
          const middle = middleRate(low, low * ratio);
          expect(middle).toBeGreaterThan(low);
          expect(middle).toBeLessThan(low * ratio);
        },
      ),
    );
  });
});

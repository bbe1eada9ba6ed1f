import type { PhasesPlan, SchedulePlan } from "../model/plan.ts";
import { createRandom } from "../model/random.ts";

/** When the next message is due, ns since the run's start; never decreasing; Infinity when all are given. */
export type Schedule = () => number;

/**
 * The share of one producer (`index` of `count`) of an open loop's schedule: every `count`-th message of the
 * whole, or for Poisson an independent stream of the `count`-th part of the rate (the sum of independent
 * Poisson streams is one). It is never re-based after a stall and drops nothing.
 *
 * Warm-up runs at the rate that the measure phase starts with.
 */
export function createSchedule(
  plan: SchedulePlan,
  phases: PhasesPlan,
  seed: number,
  index: number,
  count: number,
): Schedule {
  const endNs = phases.warmupNs + phases.measureNs;
  switch (plan.kind) {
    case "poisson":
      return poisson(plan.ratePerS / count, endNs, seed, index);
    case "burst":
      return merge(
        plan.ratePerS > 0
          ? every(count, index, endNs, (n) => (n * 1e9) / plan.ratePerS)
          : () => Number.POSITIVE_INFINITY,
        every(count, index, endNs, (n) => Math.floor(n / plan.messages) * plan.everyNs),
      );
    case "uniform":
      return every(count, index, endNs, (n) => (n * 1e9) / plan.ratePerS);
    case "ramp":
      return every(count, index, endNs, rampDueNs(plan.fromPerS, plan.toPerS, phases));
    case "steps":
      return every(count, index, endNs, stepsDueNs(plan.ratesPerS, phases));
  }
}

/** Messages `index`, `index + stride`, … of the schedule whose n-th message is due at `dueNs(n)`. */
function every(stride: number, index: number, endNs: number, dueNs: (n: number) => number): Schedule {
  let n = index;
  return () => {
    const due = dueNs(n);
    if (!(due < endNs)) return Number.POSITIVE_INFINITY;
    n += stride;
    return due;
  };
}

/** Exponential gaps of mean 1/rate: −ln(U)/rate with U in (0, 1]. */
function poisson(ratePerS: number, endNs: number, seed: number, stream: number): Schedule {
  const random = createRandom(seed, 0x5c4ed + stream);
  const meanNs = 1e9 / ratePerS;
  let due = 0;
  return () => {
    due += -Math.log(1 - random()) * meanNs;
    return due < endNs ? due : Number.POSITIVE_INFINITY;
  };
}

/**
 * Inverse of the number of messages due by t: `w·a` in the warm-up of length w at rate a, then
 * `a·t + (b − a)·t²/2T`. Solved in the form 2c/(b + √…) that stays exact when a ≈ b.
 */
function rampDueNs(fromPerS: number, toPerS: number, phases: PhasesPlan): (n: number) => number {
  const a = fromPerS / 1e9;
  const curve = (toPerS - fromPerS) / 1e9 / (2 * phases.measureNs);
  const before = a * phases.warmupNs;
  return (n) => {
    if (n < before) return n / a;
    const c = n - before;
    const root = Math.sqrt(Math.max(0, a * a + 4 * curve * c));
    // Past the top of a falling ramp nothing more is due.
    if (a * a + 4 * curve * c < 0) return Number.POSITIVE_INFINITY;
    return phases.warmupNs + (c === 0 ? 0 : (2 * c) / (a + root));
  };
}

function stepsDueNs(ratesPerS: readonly number[], phases: PhasesPlan): (n: number) => number {
  const stepNs = phases.measureNs / ratesPerS.length;
  const first = ratesPerS[0] ?? 1;
  const parts = ratesPerS.map((rate, i) => ({ rate, startNs: phases.warmupNs + i * stepNs, startCount: 0 }));
  let count = (first * phases.warmupNs) / 1e9;
  for (const part of parts) {
    part.startCount = count;
    count += (part.rate * stepNs) / 1e9;
  }
  return (n) => {
    if (n < (parts[0]?.startCount ?? 0)) return (n * 1e9) / first;
    const part = parts.findLast((p) => n >= p.startCount);
    return part ? part.startNs + ((n - part.startCount) * 1e9) / part.rate : Number.POSITIVE_INFINITY;
  };
}

function merge(a: Schedule, b: Schedule): Schedule {
  let nextA = a();
  let nextB = b();
  return () => {
    if (nextA <= nextB) {
      const due = nextA;
      nextA = a();
      return due;
    }
    const due = nextB;
    nextB = b();
    return due;
  };
}

import { middleRate, niceRate } from "./nice-rate.ts";

/** What a rate search looks for, and within which bounds. Rates in messages per second. */
export interface SearchOptions {
  /** Where it starts. */
  readonly startPerS: number;
  /** Nothing below is tried. */
  readonly lowestPerS: number;
  /** Nothing above is tried. */
  readonly highestPerS: number;
  /** Ends when the lowest rate that fails is at most this share above the highest that holds. */
  readonly precision: number;
}

/** How one step at one rate went. */
export interface Trial {
  readonly ratePerS: number;
  /** `close`: it failed by a hair, which counts only if it does so again. */
  readonly outcome: "holds" | "close" | "fails";
}

export type Purpose = "up" | "down" | "bisect" | "repeat" | "confirm";

/** What to do next. */
export type Next =
  | {
      readonly kind: "try";
      readonly ratePerS: number;
      readonly purpose: Purpose;
      /** Steps that are left, this one included, if none comes as a surprise. */
      readonly left: number;
    }
  /** The highest rate that held, twice; `failsPerS` is null where the highest allowed rate held. */
  | { readonly kind: "found"; readonly ratePerS: number; readonly failsPerS: number | null }
  /** Not even the lowest rate held. */
  | { readonly kind: "none"; readonly failsPerS: number }
  /** Too many steps contradicted each other. */
  | { readonly kind: "unclear"; readonly heldPerS: number | null; readonly failsPerS: number | null };

/** A search in a sane world takes about ten steps; one that takes this many chases noise. */
export const MOST_STEPS = 40;
/** Steps from the start until something fails, for the first guess of how many there will be. */
const USUAL_UPS = 3;

/**
 * The next step of a rate search, from the trials so far: doubling until something fails (or halving until
 * something holds), then bisection of the ratio, then the rate that was found once more. A rate that fails in
 * this last trial counts as failed, and the search goes on below it: one lucky step decides nothing.
 * Pure; the same trials always give the same answer.
 */
export function nextStep(o: SearchOptions, trials: readonly Trial[]): Next {
  const rates = standings(trials);
  const undecided = rates.find((r) => r.standing === "undecided");
  const failed = rates.filter((r) => r.standing === "failed").map((r) => r.ratePerS);
  const fails = failed.length === 0 ? null : Math.min(...failed);
  // Above a rate that failed nothing counts as held, whatever it did.
  const below = rates.filter((r) => r.ratePerS < (fails ?? Number.POSITIVE_INFINITY));
  const held = below.filter((r) => r.standing === "held" || r.standing === "confirmed").at(-1);
  const left = stepsLeft(o, held?.ratePerS ?? null, fails);
  const attempt = (ratePerS: number, purpose: Purpose): Next => ({ kind: "try", ratePerS, purpose, left });

  if (trials.length >= MOST_STEPS)
    return { kind: "unclear", heldPerS: held?.ratePerS ?? null, failsPerS: fails };
  if (undecided !== undefined) return attempt(undecided.ratePerS, "repeat");
  if (held === undefined) {
    if (fails === null) return attempt(o.startPerS, "up");
    if (fails <= o.lowestPerS) return { kind: "none", failsPerS: fails };
    return attempt(Math.max(o.lowestPerS, niceRate(fails / 2)), "down");
  }
  const isAtTop = held.ratePerS >= o.highestPerS;
  if (fails === null && !isAtTop) return attempt(Math.min(o.highestPerS, niceRate(held.ratePerS * 2)), "up");
  if (fails !== null && fails / held.ratePerS > 1 + o.precision)
    return attempt(middleRate(held.ratePerS, fails), "bisect");
  if (held.standing === "held") return attempt(held.ratePerS, "confirm");
  return { kind: "found", ratePerS: held.ratePerS, failsPerS: fails };
}

/** What all trials at one rate say together. */
interface Rate {
  readonly ratePerS: number;
  readonly standing: "held" | "confirmed" | "failed" | "undecided";
}

/** Lowest rate first. */
function standings(trials: readonly Trial[]): readonly Rate[] {
  const byRate = new Map<number, Trial["outcome"][]>();
  for (const { ratePerS, outcome } of trials)
    byRate.set(ratePerS, [...(byRate.get(ratePerS) ?? []), outcome]);
  return [...byRate]
    .map(([ratePerS, outcomes]) => ({ ratePerS, standing: standingOf(outcomes) }))
    .sort((a, b) => a.ratePerS - b.ratePerS);
}

/** A hair is forgiven once: two of them, or one clear failure, are a failure. */
function standingOf(outcomes: readonly Trial["outcome"][]): Rate["standing"] {
  const close = outcomes.filter((o) => o === "close").length;
  if (close > 1 || outcomes.includes("fails")) return "failed";
  if (outcomes.length - close > 1) return "confirmed";
  return outcomes.at(-1) === "holds" ? "held" : "undecided";
}

function stepsLeft(o: SearchOptions, held: number | null, fails: number | null): number {
  const bisections = (ratio: number): number =>
    Math.max(0, Math.ceil(Math.log2(Math.log(ratio) / Math.log(1 + o.precision))));
  const confirm = 1;
  if (held !== null && fails !== null) return bisections(fails / held) + confirm;
  if (held === null && fails === null) return 1 + USUAL_UPS + bisections(2) + confirm;
  return 1 + bisections(2) + confirm;
}

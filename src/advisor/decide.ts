import { type Assessment, assess, type ModeAssessment } from "./assess.ts";
import type { Base } from "./base.ts";
import type { Answers } from "./condition.ts";
import type { GateRule } from "./knowledge.ts";

/** What a flow's verdict is beside a product's name. */
export const EITHER = "either";
export const NEITHER = "neither";
export const CONFLICT = "conflict";

/** A lead of so many points is no difference: one weak rule more or less would turn it. */
export const BAND = 1;

/** The verdict on one flow, as far as is known. */
export interface Decision {
  /** A product, or `either`, `neither`, `conflict`. */
  readonly verdict: string;
  /** Why it is neither. */
  readonly gate?: GateRule;
  /** The best mode of each product that is not ruled out, the best first. */
  readonly best: readonly ModeAssessment[];
  /** By how many points the first is ahead of the second; infinite where there is no second. */
  readonly lead: number;
}

export function decide(base: Base, answers: Answers): Decision {
  return decideFrom(base, assess(base, answers));
}

export function decideFrom(base: Base, assessment: Assessment): Decision {
  const best = bestOfProducts(base, assessment);
  const lead = best.length < 2 ? Number.POSITIVE_INFINITY : best[0]!.score - best[1]!.score;
  const gate = assessment.gates[0];
  if (gate !== undefined) return { verdict: NEITHER, gate, best, lead };
  if (best.length === 0) return { verdict: CONFLICT, best, lead };
  return { verdict: lead <= BAND ? EITHER : best[0]!.mode.product, best, lead };
}

function bestOfProducts(base: Base, { modes }: Assessment): readonly ModeAssessment[] {
  const best: ModeAssessment[] = [];
  for (const product of base.products) {
    let first: ModeAssessment | undefined;
    for (const m of modes)
      if (m.mode.product === product && m.vetoes.length === 0 && (!first || m.score > first.score)) first = m;
    if (first) best.push(first);
  }
  // Stable: of equals, the one that the files name first.
  return best.sort((a, b) => b.score - a.score);
}

/** The same for decisions that say the same: the verdict, and what to do instead. */
export function verdictKey({ verdict, gate }: Decision): string {
  return gate === undefined ? verdict : gate.outcome;
}

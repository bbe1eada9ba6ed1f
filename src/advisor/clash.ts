import { assess } from "./assess.ts";
import { type Base, withAssumptions } from "./base.ts";
import type { Answers } from "./condition.ts";
import { type Decision, decide } from "./decide.ts";
import type { VetoRule } from "./knowledge.ts";

/** Must-haves that no mode has together. */
export interface Clash {
  /** The fewest answers that already rule every mode out. */
  readonly answers: readonly { readonly question: string; readonly option: string }[];
  /** The vetoes that do it. */
  readonly rules: readonly VetoRule[];
  /** Each answer by itself, without the rest of the clash: what a flow of its own would get. */
  readonly parts: readonly { readonly question: string; readonly decision: Decision }[];
  /** Products that could serve every part, each with a mode of its own. */
  readonly products: readonly string[];
}

/**
 * Why every mode is ruled out, as small as it gets, and how splitting the flow would help.
 * @param answers of a flow whose verdict is a conflict
 */
export function clashOf(base: Base, answers: Answers): Clash {
  const fired = base.vetoes.filter((rule) => rule.options.length > 0 && isFired(base, rule, answers));
  const involved = base.questions
    .map((q) => q.id)
    .filter((id) => answers.has(id) && fired.some((rule) => base.asks.get(rule)!.includes(id)));
  const set = smallest(involved, (some) => rulesOutAll(base, only(base, answers, some)));
  const known = only(base, answers, set);
  const parts = set.map((question) => {
    const without = new Map(answers);
    for (const other of set) if (other !== question) without.delete(other);
    return { question, decision: decide(base, withAssumptions(base, without)) };
  });
  return {
    answers: set.map((question) => ({ question, option: answers.get(question)! })),
    rules: fired.filter(
      (rule) => isFired(base, rule, known) && base.asks.get(rule)!.some((q) => set.includes(q)),
    ),
    parts,
    products: base.products.filter((product) =>
      parts.every(({ decision }) => decision.best.some((m) => m.mode.product === product)),
    ),
  };
}

function isFired(base: Base, rule: VetoRule, answers: Answers): boolean {
  return assess(base, answers).modes.some((m) => m.vetoes.includes(rule));
}

function rulesOutAll(base: Base, answers: Answers): boolean {
  return assess(base, answers).modes.every((m) => m.vetoes.length > 0);
}

function only(base: Base, answers: Answers, questions: readonly string[]): Answers {
  return withAssumptions(base, new Map(questions.map((q) => [q, answers.get(q)!])));
}

/** The first of the smallest sets for which it is true; all of them where none is. */
function smallest(
  items: readonly string[],
  isEnough: (some: readonly string[]) => boolean,
): readonly string[] {
  for (let size = 1; size < items.length; size++) {
    const found = combinations(items, size).find(isEnough);
    if (found) return found;
  }
  return items;
}

function combinations(items: readonly string[], size: number): readonly (readonly string[])[] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) =>
    combinations(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

/** When a rule holds: a tree over answers, and nothing else. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly q: string; readonly in: readonly string[] };

/**
 * The answer "it does not matter": no option, so no rule that asks for one holds. It is what an open question counts as
 * for the verdict; but it is an answer, and the question is no longer open.
 */
export const NEUTRAL = "neutral";

/** Question → option, or `NEUTRAL`; a question that is not in it is open. */
export type Answers = ReadonlyMap<string, string>;

/** Undefined: it depends on questions that are open. */
export type Truth = boolean | undefined;

/** Kleene's three-valued logic: what is not known stays so unless the rest decides alone. */
export function truth(condition: Condition, answers: Answers): Truth {
  if ("q" in condition) {
    const answer = answers.get(condition.q);
    return answer === undefined ? undefined : condition.in.includes(answer);
  }
  if ("not" in condition) {
    const inner = truth(condition.not, answers);
    return inner === undefined ? undefined : !inner;
  }
  const isAll = "all" in condition;
  let isOpen = false;
  for (const part of isAll ? condition.all : condition.any) {
    const value = truth(part, answers);
    // One false decides an `all`, one true an `any`.
    if (value === !isAll) return value;
    if (value === undefined) isOpen = true;
  }
  return isOpen ? undefined : isAll;
}

/** What holds as far as is known: an open question has none of its options. */
export function holds(condition: Condition, answers: Answers): boolean {
  if ("q" in condition) {
    const answer = answers.get(condition.q);
    return answer !== undefined && condition.in.includes(answer);
  }
  if ("not" in condition) return !holds(condition.not, answers);
  if ("all" in condition) return condition.all.every((part) => holds(part, answers));
  return condition.any.some((part) => holds(part, answers));
}

/** A leaf of a condition: a question, and the options for which it holds. */
export interface Atom {
  readonly q: string;
  readonly in: readonly string[];
  /** Under an odd number of `not`s. */
  readonly isNegated: boolean;
}

/** Every leaf, from left to right. */
export function atomsOf(condition: Condition, isNegated = false): readonly Atom[] {
  if ("q" in condition) return [{ q: condition.q, in: condition.in, isNegated }];
  if ("not" in condition) return atomsOf(condition.not, !isNegated);
  return ("all" in condition ? condition.all : condition.any).flatMap((part) => atomsOf(part, isNegated));
}

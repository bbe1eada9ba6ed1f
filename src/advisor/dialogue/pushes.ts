import { type Base, withAssumptions } from "../base.ts";
import type { Answers } from "../condition.ts";
import { holds } from "../condition.ts";
import { type Decision, decide, verdictKey } from "../decide.ts";
import type { Rule } from "../knowledge.ts";
import { answersSoFar, type Talk, type Topic } from "./dialogue.ts";

/** What one answer would do. */
export interface Push {
  readonly option: string;
  /** What it would make of the verdict; undefined: it stays. */
  readonly to?: Decision;
  /** By how many points it moves each product's best mode; a product that it rules out is in `out`. */
  readonly points: readonly { readonly product: string; readonly points: number }[];
  readonly out: readonly string[];
  /** Rules that would hold and that do not hold without it: gates, then vetoes, then scores by their weight. */
  readonly rules: readonly Rule[];
}

/** What each answer to a question would push, with all else as it is. */
export function pushesOf(topic: Topic, talk: Talk, question: string): readonly Push[] {
  const { base } = topic;
  const answers = new Map(answersSoFar(topic, talk));
  answers.delete(question);
  const known = withAssumptions(base, answers);
  const before = decide(base, known);
  return base.question.get(question)!.options.map(({ id }): Push => {
    const with_ = new Map(known).set(question, id);
    const after = decide(base, with_);
    return {
      option: id,
      ...(verdictKey(after) === verdictKey(before) ? {} : { to: after }),
      points: base.products.flatMap((product) => {
        const [was, is] = [bestOf(before, product), bestOf(after, product)];
        return was === undefined || is === undefined || was === is ? [] : [{ product, points: is - was }];
      }),
      out: base.products.filter((p) => bestOf(before, p) !== undefined && bestOf(after, p) === undefined),
      rules: newRules(base, known, with_),
    };
  });
}

function bestOf({ best }: Decision, product: string): number | undefined {
  return best.find((m) => m.mode.product === product)?.score;
}

function newRules(base: Base, before: Answers, after: Answers): readonly Rule[] {
  const isNew = (rule: Rule) => !holds(rule.when, before) && holds(rule.when, after);
  return [
    ...base.gates.filter(isNew),
    ...base.vetoes.filter(isNew),
    ...base.scores.filter(isNew).sort((a, b) => weightOf(b.score) - weightOf(a.score)),
  ];
}

function weightOf(score: Readonly<Record<string, number>>): number {
  return Math.max(...Object.values(score).map(Math.abs));
}

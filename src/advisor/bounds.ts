import type { Base } from "./base.ts";
import { type Answers, truth } from "./condition.ts";
import type { ScoreRule } from "./knowledge.ts";

/** From the least to the most that open questions leave possible. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Bounds of a sum over the score rules, whatever the open questions will be answered. Rules that wait for the same
 * single question are taken together, since it has one answer; a rule that waits for several counts by itself. So
 * the bounds hold, an answer never widens them, and with every question answered they are one number.
 * @param points what a rule adds to the sum when it holds
 */
function bounds(base: Base, answers: Answers, points: (rule: ScoreRule) => number): Interval {
  let low = 0;
  let high = 0;
  const byQuestion = new Map<string, number[]>();
  for (const rule of base.scores) {
    const worth = points(rule);
    if (worth === 0) continue;
    const value = truth(rule.when, answers);
    if (value === false) continue;
    const open = value === true ? [] : base.asks.get(rule)!.filter((q) => !answers.has(q));
    if (open.length === 1) addByOption(base, answers, byQuestion, { rule, worth, question: open[0]! });
    else {
      low += value === true ? worth : Math.min(0, worth);
      high += value === true ? worth : Math.max(0, worth);
    }
  }
  for (const sums of byQuestion.values()) {
    low += Math.min(...sums);
    high += Math.max(...sums);
  }
  return { low, high };
}

interface Waiting {
  readonly rule: ScoreRule;
  readonly worth: number;
  readonly question: string;
}

function addByOption(
  base: Base,
  answers: Answers,
  sums: Map<string, number[]>,
  { rule, worth, question }: Waiting,
) {
  const { options } = base.question.get(question)!;
  const sum = sums.get(question) ?? options.map(() => 0);
  sums.set(question, sum);
  for (const [i, option] of options.entries())
    if (truth(rule.when, new Map(answers).set(question, option.id))) sum[i]! += worth;
}

/** Bounds of one mode's score. */
export function scoreBounds(base: Base, answers: Answers, mode: string): Interval {
  return bounds(base, answers, (rule) => rule.score[mode] ?? 0);
}

/** Bounds of how much better one mode is than another. */
export function leadBounds(base: Base, answers: Answers, mode: string, other: string): Interval {
  return bounds(base, answers, (rule) => (rule.score[mode] ?? 0) - (rule.score[other] ?? 0));
}

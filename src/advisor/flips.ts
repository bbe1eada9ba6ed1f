import type { Base } from "./base.ts";
import type { Answers } from "./condition.ts";
import { openQuestions } from "./confidence.ts";
import { type Decision, decide, verdictKey } from "./decide.ts";
import type { Question } from "./knowledge.ts";

/** One answer that would change the verdict. */
export interface Flip {
  readonly question: string;
  /** What was answered or assumed; undefined: it is open. */
  readonly from?: string;
  readonly to: string;
  readonly decision: Decision;
}

interface Candidate extends Flip {
  readonly steps: number;
  readonly movement: number;
}

/**
 * Every single answer that would change the verdict, the closest first: fewest steps on the question's scale, then the
 * smallest shift of points, since what is barely enough is what may well be so.
 */
export function flipsOf(base: Base, answers: Answers, decision: Decision): readonly Flip[] {
  const key = verdictKey(decision);
  const found: Candidate[] = [];
  for (const question of base.questions) {
    if (!base.deciding.has(question.id)) continue;
    const from = answers.get(question.id);
    for (const { id: to } of question.options) {
      if (to === from) continue;
      const changed = decide(base, new Map(answers).set(question.id, to));
      if (verdictKey(changed) === key) continue;
      const steps = stepsBetween(question, from, to);
      // A gate that opens or shuts is a change of the question, and not a matter of points.
      const isGate = changed.gate !== decision.gate;
      const movement = isGate ? RULED_OUT : Math.abs(leadOf(base, changed) - leadOf(base, decision));
      found.push({
        question: question.id,
        ...(from === undefined ? {} : { from }),
        to,
        decision: changed,
        steps,
        movement,
      });
    }
  }
  return found
    .sort((a, b) => a.steps - b.steps || a.movement - b.movement)
    .map(({ steps: _steps, movement: _movement, ...flip }) => flip);
}

/** On a scale its steps, from the first where nothing was said; elsewhere one. */
function stepsBetween(question: Question, from: string | undefined, to: string): number {
  // Another shape of message is another job.
  if (question.group === "shape") return question.options.length;
  if (!question.ordered) return 1;
  const index = (id: string | undefined) =>
    Math.max(
      0,
      question.options.findIndex((o) => o.id === id),
    );
  return Math.max(1, Math.abs(index(to) - index(from)));
}

/** A product that is ruled out is this far behind. */
const RULED_OUT = 100;

/** Points of the first product above the second, with a sign. */
function leadOf(base: Base, { best }: Decision): number {
  const [first = 0, second = 0] = base.products.map(
    (product) => best.find((m) => m.mode.product === product)?.score ?? -RULED_OUT,
  );
  return first - second;
}

/** A question that is open, and what it can do. */
export interface OpenQuestion {
  readonly question: string;
  /** Options that would change the verdict. */
  readonly flips: readonly string[];
  /** Points between its most different options. */
  readonly swing: number;
}

/**
 * What to ask next, best first: what can change the verdict by itself, then what moves the points most. Questions that
 * no undecided rule waits for are not in it: they cannot change anything.
 */
export function nextQuestions(base: Base, answers: Answers, decision: Decision): readonly OpenQuestion[] {
  const key = verdictKey(decision);
  return openQuestions(base, answers)
    .map((question): OpenQuestion => {
      const outcomes = base.question.get(question)!.options.map(({ id }) => {
        const changed = decide(base, new Map(answers).set(question, id));
        return { id, changed, lead: leadOf(base, changed) };
      });
      const leads = outcomes.map((o) => o.lead);
      return {
        question,
        flips: outcomes.filter((o) => verdictKey(o.changed) !== key).map((o) => o.id),
        swing: Math.max(...leads) - Math.min(...leads),
      };
    })
    .sort((a, b) => Number(b.flips.length > 0) - Number(a.flips.length > 0) || b.swing - a.swing);
}

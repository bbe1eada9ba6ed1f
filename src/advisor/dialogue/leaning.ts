import { withAssumptions } from "../base.ts";
import { type Confidence, confidenceOf } from "../confidence.ts";
import { type Decision, decide } from "../decide.ts";
import { nextQuestions } from "../flips.ts";
import { answersSoFar, askedSoFar, type Talk, type Topic } from "./dialogue.ts";

/** Where the answers so far point. */
export interface Leaning {
  readonly decision: Decision;
  readonly confidence: Confidence;
}

export function leaningOf(topic: Topic, talk: Talk): Leaning {
  const known = withAssumptions(topic.base, answersSoFar(topic, talk));
  const decision = decide(topic.base, known);
  return { decision, confidence: confidenceOf(topic.base, known, decision) };
}

/** Questions that were not put. */
export interface Unasked {
  /** How many could not have changed the verdict, or none of them by itself. */
  readonly idle: number;
  /** How many each could. */
  readonly able: number;
  /** Not even several of them together could. */
  readonly isSettled: boolean;
}

/** What was spared, as far as the dialogue went. Of what is assumed without an answer nothing is said. */
export function unaskedOf(topic: Topic, talk: Talk): Unasked {
  const { base } = topic;
  const known = withAssumptions(base, answersSoFar(topic, talk));
  const asked = askedSoFar(topic, talk);
  const unasked = base.questions.filter((q) => !asked.has(q.id) && q.assume === undefined);
  const { decision, confidence } = leaningOf(topic, talk);
  if (confidence === "settled") return { idle: unasked.length, able: 0, isSettled: true };
  const able = nextQuestions(base, known, decision).filter(
    (o) => o.flips.length > 0 && !asked.has(o.question),
  );
  return { idle: unasked.length - able.length, able: able.length, isSettled: false };
}

import { withAssumptions } from "../base.ts";
import { confidenceOf, openQuestions } from "../confidence.ts";
import { decide } from "../decide.ts";
import { nextQuestions } from "../flips.ts";
import type { QuestionGroup } from "../knowledge.ts";
import { answersSoFar, askedSoFar, type Screen, type Talk, type Topic } from "./dialogue.ts";

/**
 * What comes after what was gone through: the shape, the must-haves, the context, then one question after the other as
 * long as one can change the verdict by itself, that first which moves most; at last a look over all answers. A screen
 * is left out where nothing on it can change the verdict.
 */
export function nextScreen(topic: Topic, talk: Talk): Screen {
  const { base } = topic;
  const answers = answersSoFar(topic, talk);
  const asked = askedSoFar(topic, talk);
  const shape = base.questions.find((q) => q.group === "shape" && !asked.has(q.id));
  if (shape !== undefined) return { kind: "choice", question: shape.id };
  const known = withAssumptions(base, answers);
  const decision = decide(base, known);
  if (talk.isEnough || confidenceOf(base, known, decision) === "settled") return { kind: "check" };
  for (const group of ["must", "context"] as const) {
    const questions = formQuestions(topic, talk, group);
    if (questions.length > 0) return { kind: "form", group, questions };
  }
  if (topic.isQuick) return { kind: "check" };
  const next = nextQuestions(base, known, decision).find((o) => o.flips.length > 0 && !asked.has(o.question));
  return next === undefined ? { kind: "check" } : { kind: "choice", question: next.question };
}

/** The questions of a group that can still matter; none where the group was gone through. */
function formQuestions(topic: Topic, talk: Talk, group: QuestionGroup): readonly string[] {
  if (talk.past.some((s) => s.kind === "form" && s.group === group)) return [];
  const { base, given } = topic;
  // Without assumptions: what would be assumed may be said.
  const open = openQuestions(base, answersSoFar(topic, talk));
  return base.questions
    .filter((q) => q.group === group && !given.has(q.id) && (open.includes(q.id) || talk.said.has(q.id)))
    .map((q) => q.id);
}

import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { type Push, pushesOf } from "../../../advisor/dialogue/pushes.ts";
import { outcomeName, pointsText, productName, verdictName, viewText } from "../phrases.ts";
import type { Voice } from "./screen-text.ts";

/** What one answer would do, and why. */
export interface WhyLine {
  readonly option: string;
  readonly effect: string;
  /** The sentences of the rules that would hold, the weightiest first. */
  readonly because: readonly string[];
}

/** Why a question is asked. */
export interface Why {
  readonly ask: string;
  readonly why: string;
  readonly answers: readonly WhyLine[];
}

/** Why a question is asked, and what each answer would push as things stand. */
export function whyOf({ speaker, topic }: Voice, talk: Talk, id: string): Why {
  const { base, words } = speaker;
  const question = base.question.get(id)!;
  return {
    ask: words.ask(question),
    why: words.why(question),
    answers: pushesOf(topic, talk, id).map((push) => ({
      option: words.option(question, push.option),
      effect: effectText({ speaker, topic }, push),
      because: push.rules.map((rule) => `${words.because(rule)}${viewText(speaker, rule)}`),
    })),
  };
}

function effectText({ speaker }: Voice, { to, out, points }: Push): string {
  const { words } = speaker;
  const parts = [
    ...(to?.gate === undefined
      ? []
      : [words.say("dialogue.push.gate", { outcome: outcomeName(speaker, to.gate.outcome) })]),
    ...out.map((product) => words.say("dialogue.push.out", { product: productName(speaker, product) })),
    ...points.map((p) =>
      words.say("dialogue.push.points", {
        product: productName(speaker, p.product),
        points: pointsText(p.points),
      }),
    ),
    ...(to === undefined || to.gate !== undefined
      ? []
      : [words.say("dialogue.push.to", { verdict: verdictName(speaker, to.verdict).toUpperCase() })]),
  ];
  return parts.length === 0 ? words.say("dialogue.push.none") : parts.join(", ");
}

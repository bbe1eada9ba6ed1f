import type { Base } from "../../advisor/base.ts";
import { type Answers, type Condition, NEUTRAL } from "../../advisor/condition.ts";
import { BOTH } from "../../advisor/consolidate.ts";
import { CONFLICT, type Decision, EITHER, NEITHER } from "../../advisor/decide.ts";
import type { Rule } from "../../advisor/knowledge.ts";
import type { Words } from "../../advisor/words.ts";

/** What every form of an advice needs to speak. */
export interface Speaker {
  readonly base: Base;
  readonly words: Words;
}

/** A product as people write it. */
export function productName({ base }: Speaker, product: string): string {
  return base.modes.find((m) => m.product === product)?.name ?? product;
}

/** A verdict as one word or two. */
export function verdictName(speaker: Speaker, verdict: string): string {
  const own: readonly string[] = [EITHER, BOTH, NEITHER, CONFLICT];
  return own.includes(verdict) ? speaker.words.say(`verdict.${verdict}`) : productName(speaker, verdict);
}

/** What a decision recommends, in a few words. */
export function recommendation(speaker: Speaker, decision: Decision): string {
  const { words } = speaker;
  const { verdict, best, gate } = decision;
  if (gate !== undefined) return words.say("head.neither", { outcome: outcomeName(speaker, gate.outcome) });
  if (verdict === CONFLICT) return words.say("head.conflict");
  if (verdict === EITHER)
    return words.say("head.either", { first: words.mode(best[0]!.mode), second: words.mode(best[1]!.mode) });
  return words.mode(best[0]!.mode);
}

/** What to do without a broker, in a few words. */
export function outcomeName({ base, words }: Speaker, id: string): string {
  return words.outcome(base.outcomes.find((o) => o.id === id)!, "label");
}

/** `kind task, replay must`, in the questions' order. */
export function answersText({ base }: Speaker, answers: Answers): string {
  return base.questions
    .filter((q) => answers.has(q.id))
    .map((q) => `${q.id} ${answers.get(q.id)}`)
    .join(", ");
}

/** What was assumed; questions that do not matter are only counted. */
export function assumedText(speaker: Speaker, assumed: Answers): string {
  const named = new Map([...assumed].filter(([, option]) => option !== NEUTRAL));
  const count = assumed.size - named.size;
  const rest = count === 0 ? [] : [speaker.words.say("assumed.neutral", { count })];
  return [answersText(speaker, named), ...rest].join(", ");
}

/** `--rate 500k`: an answer as somebody would give it. */
export function flagText(question: string, option: string): string {
  return `--${question} ${option}`;
}

/** Whose view a rule is, where it is one side's: ` (RabbitMQ's own view)`. */
export function viewText(speaker: Speaker, { stance }: Rule): string {
  const vendor = /^vendor:(.*)$/.exec(stance)?.[1];
  return vendor === undefined ? "" : ` ${speaker.words.say("vendor", { name: vendorName(speaker, vendor) })}`;
}

export function vendorName(speaker: Speaker, vendor: string): string {
  const name = productName(speaker, vendor);
  return name === vendor ? vendor[0]!.toUpperCase() + vendor.slice(1) : name;
}

/** A condition in words: `kind is task and priority is must`. */
export function conditionText(speaker: Speaker, condition: Condition, isInner = false): string {
  const { words } = speaker;
  if ("q" in condition)
    return words.say("condition.in", {
      question: condition.q,
      options: condition.in.join(words.say("condition.any")),
    });
  if ("not" in condition)
    return words.say("condition.not", { inner: conditionText(speaker, condition.not, true) });
  const isAll = "all" in condition;
  const parts = (isAll ? condition.all : condition.any).map((part) => conditionText(speaker, part, true));
  const text = parts.join(words.say(isAll ? "condition.all" : "condition.any"));
  return isInner && parts.length > 1 ? `(${text})` : text;
}

/** `+4`, `−2`. */
export function pointsText(points: number): string {
  return points < 0 ? `−${-points}` : `+${points}`;
}

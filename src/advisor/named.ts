import { nearest } from "../model/suggest.ts";
import { NEUTRAL } from "./condition.ts";
import type { Question } from "./knowledge.ts";

/** "I do not know": an answer like any other, and it leaves the question open. */
const UNKNOWN: readonly string[] = ["?", "unknown", "don't know", "dont-know", "undecided"];

/** "It does not matter": the question is answered, and no rule that asks for an option holds. */
const NO_MATTER: readonly string[] = [
  NEUTRAL,
  "-",
  "no matter",
  "does not matter",
  "doesn't matter",
  "dont-care",
];

/** What somebody wrote, as a question's option; undefined: they do not know. Or what is wrong with it. */
export type Named =
  | { readonly option: string | undefined }
  | { readonly problem: string; readonly hint: string };

/** The question that is called so, by its id or an alias. */
export function questionNamed(questions: readonly Question[], name: string): Question | undefined {
  return questions.find((q) => q.id === name) ?? questions.find((q) => q.aliases.includes(name));
}

/** The name that was probably meant. */
export function nearestQuestion(questions: readonly Question[], name: string): string | undefined {
  return nearest(
    name,
    questions.flatMap((q) => [q.id, ...q.aliases]),
  );
}

/** An option by its id, an alias, in any case; `true` and `false` are yes and no; a version is the newest below it. */
export function optionNamed(question: Question, text: string): Named {
  const wanted = text.trim().toLowerCase();
  if (UNKNOWN.includes(wanted)) return { option: undefined };
  const spelt = wanted === "true" ? "yes" : wanted === "false" ? "no" : wanted;
  const found =
    question.options.find((o) => o.id === spelt || o.aliases.includes(spelt)) ??
    versionBelow(question, spelt);
  if (found) return { option: found.id };
  if (NO_MATTER.includes(spelt) && question.group !== "shape") return { option: NEUTRAL };
  const ids = question.options.map((o) => o.id);
  const guess = nearest(
    spelt,
    question.options.flatMap((o) => [o.id, ...o.aliases]),
  );
  return {
    problem: `${question.id}: "${text}" is not one of ${ids.join(", ")}${guess ? `, did you mean "${guess}"?` : ""}`,
    hint: `${question.id}: ${question.ask} ${question.options.map((o) => `${o.id} = ${o.label}`).join("; ")}; unknown = not decided; neutral = it does not matter.`,
  };
}

const VERSION = /^\d+(\.\d+)*$/;

function versionBelow(question: Question, text: string) {
  if (!VERSION.test(text) || !question.options.every((o) => VERSION.test(o.id))) return undefined;
  const below = question.options.filter((o) => compareVersions(o.id, text) <= 0);
  return below.at(-1) ?? question.options[0];
}

function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((v) => v.split(".").map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

import { NEUTRAL } from "./condition.ts";
import type { Knowledge, Mode, Outcome, Proof, Question, Rule, Setting } from "./knowledge.ts";

/** Key → text. Every text that a person reads has a key, so that a table can say it in another language. */
export type TextTable = Readonly<Record<string, string>>;

/** What the advisor says, in one language. */
export interface Words {
  /** A text of the program, with `{name}`s filled in. */
  say(key: string, values?: Readonly<Record<string, string | number>>): string;
  because(rule: Rule): string;
  ask(question: Question): string;
  why(question: Question): string;
  option(question: Question, option: string): string;
  mode(mode: Mode): string;
  setting(setting: Setting): string;
  outcome(outcome: Outcome, part: "label" | "instead" | "again"): string;
  proof(proof: Proof): string;
}

/**
 * @param own the program's texts (text/en.yaml)
 * @param translation of the program's texts and of the knowledge's; what it lacks is said in English
 */
export function createWords(knowledge: Knowledge, own: TextTable, translation: TextTable = {}): Words {
  const english = { ...own, ...knowledgeTexts(knowledge) };
  const text = (key: string): string => {
    const found = translation[key] ?? english[key];
    if (found === undefined) throw new Error(`there is no text "${key}"`);
    return found;
  };
  return {
    say: (key, values = {}) => fill(text(key), values),
    because: (rule) => text(`rule.${rule.id}`),
    ask: (question) => text(`question.${question.id}.ask`),
    why: (question) => text(`question.${question.id}.why`),
    option: (question, option) =>
      option === NEUTRAL ? text("option.neutral") : text(`question.${question.id}.option.${option}`),
    mode: (mode) => text(`mode.${mode.id}`),
    setting: (setting) => text(`setting.${setting.id}`),
    outcome: (outcome, part) => text(`outcome.${outcome.id}.${part}`),
    proof: (proof) => text(`proof.${proof.id}`),
  };
}

/** The texts that stand in the knowledge itself, under the keys that a translation has for them. */
export function knowledgeTexts({
  rules,
  questions,
  modes,
  outcomes,
  proofs,
  settings,
}: Knowledge): TextTable {
  const texts: readonly (readonly string[])[] = [
    ...rules.map((r) => [`rule.${r.id}`, r.because]),
    ...questions.flatMap((q) => [
      [`question.${q.id}.ask`, q.ask],
      [`question.${q.id}.why`, q.why],
      ...q.options.map((o) => [`question.${q.id}.option.${o.id}`, o.label]),
    ]),
    ...modes.map((m) => [`mode.${m.id}`, m.label]),
    ...settings.map((s) => [`setting.${s.id}`, s.set]),
    ...outcomes.flatMap((o) => [
      [`outcome.${o.id}.label`, o.label],
      [`outcome.${o.id}.instead`, o.instead],
      [`outcome.${o.id}.again`, o.again],
    ]),
    ...proofs.map((p) => [`proof.${p.id}`, p.title]),
  ];
  return Object.fromEntries(texts.map(([key, text]) => [key!, text!]));
}

/** Keys of English that a translation lacks, and keys of it that English does not have. */
export function gapsOf(english: TextTable, translation: TextTable): readonly string[] {
  return [
    ...Object.keys(english).filter((key) => !translation[key]),
    ...Object.keys(translation).filter((key) => !(key in english)),
  ];
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

import { type Answers, atomsOf, type Condition, NEUTRAL } from "./condition.ts";
import type { GateRule, Knowledge, NoteRule, Question, Rule, ScoreRule, VetoRule } from "./knowledge.ts";

/** Knowledge made ready to be asked often: guards are conditions, rules are sorted by kind. */
export interface Base extends Knowledge {
  readonly question: ReadonlyMap<string, Question>;
  readonly gates: readonly GateRule[];
  readonly vetoes: readonly VetoRule[];
  readonly scores: readonly ScoreRule[];
  readonly notes: readonly NoteRule[];
  /** Products, in the order of their modes. */
  readonly products: readonly string[];
  /** Rule → questions that it depends on. */
  readonly asks: ReadonlyMap<Rule, readonly string[]>;
  /** Questions that a gate, a veto or a score depends on. */
  readonly deciding: ReadonlySet<string>;
}

export function createBase(knowledge: Knowledge): Base {
  const question = new Map(knowledge.questions.map((q) => [q.id, q]));
  const rules = knowledge.rules.map((rule) => guarded(rule, question));
  const asks = new Map(rules.map((rule) => [rule, [...new Set(atomsOf(rule.when).map((a) => a.q))]]));
  return {
    ...knowledge,
    rules,
    question,
    gates: rules.filter((r) => r.kind === "gate").sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1)),
    vetoes: rules.filter((r) => r.kind === "veto"),
    scores: rules.filter((r) => r.kind === "score"),
    notes: rules.filter((r) => r.kind === "note"),
    products: [...new Set(knowledge.modes.map((m) => m.product))],
    asks,
    deciding: new Set(rules.filter((r) => r.kind !== "note").flatMap((r) => asks.get(r)!)),
  };
}

/** The same, with every question assumed not to matter that says nothing else; only the shape has to be known. */
export function withNeutralRest(base: Base): Base {
  const questions = base.questions.map((q) =>
    q.group === "shape" ? q : { ...q, assume: q.assume ?? NEUTRAL },
  );
  return { ...base, questions, question: new Map(questions.map((q) => [q.id, q])) };
}

/** With what is assumed of questions that nobody answered. */
export function withAssumptions(base: Base, answers: Answers): Answers {
  const all = new Map(answers);
  for (const q of base.questions) if (q.assume !== undefined && !all.has(q.id)) all.set(q.id, q.assume);
  return all;
}

/** A rule that is true of some versions is a rule about the answer to "which version?". */
function guarded<R extends Rule>(rule: R, questions: ReadonlyMap<string, Question>): R {
  if (rule.guard === undefined) return rule;
  const versions = Object.entries(rule.guard).map(([system, range]) =>
    versionCondition(system, range, questions),
  );
  return { ...rule, when: { all: [rule.when, ...versions] } };
}

const RANGE = /^(>=|<)(\S+)$/;

/** Which question asks for the version of a system. */
export function versionQuestion(system: string): string {
  return `${system}-version`;
}

/** The options of a version question that are in a range such as `>=4.3`; undefined where it names none of them. */
export function versionsIn(question: Question, range: string): readonly string[] | undefined {
  const [, operator, version] = RANGE.exec(range) ?? [];
  const ids = question.options.map((o) => o.id);
  const from = ids.indexOf(version ?? "");
  if (from < 0) return undefined;
  return operator === "<" ? ids.slice(0, from) : ids.slice(from);
}

function versionCondition(
  system: string,
  range: string,
  questions: ReadonlyMap<string, Question>,
): Condition {
  const id = versionQuestion(system);
  const question = questions.get(id);
  return { q: id, in: (question && versionsIn(question, range)) ?? [] };
}

import { assess } from "./assess.ts";
import type { Base } from "./base.ts";
import { leadBounds } from "./bounds.ts";
import { type Answers, truth } from "./condition.ts";
import { BAND, CONFLICT, type Decision, decide, EITHER, NEITHER, verdictKey } from "./decide.ts";

/**
 * `settled`: no answer to an open question changes the verdict. `leaning`: what is known says so, an open question may
 * say otherwise. `open`: what is known does not separate the two.
 */
export type Confidence = "settled" | "leaning" | "open";

export function confidenceOf(base: Base, answers: Answers, decision: Decision): Confidence {
  if (isSettled(base, answers, decision)) return "settled";
  const isKnown = decision.gate !== undefined || decision.verdict === CONFLICT || hasEvidence(decision);
  return decision.verdict === EITHER || !isKnown ? "open" : "leaning";
}

function hasEvidence({ best, lead }: Decision): boolean {
  return !Number.isFinite(lead) || best.some((m) => m.contributions.length > 0);
}

/** Questions without an answer on which a gate, a veto or a score still waits. */
export function openQuestions(base: Base, answers: Answers): readonly string[] {
  const open = new Set<string>();
  for (const rules of [base.gates, base.vetoes, base.scores])
    for (const rule of rules)
      if (truth(rule.when, answers) === undefined)
        for (const q of base.asks.get(rule)!) if (!answers.has(q)) open.add(q);
  return base.questions.filter((q) => open.has(q.id)).map((q) => q.id);
}

/** So few ways to complete the answers are tried one by one; beyond, bounds have to do. */
const FEW = 64;

function isSettled(base: Base, answers: Answers, decision: Decision): boolean {
  const open = openQuestions(base, answers);
  const ways = open.reduce((product, q) => product * base.question.get(q)!.options.length, 1);
  if (ways <= FEW) return everyCompletion(base, answers, open, verdictKey(decision));
  if (decision.verdict === NEITHER) return gateStays(base, answers, decision);
  if (base.gates.some((gate) => truth(gate.when, answers) !== false)) return false;
  if (decision.verdict === CONFLICT) return true;
  return decision.verdict !== EITHER && leadStays(base, answers, decision);
}

function everyCompletion(base: Base, answers: Answers, open: readonly string[], key: string): boolean {
  const [first, ...rest] = open;
  if (first === undefined) return verdictKey(decide(base, answers)) === key;
  return base.question
    .get(first)!
    .options.every((option) => everyCompletion(base, new Map(answers).set(first, option.id), rest, key));
}

/** The gate is open for good, and none before it can open to something else. */
function gateStays(base: Base, answers: Answers, { gate }: Decision): boolean {
  const before = base.gates.slice(0, base.gates.indexOf(gate!));
  return (
    truth(gate!.when, answers) === true &&
    before.every((other) => other.outcome === gate!.outcome || truth(other.when, answers) === false)
  );
}

/** One mode of the product cannot be ruled out, and is ahead of every other product's by more than the band. */
function leadStays(base: Base, answers: Answers, { verdict }: Decision): boolean {
  const { modes } = assess(base, answers);
  const rivals = modes.filter((m) => m.mode.product !== verdict && m.vetoes.length === 0);
  return modes
    .filter((m) => m.mode.product === verdict && m.vetoes.length === 0 && m.mayVeto.length === 0)
    .some((m) => rivals.every((r) => leadBounds(base, answers, m.mode.id, r.mode.id).low > BAND));
}

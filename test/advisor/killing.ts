import { assess } from "../../src/advisor/assess.ts";
import { type Base, createBase, withAssumptions } from "../../src/advisor/base.ts";
import { problemsOfKnowledge } from "../../src/advisor/check.ts";
import type { Answers } from "../../src/advisor/condition.ts";
import { BOTH, consolidate } from "../../src/advisor/consolidate.ts";
import { type Decision, decideFrom, EITHER, NEITHER, verdictKey } from "../../src/advisor/decide.ts";
import type { Claim, Knowledge, Rule } from "../../src/advisor/knowledge.ts";
import { notesFor } from "../../src/advisor/notes.ts";
import { answersOf } from "../../src/advisor/sheet.ts";
import { stepsBack } from "./laws.ts";
import { flippedSheet, flipsIn, type Scenario, sheetOf, verdictBy } from "./support.ts";

/** What rules are held against: the scenarios, and sheets on which the laws must hold. */
export interface Bench {
  readonly knowledge: Knowledge;
  readonly claims: readonly Claim[];
  readonly scenarios: readonly Scenario[];
  readonly samples: readonly Answers[];
}

/** The first thing that is wrong with these rules, cheapest check first; undefined: nothing would be noticed. */
export function firstComplaint(bench: Bench, rules: readonly Rule[]): string | undefined {
  const knowledge = { ...bench.knowledge, rules };
  const base = createBase(knowledge);
  for (const scenario of bench.scenarios) {
    const complaint = scenarioComplaint(base, scenario);
    if (complaint !== undefined) return complaint;
  }
  const [problem] = problemsOfKnowledge(knowledge, bench.claims);
  if (problem !== undefined) return problem;
  for (const answers of bench.samples) {
    const [step] = stepsBack(base, answers);
    if (step !== undefined) return step;
  }
  return undefined;
}

/** What a scenario states and these rules do not do. */
function scenarioComplaint(base: Base, scenario: Scenario): string | undefined {
  const sheet = sheetOf(scenario);
  const judged = sheet.flows.map((flow) => {
    const assessment = assess(base, withAssumptions(base, answersOf(sheet, flow)));
    return { flow, assessment, decision: decideFrom(base, assessment) };
  });
  const decisions = judged.map((j) => j.decision);
  const { verdict } = consolidate(base, sheet.global, decisions);
  const said = verdict === NEITHER ? verdictKey(decisions[0]!) : verdict;
  if (!scenario.expect.includes(said)) return `${scenario.id}: ${said}`;
  if (scenario.each && decisions.map(verdictKey).join() !== scenario.each.join())
    return `${scenario.id}: ${decisions.map(verdictKey).join()}`;
  if (scenario.mode && decisions[0]!.best[0]?.mode.id !== scenario.mode)
    return `${scenario.id}: ${decisions[0]!.best[0]?.mode.id}`;
  for (const flip of flipsIn(scenario)) {
    const flipped = verdictBy(base, flippedSheet(scenario, flip));
    if (flipped !== flip.to) return `${scenario.id}: ${JSON.stringify(flip)} leads to ${flipped}`;
  }
  const named = judged.flatMap(({ flow, assessment, decision }) => {
    const modes = assessment.modes.map((m) => ({ assessment: m, range: { low: m.score, high: m.score } }));
    const notes = notesFor(
      base,
      {
        flow,
        answers: answersOf(sheet, flow),
        decision,
        modes,
        confidence: "open",
        reasons: [],
        against: [],
        ruledOut: [],
        flips: [],
        open: [],
      },
      verdict === BOTH,
    );
    return [
      ...ruling(
        decision,
        assessment.modes.flatMap((m) => m.vetoes),
      ),
      ...notes,
    ].map((r) => r.id);
  });
  const missing = scenario.mentions.find((id) => !named.includes(id));
  if (missing !== undefined) return `${scenario.id}: ${missing} is not mentioned`;
  const loud = scenario.silent?.find((id) => named.includes(id));
  return loud === undefined ? undefined : `${scenario.id}: ${loud} is mentioned`;
}

/** Rules that decide, or speak for what is recommended: a rule that spoke against it would be turned round. */
function ruling(
  { verdict, gate, best: [first, second] }: Decision,
  vetoes: readonly Rule[],
): readonly Rule[] {
  const points = (mode: typeof first, rule: Rule) =>
    mode?.contributions.find((c) => c.rule === rule)?.points ?? 0;
  const fired = [first, second].flatMap((mode) => mode?.contributions.map((c) => c.rule) ?? []);
  return [
    ...(gate === undefined ? [] : [gate]),
    ...vetoes,
    ...fired.filter(
      (rule) =>
        points(first, rule) > 0 ||
        points(first, rule) > points(second, rule) ||
        // Of a tie both are recommended.
        (verdict === EITHER && points(second, rule) > 0),
    ),
  ];
}

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parse } from "yaml";
import { type Advice, advise } from "../../src/advisor/advice.ts";
import { type Base, createBase, withAssumptions } from "../../src/advisor/base.ts";
import type { Answers } from "../../src/advisor/condition.ts";
import { consolidate } from "../../src/advisor/consolidate.ts";
import { decide, NEITHER, verdictKey } from "../../src/advisor/decide.ts";
import { readKnowledge } from "../../src/advisor/input/read-knowledge.ts";
import type { Rule } from "../../src/advisor/knowledge.ts";
import { answersOf, type Sheet } from "../../src/advisor/sheet.ts";

type Plain = Readonly<Record<string, string>>;

/** One entry of scenarios.yaml. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly source?: string;
  readonly global?: Plain;
  readonly flows: readonly Plain[];
  readonly expect: readonly string[];
  readonly each?: readonly string[];
  readonly mode?: string;
  readonly mentions: readonly string[];
  /** Rules that would be beside the point. */
  readonly silent?: readonly string[];
  /** One answer of the first flow that changes the verdict, and to what. */
  readonly flip?: Flip;
  /** More of them: where its borders are. */
  readonly also?: readonly Flip[];
}

type Flip = Plain & { readonly to: string };

export const base = createBase(readKnowledge());

export const scenarios = parse(
  readFileSync(new URL("./scenarios.yaml", import.meta.url), "utf8"),
) as readonly Scenario[];

export function sheetOf({ title, global = {}, flows }: Pick<Scenario, "title" | "global" | "flows">): Sheet {
  return {
    title,
    global: new Map(Object.entries(global)),
    flows: flows.map((flow) => ({ answers: new Map(Object.entries(flow)) })),
  };
}

/** Every single answer that a scenario states a verdict for. */
export function flipsIn({ flip, also = [] }: Scenario): readonly Flip[] {
  return flip === undefined ? also : [flip, ...also];
}

/** The sheet of a scenario with one answer changed. */
export function flippedSheet(scenario: Scenario, { to: _, ...answer }: Flip): Sheet {
  const [question = ""] = Object.keys(answer);
  const isGlobal = base.question.get(question)!.scope === "global";
  return sheetOf({
    ...scenario,
    global: { ...scenario.global, ...(isGlobal ? answer : {}) },
    flows: [{ ...scenario.flows[0], ...(isGlobal ? {} : answer) }],
  });
}

const known = new WeakMap<object, Advice>();

/** What the advisor says about a scenario; asked again, the same. */
export function adviceOn(scenario: Pick<Scenario, "title" | "global" | "flows">): Advice {
  const advice = known.get(scenario) ?? advise(base, sheetOf(scenario));
  known.set(scenario, advice);
  return advice;
}

/** The verdict alone, as scenarios write it, by any knowledge: much quicker than an advice. */
export function verdictBy(by: Base, sheet: Sheet): string {
  const decisions = sheet.flows.map((flow) => decide(by, withAssumptions(by, answersOf(sheet, flow))));
  const { verdict } = consolidate(by, sheet.global, decisions);
  return verdict === NEITHER ? verdictKey(decisions[0]!) : verdict;
}

/** As scenarios write it: a verdict, or the outcome where no broker is best. */
export function verdictOf({ verdict, flows }: Advice): string {
  return verdict === NEITHER ? verdictKey(flows[0]!.decision) : verdict;
}

/** Every rule that an advice names, for or against or beside. */
export function rulesIn(advice: Advice): readonly Rule[] {
  return advice.flows.flatMap((f) => [
    ...(f.decision.gate === undefined ? [] : [f.decision.gate]),
    ...f.modes.flatMap((m) => m.assessment.vetoes),
    ...f.reasons.map((r) => r.rule),
    ...f.against.map((r) => r.rule),
    ...f.notes,
  ]);
}

/** Any answers, few or many. */
export const sheets: fc.Arbitrary<Answers> = fc
  .tuple(...base.questions.map((q) => fc.option(fc.constantFrom(...q.options.map((o) => o.id)), { freq: 2 })))
  .map(
    (picked) => new Map(picked.flatMap((p, i) => (p === null ? [] : [[base.questions[i]!.id, p] as const]))),
  );

/** A few answers, as people give them. */
export const fewAnswers = fc
  .tuple(sheets, fc.array(fc.nat(), { minLength: 1, maxLength: 8 }))
  .map(([answers, picks]) => {
    const all = [...answers];
    return new Map(picks.flatMap((p) => (all.length === 0 ? [] : [all[p % all.length]!])));
  });

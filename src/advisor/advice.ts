import type { ModeAssessment } from "./assess.ts";
import { assess } from "./assess.ts";
import { type Base, withAssumptions, withNeutralRest } from "./base.ts";
import { type Interval, scoreBounds } from "./bounds.ts";
import { type Clash, clashOf } from "./clash.ts";
import type { Answers } from "./condition.ts";
import { type Confidence, confidenceOf } from "./confidence.ts";
import { BOTH, type Consolidation, consolidate } from "./consolidate.ts";
import { CONFLICT, type Decision, decideFrom, EITHER } from "./decide.ts";
import { type Flip, flipsOf, nextQuestions, type OpenQuestion } from "./flips.ts";
import type { NoteRule, ScoreRule, VetoRule } from "./knowledge.ts";
import { notesFor } from "./notes.ts";
import { answersOf, type FlowSheet, type Sheet } from "./sheet.ts";

/** A rule, and what it does to the recommended mode. */
export interface Reason {
  readonly rule: ScoreRule;
  /** What it gives the mode. */
  readonly points: number;
  /** By how much it puts the mode ahead of the other product's best; negative: behind. */
  readonly lead: number;
}

/** A mode with the scores that are possible. */
export interface Scored {
  readonly assessment: ModeAssessment;
  readonly range: Interval;
}

export interface FlowAdvice {
  readonly flow: FlowSheet;
  /** With what the sheet says of the whole system, without assumptions. */
  readonly answers: Answers;
  readonly decision: Decision;
  readonly confidence: Confidence;
  /** Every mode. */
  readonly modes: readonly Scored[];
  /** For the recommended mode, strongest first. */
  readonly reasons: readonly Reason[];
  /** Against it, strongest first. */
  readonly against: readonly Reason[];
  /** What rules out each product that is ruled out altogether. */
  readonly ruledOut: readonly { readonly product: string; readonly rules: readonly VetoRule[] }[];
  readonly flips: readonly Flip[];
  /** Best question first. */
  readonly open: readonly OpenQuestion[];
  readonly clash?: Clash;
  readonly notes: readonly NoteRule[];
}

export interface Advice {
  readonly sheet: Sheet;
  /** Over all flows: a product, or `either`, `both`, `neither`, `conflict`. */
  readonly verdict: string;
  readonly confidence: Confidence;
  readonly consolidation: Consolidation;
  readonly flows: readonly FlowAdvice[];
  /** Questions that nobody answered and what was assumed of them. */
  readonly assumed: Answers;
}

/** What the rules say about an answer sheet. The sheet has at least one flow. */
export function advise(known: Base, sheet: Sheet): Advice {
  const base = sheet.isRestNeutral ? withNeutralRest(known) : known;
  const judged = sheet.flows.map((flow) => judge(base, flow, answersOf(sheet, flow)));
  const consolidation = consolidate(
    base,
    globalOf(base, sheet),
    judged.map((f) => f.decision),
  );
  const isBoth = consolidation.verdict === BOTH;
  const flows = judged.map((f) => ({ ...f, notes: notesFor(base, f, isBoth) }));
  return {
    sheet,
    verdict: consolidation.verdict,
    confidence: confidenceOfAll(flows, consolidation),
    consolidation,
    flows,
    assumed: assumptionsOf(base, sheet),
  };
}

function judge(base: Base, flow: FlowSheet, answers: Answers): Omit<FlowAdvice, "notes"> {
  const known = withAssumptions(base, answers);
  const assessment = assess(base, known);
  const decision = decideFrom(base, assessment);
  const compared = reasonsOf(decision);
  return {
    flow,
    answers,
    decision,
    confidence: confidenceOf(base, known, decision),
    modes: assessment.modes.map((m) => ({ assessment: m, range: scoreBounds(base, known, m.mode.id) })),
    reasons: compared
      .filter((r) => r.lead > 0 || (r.points > 0 && r.lead === 0))
      .sort((a, b) => worthOf(b) - worthOf(a) || b.lead - a.lead),
    against: compared.filter((r) => r.points < 0 || r.lead < 0).sort((a, b) => a.lead - b.lead),
    ruledOut: base.products
      .map((product) => assessment.modes.filter((m) => m.mode.product === product))
      .filter((modes) => modes.every((m) => m.vetoes.length > 0))
      .map((modes) => ({
        product: modes[0]!.mode.product,
        rules: [...new Set(modes.flatMap((m) => m.vetoes))],
      })),
    flips: flipsOf(base, known, decision),
    open: nextQuestions(base, known, decision),
    ...(decision.verdict === CONFLICT ? { clash: clashOf(base, known) } : {}),
  };
}

/** What a reason is worth: what it gives the mode, or takes from its rival. */
export function worthOf({ points, lead }: Reason): number {
  return Math.max(points, lead);
}

/** Rule by rule, what the recommended mode has, and how much more that is than what its best rival has. */
function reasonsOf({ best: [first, second] }: Decision): readonly Reason[] {
  const own = pointsOf(first);
  const rival = pointsOf(second);
  return [...new Set([...own.keys(), ...rival.keys()])].map((rule) => {
    const points = own.get(rule) ?? 0;
    return { rule, points, lead: points - (rival.get(rule) ?? 0) };
  });
}

function pointsOf(mode: ModeAssessment | undefined): ReadonlyMap<ScoreRule, number> {
  return new Map(mode?.contributions.map((c) => [c.rule, c.points]));
}

/** Answers about the whole system; where only one flow gives one, it is taken from there. */
function globalOf(base: Base, sheet: Sheet): Answers {
  const global = new Map(sheet.global);
  for (const { answers } of sheet.flows)
    for (const [q, option] of answers)
      if (base.question.get(q)?.scope === "global" && !global.has(q)) global.set(q, option);
  return global;
}

/**
 * The least sure of the flows. Several flows are settled only where all of them agree whatever comes: what one product
 * for all would lose still depends on the scores.
 */
function confidenceOfAll(flows: readonly FlowAdvice[], { verdict }: Consolidation): Confidence {
  const all = flows.map((f) => f.confidence);
  if (flows.length === 1) return all[0]!;
  if (all.includes("open") || verdict === EITHER) return "open";
  const isShared = flows.every((f) => f.decision.verdict === verdict || f.decision.gate !== undefined);
  return isShared && all.every((c) => c === "settled") ? "settled" : "leaning";
}

function assumptionsOf(base: Base, sheet: Sheet): Answers {
  const assumed = new Map<string, string>();
  for (const flow of sheet.flows) {
    const answers = answersOf(sheet, flow);
    for (const [q, option] of withAssumptions(base, answers)) if (!answers.has(q)) assumed.set(q, option);
  }
  return assumed;
}

import type { FlowAdvice } from "./advice.ts";
import { type Base, withAssumptions } from "./base.ts";
import { atomsOf, holds } from "./condition.ts";
import { BOTH } from "./consolidate.ts";
import { CONFLICT, EITHER, NEITHER } from "./decide.ts";
import type { NoteRule } from "./knowledge.ts";

/**
 * Notes that apply to a flow, those first that depend on most of what was said: a note about priority tells more to
 * somebody who asked for priority than one about messages at large.
 */
export function notesFor(base: Base, flow: Omit<FlowAdvice, "notes">, isBoth: boolean): readonly NoteRule[] {
  const about = new Set([...recommended(flow), ...(isBoth ? [BOTH] : [])]);
  const known = withAssumptions(base, flow.answers);
  return base.notes
    .filter(
      (note) => holds(note.when, known) && (note.for === undefined || note.for.some((id) => about.has(id))),
    )
    .map((note) => ({ note, fit: fitOf(note, flow) }))
    .sort((a, b) => b.fit - a.fit)
    .map(({ note }) => note);
}

/** Modes and outcomes that the verdict names: of a tie or a conflict all that are left, or all. */
function recommended({ decision, modes }: Omit<FlowAdvice, "notes">): readonly string[] {
  if (decision.verdict === NEITHER) return [decision.gate!.outcome];
  if (decision.verdict === CONFLICT) return modes.map((m) => m.assessment.mode.id);
  const best = decision.verdict === EITHER ? decision.best : decision.best.slice(0, 1);
  return best.map((m) => m.mode.id);
}

/** How many answers a note rests on; the kind of message is what every flow has, and counts least. */
function fitOf(note: NoteRule, flow: Pick<FlowAdvice, "answers">): number {
  const met = new Set(
    atomsOf(note.when)
      .filter((a) => !a.isNegated && a.in.includes(flow.answers.get(a.q) ?? ""))
      .map((a) => a.q),
  );
  const answers = [...met].reduce((sum, q) => sum + (q === "kind" ? 0.5 : 1), 0);
  // Of equals, what is about the recommended mode rather than about brokers at large.
  return answers + (note.for === undefined ? 0 : 0.25);
}

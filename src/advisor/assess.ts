import type { Base } from "./base.ts";
import { type Answers, holds, truth } from "./condition.ts";
import type { GateRule, Mode, ScoreRule, VetoRule } from "./knowledge.ts";

export interface Contribution {
  readonly rule: ScoreRule;
  readonly points: number;
}

/** What is known for and against one mode. */
export interface ModeAssessment {
  readonly mode: Mode;
  /** The sum of what is known; an open question adds nothing. */
  readonly score: number;
  readonly contributions: readonly Contribution[];
  readonly vetoes: readonly VetoRule[];
  /** Vetoes that an open question may still bring. */
  readonly mayVeto: readonly VetoRule[];
}

/** One flow, judged by the rules. */
export interface Assessment {
  readonly answers: Answers;
  readonly modes: readonly ModeAssessment[];
  /** Open gates, the deciding one first. */
  readonly gates: readonly GateRule[];
}

/**
 * Gates, vetoes and points of one flow, from what is known.
 * @param answers with the assumptions in it (`withAssumptions`)
 */
export function assess(base: Base, answers: Answers): Assessment {
  const fired = base.scores.filter((rule) => holds(rule.when, answers));
  const vetoes = base.vetoes.map((rule) => [rule, truth(rule.when, answers)] as const);
  const modes = base.modes.map((mode): ModeAssessment => {
    const contributions = fired
      .filter((rule) => rule.score[mode.id] !== undefined)
      .map((rule) => ({ rule, points: rule.score[mode.id]! }));
    const about = vetoes.filter(([rule]) => rule.options.includes(mode.id));
    return {
      mode,
      score: contributions.reduce((sum, c) => sum + c.points, 0),
      contributions,
      vetoes: about.filter(([, value]) => value === true).map(([rule]) => rule),
      mayVeto: about.filter(([, value]) => value === undefined).map(([rule]) => rule),
    };
  });
  return { answers, modes, gates: base.gates.filter((rule) => holds(rule.when, answers)) };
}

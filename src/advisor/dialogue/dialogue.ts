import type { Base } from "../base.ts";
import type { Answers } from "../condition.ts";
import type { Contradiction } from "../contradiction.ts";
import type { Sheet } from "../sheet.ts";

/** What is asked at once: one question, a list to fill in, or all answers to look over. */
export type Screen =
  | { readonly kind: "choice"; readonly question: string }
  | { readonly kind: "form"; readonly group: "must" | "context"; readonly questions: readonly string[] }
  | { readonly kind: "check" };

/** An option; undefined: "I do not know", which is an answer. */
export type Said = string | undefined;

/** What a dialogue is about; it does not change while people talk. */
export interface Topic {
  readonly base: Base;
  readonly contradictions: readonly Contradiction[];
  /** Shape, must-haves and context, and nothing after them. */
  readonly isQuick: boolean;
  /** What was answered before it began. */
  readonly given: Answers;
}

/**
 * How a dialogue ended. `verdict`: with a verdict; `save`: the same, and the answers are wanted as a file; `stopped`:
 * before its end, and the answers are kept; `cut`: the same, because nobody answered any more.
 */
export type Ending = "verdict" | "save" | "stopped" | "cut";

/** A dialogue at one moment. */
export interface Talk {
  /** Screens that were gone through, oldest first. */
  readonly past: readonly Screen[];
  readonly screen: Screen;
  /** What was said, of screens gone through and of this one. */
  readonly said: ReadonlyMap<string, Said>;
  /** Where the cursor stands; -1: nowhere, so that no answer is suggested. */
  readonly row: number;
  /** One of the screens gone through is open again, from the last look over the answers. */
  readonly isChanging: boolean;
  /** It is shown why this is asked. */
  readonly isWhy: boolean;
  /** It is shown where the answers lean to. */
  readonly isLeaning: boolean;
  /** Somebody asked for no more questions. */
  readonly isEnough: boolean;
  /** Why the last step was refused. */
  readonly problem?: Problem;
  readonly ending?: Ending;
}

export type Problem =
  | { readonly kind: "unchosen" }
  | { readonly kind: "contradiction"; readonly text: string };

/** Everything answered so far: what was given, what was said, and what a list without ticks means. */
export function answersSoFar({ base, given }: Topic, { past, said }: Talk): Answers {
  const answers = new Map(given);
  for (const id of blanksOf(past)) {
    const { blank } = base.question.get(id)!;
    if (blank !== undefined && !said.has(id)) answers.set(id, blank);
  }
  for (const [id, option] of said) if (option !== undefined) answers.set(id, option);
  return answers;
}

/** Must-haves that a screen gone through has listed. */
function blanksOf(past: readonly Screen[]): readonly string[] {
  return past.flatMap((s) => (s.kind === "form" && s.group === "must" ? s.questions : []));
}

/** Questions that were put, or answered before the dialogue began. */
export function askedSoFar({ base, given }: Topic, { past, said }: Talk): ReadonlySet<string> {
  const listed = past.flatMap((s) => {
    if (s.kind === "choice") return [s.question];
    if (s.kind === "check") return [];
    // A must-have that means nothing without a tick may still be asked about.
    return s.questions.filter((id) => s.group === "context" || base.question.get(id)!.blank !== undefined);
  });
  return new Set([...given.keys(), ...said.keys(), ...listed]);
}

/** The answers as a sheet of one flow. */
export function sheetSoFar(topic: Topic, talk: Talk, title?: string): Sheet {
  const answers = [...answersSoFar(topic, talk)];
  const of = (scope: string) => new Map(answers.filter(([q]) => topic.base.question.get(q)!.scope === scope));
  return {
    ...(title === undefined ? {} : { title }),
    global: of("global"),
    flows: [{ answers: of("flow") }],
  };
}

import { act, begin } from "../../../src/advisor/dialogue/act.ts";
import type { Talk, Topic } from "../../../src/advisor/dialogue/dialogue.ts";
import { base, type Scenario } from "../support.ts";

type Plain = Readonly<Record<string, string>>;

export const topic: Topic = { base, contradictions: [], isQuick: false, given: new Map() };

/** A dialogue that ended, and every screen that somebody had to go through, the last look among them. */
export interface Played {
  readonly talk: Talk;
  readonly screens: readonly string[];
  /** The dialogue as it came to each of them. */
  readonly talks: readonly Talk[];
}

/** Somebody who knows what a sheet says and nothing else: it ticks, fills in, answers, or does not know. */
export function play(about: Topic, knows: Plain): Played {
  let talk = begin(about, true);
  const screens: string[] = [];
  const talks: Talk[] = [];
  while (talk.ending === undefined) {
    const { screen } = talk;
    talks.push(talk);
    screens.push(
      screen.kind === "choice" ? screen.question : screen.kind === "form" ? screen.group : "check",
    );
    if (screen.kind === "choice")
      talk = act(about, talk, { kind: "say", question: screen.question, option: knows[screen.question] });
    else {
      for (const question of screen.kind === "form" ? screen.questions : []) {
        const option = knows[question];
        if (option !== undefined && option !== base.question.get(question)!.blank)
          talk = act(about, talk, { kind: "say", question, option });
      }
      talk = act(about, talk, { kind: "go" });
    }
  }
  return { talk, screens, talks };
}

/** What somebody knows of each flow of a scenario. */
export function knownOf({ global = {}, flows }: Scenario): readonly Plain[] {
  return flows.map((flow) => ({ ...global, ...flow }));
}

import { contradictionsIn } from "../contradiction.ts";
import { type Ending, type Said, type Screen, sheetSoFar, type Talk, type Topic } from "./dialogue.ts";
import { nextScreen } from "./next-screen.ts";

/** One thing that somebody does. */
export type Act =
  /** Answers the question on the screen, or one line of a list. */
  | { readonly kind: "say"; readonly question: string; readonly option: Said }
  /** Takes the answer to one line of a list away. */
  | { readonly kind: "clear"; readonly question: string }
  /** Goes on from a list; from the last look: to the verdict. */
  | { readonly kind: "go"; readonly ending?: Ending }
  /** Opens a screen gone through again. */
  | { readonly kind: "change"; readonly index: number }
  | { readonly kind: "back" }
  | { readonly kind: "enough" }
  | { readonly kind: "move"; readonly row: number }
  | { readonly kind: "why" }
  | { readonly kind: "leaning" }
  | { readonly kind: "refuse" }
  | { readonly kind: "stop"; readonly ending?: Ending };

/** A dialogue that begins. */
export function begin(topic: Topic, isLeaning: boolean): Talk {
  const blank: Talk = {
    past: [],
    screen: { kind: "check" },
    said: new Map(),
    row: -1,
    isChanging: false,
    isWhy: false,
    isLeaning,
    isEnough: false,
  };
  return arrived(topic, blank, nextScreen(topic, blank));
}

/** The dialogue after something was done; what makes no sense on this screen changes nothing. */
export function act(topic: Topic, before: Talk, what: Act): Talk {
  const { problem: _, ...talk } = before;
  const { screen } = talk;
  switch (what.kind) {
    case "say":
      return said(topic, talk, what.question, what.option);
    case "clear": {
      const without = new Map(talk.said);
      without.delete(what.question);
      return { ...talk, said: without };
    }
    case "go":
      return gone(topic, talk, what.ending ?? "verdict");
    case "change": {
      const again = talk.past[what.index];
      return again === undefined || screen.kind !== "check"
        ? talk
        : arrived(topic, { ...talk, isChanging: true, isEnough: false }, again);
    }
    case "back":
      return back(topic, talk);
    case "enough":
      return talk.past.length === 0 ? talk : arrived(topic, { ...talk, isEnough: true }, { kind: "check" });
    case "move":
      return { ...talk, row: Math.min(Math.max(what.row, 0), rowsOf(topic, talk) - 1) };
    case "why":
      return screen.kind === "check" ? talk : { ...talk, isWhy: !talk.isWhy };
    case "leaning":
      return { ...talk, isLeaning: !talk.isLeaning };
    case "refuse":
      return { ...talk, problem: { kind: "unchosen" } };
    case "stop":
      return { ...talk, ending: what.ending ?? "stopped" };
  }
}

/** Lines of a screen that the cursor can stand on. */
export function rowsOf({ base }: Topic, { screen, past }: Talk): number {
  if (screen.kind === "choice") return base.question.get(screen.question)!.options.length + 1;
  // After the answers: the verdict, and the verdict with a file.
  return screen.kind === "form" ? screen.questions.length : past.length + 2;
}

function said(topic: Topic, talk: Talk, question: string, option: Said): Talk {
  const after: Talk = { ...talk, said: new Map(talk.said).set(question, option) };
  if (talk.screen.kind === "form") return after;
  return passed(topic, talk, after);
}

function gone(topic: Topic, talk: Talk, ending: Ending): Talk {
  if (talk.screen.kind === "check") return { ...talk, ending };
  return talk.screen.kind === "form" ? passed(topic, talk, talk) : talk;
}

/** Behind the screen, unless what was said on it contradicts something else. */
function passed(topic: Topic, before: Talk, after: Talk): Talk {
  const past = after.isChanging ? after.past : [...after.past, after.screen];
  const behind: Talk = { ...after, past };
  const [text] = contradictionsIn(sheetSoFar(topic, behind), topic.contradictions);
  if (text !== undefined) return { ...before, problem: { kind: "contradiction", text } };
  return arrived(topic, { ...behind, isChanging: false }, nextScreen(topic, behind));
}

/** One screen back; what was said stays said, and is shown. */
function back(topic: Topic, talk: Talk): Talk {
  if (talk.isWhy) return { ...talk, isWhy: false };
  if (talk.isChanging) return arrived(topic, { ...talk, isChanging: false }, { kind: "check" });
  const last = talk.past.at(-1);
  if (last === undefined) return talk;
  return arrived(topic, { ...talk, past: talk.past.slice(0, -1), isEnough: false }, last);
}

/** On a screen, with the cursor on what was said there before, and else nowhere: no answer is suggested. */
function arrived(topic: Topic, talk: Talk, screen: Screen): Talk {
  return { ...talk, screen, isWhy: false, row: firstRow(topic, talk, screen) };
}

function firstRow({ base }: Topic, { said: known, past }: Talk, screen: Screen): number {
  if (screen.kind === "form") return 0;
  if (screen.kind === "check") return past.length;
  if (!known.has(screen.question)) return -1;
  const { options } = base.question.get(screen.question)!;
  const index = options.findIndex((o) => o.id === known.get(screen.question));
  return index < 0 ? options.length : index;
}

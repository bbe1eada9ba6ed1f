import type { Question } from "../knowledge.ts";
import { type Act, act, rowsOf } from "./act.ts";
import type { Said, Talk, Topic } from "./dialogue.ts";

/**
 * What a key does on the screen that is shown.
 * @param key the character that it types, or `up`, `down`, `left`, `enter`, `escape`, `interrupt`
 */
export function press(topic: Topic, talk: Talk, key: string): Talk {
  const what = meaningOf(topic, talk, key);
  return what === undefined ? talk : act(topic, talk, what);
}

function meaningOf(topic: Topic, talk: Talk, key: string): Act | undefined {
  switch (key) {
    case "interrupt":
      return { kind: "stop" };
    case "?":
      return { kind: "why" };
    case "l":
      return { kind: "leaning" };
    case "left":
    case "escape":
    case "b":
      return { kind: "back" };
    case "v":
      return { kind: "enough" };
    case "up":
      return { kind: "move", row: movedRow(topic, talk, -1) };
    case "down":
      return { kind: "move", row: movedRow(topic, talk, 1) };
    case "enter":
      return entered(topic, talk);
    case " ":
      return talk.screen.kind === "form" ? nextTick(topic, talk) : entered(topic, talk);
    default:
      return /^\d$/.test(key) ? numbered(topic, talk, Number(key)) : undefined;
  }
}

/** From above the first or below the last row round to the other end. */
function movedRow(topic: Topic, talk: Talk, by: 1 | -1): number {
  const rows = rowsOf(topic, talk);
  if (talk.row < 0) return by > 0 ? 0 : rows - 1;
  return (talk.row + rows + by) % rows;
}

function entered({ base }: Topic, talk: Talk): Act {
  const { screen, row, past } = talk;
  if (screen.kind === "form") return { kind: "go" };
  if (screen.kind === "check") {
    if (row < past.length) return { kind: "change", index: row };
    return { kind: "go", ending: row === past.length ? "verdict" : "save" };
  }
  if (row < 0) return { kind: "refuse" };
  const { id, options } = base.question.get(screen.question)!;
  return { kind: "say", question: id, option: options[row]?.id };
}

/** The number of an option; 0: I do not know. */
function numbered({ base }: Topic, talk: Talk, number: number): Act | undefined {
  const { screen, row } = talk;
  if (screen.kind === "check") return undefined;
  const question = base.question.get(screen.kind === "form" ? screen.questions[row]! : screen.question)!;
  const option = question.options[number - 1];
  if (option === undefined && number !== 0) return undefined;
  return { kind: "say", question: question.id, option: option?.id };
}

/** In a list, a further tick is the next answer; after "I do not know" the line is empty again. */
function nextTick({ base }: Topic, { screen, row, said }: Talk): Act | undefined {
  if (screen.kind !== "form") return undefined;
  const question = base.question.get(screen.questions[row]!)!;
  const ticks: readonly Said[] = [...ticksOf(question), undefined];
  const index = said.has(question.id) ? ticks.indexOf(said.get(question.id)) : -1;
  if (index === ticks.length - 1) return { kind: "clear", question: question.id };
  return { kind: "say", question: question.id, option: ticks[index + 1] };
}

/** What the first, the second, … tick of a question means. */
export function ticksOf(question: Question): readonly string[] {
  return question.tick ?? question.options.map((o) => o.id);
}

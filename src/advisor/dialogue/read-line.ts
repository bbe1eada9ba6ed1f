import { optionNamed } from "../named.ts";
import { act, begin } from "./act.ts";
import type { Talk, Topic } from "./dialogue.ts";
import { ticksOf } from "./press.ts";

/**
 * A dialogue by lines of text. A list is put as one line of numbers (must-haves) or question by question (context), and
 * so are must-haves that may mean several things.
 */
export interface Reading {
  readonly talk: Talk;
  /** Questions of the list on the screen that are still put one by one, the next first. */
  readonly asking: readonly string[];
  /** What was typed and not understood. */
  readonly misread?: string;
}

export function beginReading(topic: Topic, isLeaning: boolean): Reading {
  return arrived(begin(topic, isLeaning));
}

/** The question that the next line answers; undefined: it is about the whole screen. */
export function askedNow({ talk: { screen }, asking }: Reading): string | undefined {
  return screen.kind === "choice" ? screen.question : asking[0];
}

/** The dialogue after a line was typed. */
export function readLine(topic: Topic, before: Reading, line: string): Reading {
  const { misread: _, talk: shown, asking } = before;
  // Why it is asked is said once.
  const talk: Talk = { ...shown, isWhy: false };
  const reading: Reading = { talk, asking };
  const text = line.trim();
  const misread: Reading = { ...reading, misread: text };
  switch (text.toLowerCase()) {
    case "?":
      return talk.screen.kind === "check" ? misread : { ...reading, talk: { ...talk, isWhy: true } };
    case "l":
      return { ...reading, talk: act(topic, talk, { kind: "leaning" }) };
    case "b":
      return reading.asking.length > 0 ? arrived(talk) : arrived(act(topic, talk, { kind: "back" }));
    case "v":
      return arrived(act(topic, talk, { kind: "enough" }));
    case "q":
      return { ...reading, talk: act(topic, talk, { kind: "stop" }) };
  }
  const question = askedNow(reading);
  if (question !== undefined) return answered(topic, reading, question, text) ?? misread;
  return (talk.screen.kind === "form" ? ticked(topic, talk, text) : looked(topic, talk, text)) ?? misread;
}

/** On a new screen: context is put question by question. */
function arrived(talk: Talk): Reading {
  const { screen } = talk;
  const isEach = screen.kind === "form" && screen.group === "context";
  return { talk, asking: isEach ? screen.questions : [] };
}

/** One question: a number, the option's name, 0 for "I do not know"; of a list also nothing. */
function answered(topic: Topic, { talk, asking }: Reading, id: string, text: string): Reading | undefined {
  const question = topic.base.question.get(id)!;
  const isListed = talk.screen.kind === "form";
  if (text === "" && !isListed) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : undefined;
  const byNumber = number === undefined ? undefined : number === 0 ? { option: undefined } : optionAt();
  const named = text === "" ? undefined : (byNumber ?? optionNamed(question, text));
  if (named !== undefined && "problem" in named) return undefined;
  const after =
    named === undefined ? talk : act(topic, talk, { kind: "say", question: id, option: named.option });
  if (!isListed) return after.problem === undefined ? arrived(after) : { talk: after, asking };
  const rest = asking.slice(1);
  return rest.length > 0 ? { talk: after, asking: rest } : left(topic, after);

  function optionAt() {
    const option = question.options[number! - 1];
    return option === undefined ? undefined : { option: option.id };
  }
}

/** Numbers of must-haves, `4?` for one that is not decided, nothing for none. */
function ticked(topic: Topic, talk: Talk, text: string): Reading | undefined {
  if (talk.screen.kind !== "form") return undefined;
  const { questions } = talk.screen;
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const picks = new Map<string, boolean>();
  for (const word of words) {
    const [, number, mark] = /^(\d+)(\??)$/.exec(word) ?? [];
    const id = questions[Number(number) - 1];
    if (id === undefined) return undefined;
    picks.set(id, mark === "?");
  }
  const asking: string[] = [];
  let after = talk;
  for (const id of questions) {
    const isOpen = picks.get(id);
    const ticks = ticksOf(topic.base.question.get(id)!);
    if (isOpen === undefined) after = act(topic, after, { kind: "clear", question: id });
    else if (!isOpen && ticks.length > 1) asking.push(id);
    else after = act(topic, after, { kind: "say", question: id, option: isOpen ? undefined : ticks[0] });
  }
  return asking.length > 0 ? { talk: after, asking } : left(topic, after);
}

function left(topic: Topic, talk: Talk): Reading {
  return arrived(act(topic, talk, { kind: "go" }));
}

/** The last look: nothing for the verdict, `s` for it and a file, a number to change an answer. */
function looked(topic: Topic, talk: Talk, text: string): Reading | undefined {
  if (text === "") return arrived(act(topic, talk, { kind: "go", ending: "verdict" }));
  if (text.toLowerCase() === "s") return arrived(act(topic, talk, { kind: "go", ending: "save" }));
  const index = Number(text) - 1;
  if (!/^\d+$/.test(text) || talk.past[index] === undefined) return undefined;
  return arrived(act(topic, talk, { kind: "change", index }));
}

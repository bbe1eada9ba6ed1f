import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { askedNow, type Reading } from "../../../advisor/dialogue/read-line.ts";
import { wrap } from "../../../report/table.ts";
import {
  checkLines,
  formLines,
  introOf,
  leaningText,
  problemText,
  titleOf,
  unaskedText,
  type Voice,
} from "./screen-text.ts";
import { whyOf } from "./why-text.ts";

/** What is said before a line is read: the question with its answers where it is a new one, and what can be typed. */
export function promptText(
  voice: Voice,
  reading: Reading,
  before: Reading | undefined,
  file: string,
): string {
  const { talk } = reading;
  const asked = askedNow(reading);
  const isNew = before === undefined || before.talk.screen !== talk.screen || askedNow(before) !== asked;
  const isLeaningNow = talk.isLeaning && (isNew || before?.talk.isLeaning === false);
  const problem = problemText(voice, talk);
  return [
    ...(reading.misread === undefined ? [] : misreadLines(voice, reading.misread)),
    ...(problem === undefined ? [] : wrap(problem, 0)),
    ...(talk.isWhy ? whyLines(voice, reading) : []),
    ...(isNew ? ["", ...questionLines(voice, reading, before)] : []),
    ...(isLeaningNow ? wrap(leaningText(voice, talk), 0) : []),
    ...(isNew && talk.screen.kind === "check" ? wrap(unaskedText(voice, talk), 0) : []),
    // Once, and where somebody seems not to know.
    ...(before === undefined || reading.misread !== undefined
      ? wrap(voice.speaker.words.say("dialogue.line.also"), 0)
      : []),
    ...wrap(voice.speaker.words.say(promptKey(reading), { file }), 0),
    "",
  ].join("\n");
}

function promptKey(reading: Reading): string {
  const { screen } = reading.talk;
  if (askedNow(reading) !== undefined) return `dialogue.line.${screen.kind === "form" ? "listed" : "choice"}`;
  return `dialogue.line.${screen.kind === "form" ? "must" : "check"}`;
}

function misreadLines({ speaker: { words } }: Voice, text: string): readonly string[] {
  return wrap(words.say("dialogue.problem.misread", { text }), 0);
}

function questionLines(voice: Voice, reading: Reading, before: Reading | undefined): readonly string[] {
  const { base, words } = voice.speaker;
  const { talk } = reading;
  const isNewScreen = before?.talk.screen !== talk.screen;
  const asked = askedNow(reading);
  const intro = introOf(voice, talk.screen);
  const heading = isNewScreen
    ? [
        words.say("dialogue.step", { number: talk.past.length + 1 }),
        ...(talk.screen.kind === "choice" ? [] : wrap(titleOf(voice, talk.screen), 0)),
        ...(intro === undefined ? [] : wrap(intro, 0)),
      ]
    : [];
  if (asked === undefined) return [...heading, ...listLines(voice, talk)];
  const question = base.question.get(asked)!;
  return [
    ...heading,
    ...wrap(words.ask(question), 0),
    ...question.options.flatMap((o, i) => wrap(words.option(question, o.id), 2, `${i + 1}. `)),
    ...wrap(words.say("dialogue.unknown"), 2, "0. "),
  ];
}

function listLines(voice: Voice, talk: Talk): readonly string[] {
  const lines =
    talk.screen.kind === "form"
      ? formLines(voice, talk).map((l) => l.label)
      : checkLines(voice, talk).map((l) => `${l.label}: ${l.answer}`);
  return lines.flatMap((text, i) => wrap(text, 2, `${i + 1}. `));
}

function whyLines(voice: Voice, reading: Reading): readonly string[] {
  const { words } = voice.speaker;
  const { screen } = reading.talk;
  const asked = askedNow(reading);
  const questions = asked !== undefined ? [asked] : screen.kind === "form" ? screen.questions : [];
  // Of a whole list the reasons alone: what each answer does is said where one is put by itself.
  return questions.flatMap((id, i) => {
    const { ask, why, answers } = whyOf(voice, reading.talk, id);
    if (asked === undefined) return wrap(`${ask} ${why}`, 0, `${i + 1}. `);
    return [
      ...wrap(`${words.say("dialogue.why")}: ${why}`, 0),
      ...answers.flatMap(({ option, effect, because }, n) =>
        wrap(`${option}: ${effect}. ${because[0] ?? ""}`.trimEnd(), 2, `${n + 1}. `),
      ),
    ];
  });
}

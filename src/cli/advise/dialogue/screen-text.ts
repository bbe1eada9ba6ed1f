import { withAssumptions } from "../../../advisor/base.ts";
import { CONFLICT, EITHER } from "../../../advisor/decide.ts";
import { answersSoFar, type Screen, type Talk, type Topic } from "../../../advisor/dialogue/dialogue.ts";
import { leaningOf, unaskedOf } from "../../../advisor/dialogue/leaning.ts";
import type { Question } from "../../../advisor/knowledge.ts";
import { outcomeName, recommendation, type Speaker, verdictName } from "../phrases.ts";

/** What a dialogue says needs words, and the topic that it is about. */
export interface Voice {
  readonly speaker: Speaker;
  readonly topic: Topic;
}

/** The heading of a screen. */
export function titleOf({ speaker: { base, words } }: Voice, screen: Screen): string {
  if (screen.kind === "choice") return words.ask(base.question.get(screen.question)!);
  return words.say(screen.kind === "form" ? `dialogue.form.${screen.group}` : "dialogue.check");
}

/** What to do on a screen; a single question needs no more than itself. */
export function introOf({ speaker: { words } }: Voice, screen: Screen): string | undefined {
  if (screen.kind === "choice") return undefined;
  return words.say(screen.kind === "form" ? `dialogue.form.${screen.group}.intro` : "dialogue.check.intro");
}

/** Where the answers lean to, in one line. */
export function leaningText({ speaker, topic }: Voice, talk: Talk): string {
  const { words } = speaker;
  if (!talk.isLeaning) return words.say("dialogue.lean.off");
  if (answersSoFar(topic, talk).size === 0) return words.say("dialogue.lean.none");
  const { decision, confidence } = leaningOf(topic, talk);
  const { gate } = decision;
  const what = gate === undefined ? recommendation(speaker, decision) : outcomeName(speaker, gate.outcome);
  const [first, second] = decision.best;
  if (decision.verdict === EITHER)
    return words.say("dialogue.lean.open", { first: first!.mode.name, second: second!.mode.name });
  if (decision.verdict === CONFLICT) return words.say("dialogue.lean.conflict", { what });
  const verdict = verdictName(speaker, decision.verdict).toUpperCase();
  if (confidence === "settled") return words.say("dialogue.lean.settled", { verdict, what });
  return gate === undefined && Number.isFinite(decision.lead)
    ? words.say("dialogue.lean.ahead", { verdict, what, points: decision.lead })
    : words.say("dialogue.lean.leaning", { verdict, what });
}

/** How many questions were spared. */
export function unaskedText({ speaker: { words }, topic }: Voice, talk: Talk): string {
  const { idle, able, isSettled } = unaskedOf(topic, talk);
  const said = [
    ...(idle === 0 ? [] : [words.say(`dialogue.unasked.${isSettled ? "settled" : "idle"}`, { count: idle })]),
    ...(able === 0 ? [] : [words.say("dialogue.unasked.able", { count: able })]),
  ];
  return said.length === 0 ? words.say("dialogue.unasked.none") : said.join(" ");
}

/** One line of a list: what it is about, and what was said. */
export interface FormLine {
  readonly question: Question;
  readonly label: string;
  /** `x` an answer, `?` not known, blank nothing. */
  readonly mark: string;
  readonly answer: string;
}

export function formLines(voice: Voice, talk: Talk): readonly FormLine[] {
  const { screen, said } = talk;
  if (screen.kind !== "form") return [];
  const { base, words } = voice.speaker;
  const assumed = withAssumptions(base, new Map());
  return screen.questions.map((id) => {
    const question = base.question.get(id)!;
    const option = said.get(id);
    const supposed = assumed.get(id);
    const isYesNo = question.tick?.length === 1;
    return {
      question,
      label: screen.group === "must" ? words.say(`must.${id}`) : words.ask(question),
      mark: !said.has(id) ? " " : option === undefined ? "?" : "x",
      answer: said.has(id)
        ? option === undefined
          ? words.say("dialogue.check.unknown")
          : isYesNo
            ? ""
            : shortOf(words.option(question, option))
        : supposed === undefined
          ? ""
          : `(${words.option(question, supposed)})`,
    };
  });
}

/** An answer without what explains it, where there is little room. */
function shortOf(text: string): string {
  return text.replace(/:.*$/, "");
}

/** One screen gone through, and what was said on it. */
export interface CheckLine {
  readonly label: string;
  readonly answer: string;
}

export function checkLines(voice: Voice, talk: Talk): readonly CheckLine[] {
  return talk.past.map((screen) => checkLine(voice, talk, screen));
}

function checkLine({ speaker: { base, words } }: Voice, { said, past }: Talk, screen: Screen): CheckLine {
  const answerOf = (id: string) => {
    const option = said.get(id);
    return option === undefined
      ? words.say("dialogue.check.unknown")
      : words.option(base.question.get(id)!, option);
  };
  if (screen.kind === "choice") return { label: screen.question, answer: answerOf(screen.question) };
  if (screen.kind === "check") return { label: "", answer: "" };
  const isMust = screen.group === "must";
  const parts = screen.questions
    .filter((id) => said.has(id) && !past.some((s) => s.kind === "choice" && s.question === id))
    .map((id) => words.say("dialogue.check.part", { question: id, answer: said.get(id) ?? answerOf(id) }));
  return {
    label: words.say(isMust ? "dialogue.check.must" : "dialogue.check.context"),
    answer: parts.join(", ") || words.say(isMust ? "dialogue.check.none" : "dialogue.check.unsaid"),
  };
}

/** Why the last step was refused. */
export function problemText({ speaker: { words } }: Voice, { problem }: Talk): string | undefined {
  if (problem === undefined) return undefined;
  return problem.kind === "contradiction" ? problem.text : words.say("dialogue.problem.unchosen");
}

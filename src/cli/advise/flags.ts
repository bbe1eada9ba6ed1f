import { Flags } from "@oclif/core";
import { languages, readQuestions } from "../../advisor/input/read-knowledge.ts";
import type { Question, QuestionGroup } from "../../advisor/knowledge.ts";

/** The questions, read once: each is a flag. */
export const QUESTIONS: readonly Question[] = readQuestions();

const GROUPS: Readonly<Record<QuestionGroup, string>> = {
  shape: "WHAT IS SENT",
  must: "MUST-HAVES",
  detail: "THE JOB",
  context: "THE WHOLE SYSTEM",
};

/** `--replay no|nice|must`: one flag for each question; an answer is checked later, so that it can be explained. */
const questionFlags = Object.fromEntries(
  QUESTIONS.map((q) => [
    q.id,
    Flags.string({
      helpGroup: GROUPS[q.group],
      helpValue: q.options.map((o) => o.id).join("|"),
      description: q.ask,
    }),
  ]),
);

export const adviseFlags = {
  ...questionFlags,
  answers: Flags.string({
    helpValue: "PATH",
    description: "answers as YAML, for one flow or several; - reads them from stdin; flags win over it",
  }),
  input: Flags.boolean({
    allowNo: true,
    default: true,
    description: "--no-input: ask nothing, and exit with 2 where a flow does not say what its messages mean",
  }),
  ask: Flags.boolean({
    description:
      "ask on the terminal for what can still change the verdict; without any answer that is done anyway",
  }),
  accessible: Flags.boolean({
    description: "ask by numbered lines of text on stdin and stdout, of which nothing is redrawn",
  }),
  quick: Flags.boolean({
    description: "ask for shape, must-haves and context, and nothing after them",
  }),
  evidence: Flags.string({
    helpValue: "DIR",
    description:
      "results that support or contradict the rules; without it the folder results, where there is one",
  }),
  "no-evidence": Flags.boolean({
    exclusive: ["evidence", "prove"],
    description: "the rules alone, whatever was measured",
  }),
  prove: Flags.boolean({
    description:
      "first run the two or three short experiments that matter most for this verdict, into the folder of evidence",
  }),
  as: Flags.string({
    options: ["text", "markdown", "flowchart"],
    default: "text",
    description:
      "text; markdown: a decision record to commit; flowchart: the rules as a chart, without answers",
  }),
  lang: Flags.string({
    options: languages(),
    default: "en",
    description: "the language of questions, reasons and notes; commands, ids and errors stay English",
  }),
  all: Flags.boolean({ description: "text: every reason, note and open question" }),
  rest: Flags.string({
    options: ["open", "neutral"],
    description:
      "neutral: what is not answered does not matter, and leaves nothing open; or rest: in the file",
  }),
  "on-open": Flags.string({
    options: ["pass", "fail"],
    default: "pass",
    description: "fail: exit with 5 where what is known does not separate the candidates",
  }),
};

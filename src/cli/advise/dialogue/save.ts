import { existsSync, writeFileSync } from "node:fs";
import type { Sheet } from "../../../advisor/sheet.ts";
import { messageOf, UserError } from "../../../model/errors.ts";
import { flagText, type Speaker } from "../phrases.ts";

const NAME = "mqbench-answers";

/** So many files of answers in one folder, and somebody should tidy up. */
const MOST = 1000;

/** The name that a file of answers would get in this folder: no file is written over. */
export function freeName(): string {
  return candidates().find((name) => !existsSync(name)) ?? `${NAME}.yaml`;
}

/**
 * Writes answers into the folder that one is in.
 * @returns the file's name
 * @throws UserError `NOT_SAVED`
 */
export function saveAnswers(text: string): string {
  for (const name of candidates()) {
    try {
      writeFileSync(name, text, { flag: "wx" });
      return name;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw new UserError(`cannot save the answers: ${messageOf(cause)}`, {
        code: "NOT_SAVED",
        hints: ["Go to a folder that you may write to. The answers were:", ...text.trimEnd().split("\n")],
        cause,
      });
    }
  }
  throw new UserError(`there are ${MOST} files ${NAME}-….yaml here`, {
    code: "NOT_SAVED",
    hints: ["Remove some of them. The answers were:", ...text.trimEnd().split("\n")],
  });
}

function candidates(): readonly string[] {
  return Array.from({ length: MOST }, (_, i) => `${NAME}${i === 0 ? "" : `-${i + 1}`}.yaml`);
}

/** A sheet of one flow as a file that `--answers` takes, each answer under its question. */
export function answersFile({ base, words }: Speaker, sheet: Sheet): string {
  const answers = answersIn(sheet);
  return [
    `# ${words.say("dialogue.file.title")}`,
    ...(sheet.title === undefined ? [] : [`title: ${JSON.stringify(sheet.title)}`]),
    ...base.questions.flatMap((q) => {
      const option = answers.get(q.id);
      return option === undefined
        ? []
        : [`# ${words.ask(q)} ${words.option(q, option)}`, `${q.id}: ${JSON.stringify(option)}`];
    }),
    "",
  ].join("\n");
}

/** The command that gives the same advice without a question, in lines of at most 80 columns. */
export function sameCommand({ base }: Speaker, sheet: Sheet): string {
  const answers = answersIn(sheet);
  const flags = base.questions
    .filter((q) => answers.has(q.id))
    .map((q) => flagText(q.id, answers.get(q.id)!));
  const lines: string[] = [];
  let line = "mqbench advise";
  for (const flag of flags) {
    if (line.length + flag.length + 5 > 80) {
      lines.push(`${line} \\`);
      line = `  ${flag}`;
    } else line += ` ${flag}`;
  }
  return [...lines, line].map((l) => `  ${l}`).join("\n");
}

function answersIn({ global, flows }: Sheet): ReadonlyMap<string, string> {
  return new Map([...global, ...flows[0]!.answers]);
}

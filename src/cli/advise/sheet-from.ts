import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { NEUTRAL } from "../../advisor/condition.ts";
import type { Contradiction } from "../../advisor/contradiction.ts";
import { contradictionsIn } from "../../advisor/contradiction.ts";
import { readSheet } from "../../advisor/input/read-sheet.ts";
import type { Question } from "../../advisor/knowledge.ts";
import { optionNamed } from "../../advisor/named.ts";
import type { Sheet } from "../../advisor/sheet.ts";
import { messageOf, UserError } from "../../model/errors.ts";

/** What was answered by flags and by a file. */
export interface Given {
  /** A path, `-` for stdin, undefined for none. */
  readonly file: string | undefined;
  /** Question → what was written. */
  readonly flags: Readonly<Record<string, string>>;
  /** `neutral` or `open`, where somebody said so: it wins over the file. */
  readonly rest?: string | undefined;
}

/**
 * The answer sheet that flags and file make together; flags win.
 * @throws UserError `NO_ANSWERS_FILE`, `BAD_ANSWERS`
 */
export async function sheetFrom(
  given: Given,
  questions: readonly Question[],
  known: readonly Contradiction[],
): Promise<Sheet> {
  const written = given.file === undefined ? undefined : await readSheetFile(given.file, questions);
  const answered = withFlags(
    written ?? { global: new Map(), flows: [{ answers: new Map() }] },
    given.flags,
    questions,
  );
  const sheet = given.rest === undefined ? answered : { ...answered, isRestNeutral: given.rest === NEUTRAL };
  const contradictions = contradictionsIn(sheet, known);
  if (contradictions.length > 0)
    throw new UserError(contradictions.join("\n  "), {
      code: "BAD_ANSWERS",
      hints: ["Change one of the answers, or leave it out."],
    });
  return sheet;
}

async function readSheetFile(path: string, questions: readonly Question[]): Promise<Sheet> {
  const label = path === "-" ? "stdin" : path;
  let text: string;
  try {
    text = path === "-" ? await readAll(process.stdin) : readFileSync(path, "utf8");
  } catch (cause) {
    throw new UserError(`cannot read the answers in ${label}: ${messageOf(cause)}`, {
      code: "NO_ANSWERS_FILE",
      hints: ["Give --answers the path of a YAML file, or - for stdin."],
      cause,
    });
  }
  return readSheet(text, label, questions);
}

function withFlags(sheet: Sheet, flags: Given["flags"], questions: readonly Question[]): Sheet {
  const global = new Map(sheet.global);
  const flow = new Map(sheet.flows[0]!.answers);
  const problems: string[] = [];
  const hints = new Set<string>();
  for (const question of questions) {
    const written = flags[question.id];
    if (written === undefined) continue;
    const named = optionNamed(question, written);
    if ("problem" in named) {
      problems.push(`--${named.problem}`);
      hints.add(named.hint);
    } else if (question.scope === "flow" && sheet.flows.length > 1) {
      problems.push(`--${question.id} is about one flow, and the answers file has ${sheet.flows.length}`);
      hints.add("Write it into the flow that is meant.");
    } else {
      const answers = question.scope === "flow" ? flow : global;
      // A flow may have its own answer about the whole system: the flag wins there as well.
      if (question.scope === "global") flow.delete(question.id);
      if (named.option === undefined) answers.delete(question.id);
      else answers.set(question.id, named.option);
    }
  }
  if (problems.length > 0)
    throw new UserError(problems.join("\n  "), { code: "BAD_ANSWERS", hints: [...hints] });
  return sheet.flows.length > 1
    ? { ...sheet, global }
    : { ...sheet, global, flows: [{ ...sheet.flows[0], answers: flow }] };
}

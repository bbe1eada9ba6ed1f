import { answersOf, type Sheet } from "../../advisor/sheet.ts";
import { UserError } from "../../model/errors.ts";
import type { Speaker } from "./phrases.ts";

/** The question whose answer everything else hangs on. */
const FIRST = "kind";

/**
 * Refuses a sheet that says nothing; with `isStrict` also one with a flow that does not say what its messages mean.
 * @throws UserError `NO_ANSWERS` with the questions as flags, those first that help most
 */
export function requireAnswers(speaker: Speaker, sheet: Sheet, isStrict: boolean): void {
  const empty = sheet.flows
    .map((flow, i) => ({ flow, i }))
    .filter(({ flow }) => {
      const answers = answersOf(sheet, flow);
      return isStrict
        ? !answers.has(FIRST)
        : answers.size === 0 || (sheet.flows.length > 1 && flow.answers.size === 0);
    });
  if (empty.length === 0) return;
  const { base, words } = speaker;
  const first = empty[0]!;
  const answered = answersOf(sheet, first.flow);
  const lines = base.questions
    .filter((q) => !answered.has(q.id) && q.assume === undefined)
    .map(
      (q) =>
        `  ${words.say("missing.flag", { question: q.id, options: q.options.map((o) => o.id).join("|") })}`,
    );
  const which =
    sheet.flows.length > 1 || answered.size > 0
      ? [words.say("missing.kind", { flow: first.flow.name ?? first.i + 1 })]
      : [];
  throw new UserError([words.say("missing.title"), ...which.map((w) => `  ${w}`), ...lines].join("\n"), {
    code: "NO_ANSWERS",
    hints: [
      "Begin with what one message means: mqbench advise --kind task|event|stream|...",
      "mqbench advise --help says what each question and answer means.",
    ],
  });
}

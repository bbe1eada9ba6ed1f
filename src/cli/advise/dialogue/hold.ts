import type { Contradiction } from "../../../advisor/contradiction.ts";
import { type Ending, sheetSoFar } from "../../../advisor/dialogue/dialogue.ts";
import { answersOf, type Sheet } from "../../../advisor/sheet.ts";
import { UserError } from "../../../model/errors.ts";
import type { Style } from "../../../report/style.ts";
import type { Speaker } from "../phrases.ts";
import { type DialogueMode, SMALLEST } from "./mode.ts";
import { answersFile, freeName, sameCommand, saveAnswers } from "./save.ts";
import { unaskedText, type Voice } from "./screen-text.ts";

export interface Held {
  readonly mode: Exclude<DialogueMode, "none">;
  readonly speaker: Speaker;
  readonly contradictions: readonly Contradiction[];
  /** What was answered before. */
  readonly sheet: Sheet;
  readonly isQuick: boolean;
  readonly style: Style;
  readonly signal: AbortSignal;
}

export interface Conversation {
  readonly ending: Ending;
  readonly sheet: Sheet;
  /** What to say after the verdict, or instead of one. */
  readonly closing: readonly string[];
}

/**
 * Asks what a person can tell about one flow.
 * @throws UserError `NO_DIALOGUE` where there are several; `NOT_SAVED`
 */
export async function holdDialogue(held: Held): Promise<Conversation> {
  const { speaker, contradictions, sheet, isQuick } = held;
  const [flow, another] = sheet.flows;
  if (another !== undefined)
    throw new UserError(`questions are about one flow, and the answers have ${sheet.flows.length}`, {
      code: "NO_DIALOGUE",
      hints: ["Ask about each flow by itself, with a file of its own."],
    });
  const topic = { base: speaker.base, contradictions, isQuick, given: answersOf(sheet, flow!) };
  const voice = { speaker, topic };
  const talk = await talkOf(held, voice);
  const answered = sheetSoFar(topic, talk, sheet.title);
  const ending = talk.ending ?? "stopped";
  return {
    ending,
    sheet: answered,
    closing:
      ending === "stopped" || ending === "cut"
        ? stoppedLines(speaker, ending, answered)
        : [
            unaskedText(voice, talk),
            speaker.words.say("dialogue.after.command"),
            sameCommand(speaker, answered),
            ...(ending === "save" ? savedLines(speaker, answered) : []),
          ],
  };
}

async function talkOf({ mode, style, signal, speaker: { words } }: Held, voice: Voice) {
  const file = freeName();
  if (mode === "screen") {
    // Loaded late: only a dialogue on a terminal draws anything. What React checks for its own developers takes time.
    process.env.NODE_ENV ??= "production";
    const { askOnScreen } = await import("./ask-on-screen.ts");
    return await askOnScreen({ voice, style, file, signal });
  }
  const { askByLine } = await import("./ask-by-line.ts");
  const write = (text: string) => void process.stdout.write(text);
  if (mode === "small") {
    const { columns, rows } = process.stdout;
    const want = { wantColumns: SMALLEST.columns, wantRows: SMALLEST.rows };
    write(`${words.say("dialogue.small", { columns, rows, ...want })}\n`);
  }
  return await askByLine({ voice, style, file, signal, input: process.stdin, write });
}

function stoppedLines(speaker: Speaker, ending: Ending, sheet: Sheet): readonly string[] {
  const { words } = speaker;
  if (sheet.global.size + sheet.flows[0]!.answers.size === 0)
    return [words.say(`dialogue.end.${ending}`), words.say("dialogue.nothing")];
  const file = saveAnswers(answersFile(speaker, sheet));
  return [
    words.say(`dialogue.end.${ending}`),
    words.say("dialogue.kept", { file }),
    `  mqbench advise --answers ${file} --ask`,
  ];
}

function savedLines(speaker: Speaker, sheet: Sheet): readonly string[] {
  const file = saveAnswers(answersFile(speaker, sheet));
  return [speaker.words.say("dialogue.after.saved", { file }), `  mqbench advise --answers ${file}`];
}

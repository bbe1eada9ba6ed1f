import { Box } from "ink";
import type { ReactNode } from "react";
import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { Pointed } from "./choice-view.tsx";
import { Said } from "./said.tsx";
import { checkLines, unaskedText, type Voice } from "./screen-text.ts";

export interface CheckProps {
  readonly voice: Voice;
  readonly talk: Talk;
  readonly file: string;
  /** Lines of the terminal. */
  readonly rows: number;
}

/** Lines of a screen that are no answers: heading, count, the two ways to the verdict, the frame's foot. */
const TAKEN = 12;

/** All answers, to change or to go on from. */
export function CheckView({ voice, talk, file, rows }: CheckProps): ReactNode {
  const { words } = voice.speaker;
  const lines = checkLines(voice, talk);
  const room = Math.max(1, rows - TAKEN);
  // Two lines for each where there is room; many answers get one, and beyond that what is around the cursor.
  const isTight = lines.length * 2 > room;
  const start = Math.max(0, Math.min(talk.row - room + 1, lines.length - room));
  const ends = [words.say("dialogue.verdict"), words.say("dialogue.verdict.save", { file })];
  return (
    <>
      {lines.slice(start, start + room).map(({ label, answer }, i) => (
        <Pointed key={label} isHere={start + i === talk.row} lead={label.padEnd(10)}>
          <Said isCut={isTight} {...(start + i === talk.row ? { tone: "good" } : {})}>
            {answer}
          </Said>
        </Pointed>
      ))}
      <Box marginY={1} flexShrink={0}>
        <Said tone="faint">{unaskedText(voice, talk)}</Said>
      </Box>
      {ends.map((text, i) => (
        <Pointed key={text} isHere={lines.length + i === talk.row} lead="">
          <Said {...(lines.length + i === talk.row ? { tone: "good" } : {})}>{text}</Said>
        </Pointed>
      ))}
    </>
  );
}

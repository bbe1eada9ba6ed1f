import { Box } from "ink";
import type { ReactNode } from "react";
import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { Pointed } from "./choice-view.tsx";
import { Said } from "./said.tsx";
import { type FormLine, formLines, type Voice } from "./screen-text.ts";

export interface FormProps {
  readonly voice: Voice;
  readonly talk: Talk;
  /** Lines of the terminal. */
  readonly rows: number;
}

/** Lines of this screen besides its list and the answers to the line under the cursor. */
const TAKEN = 10;

/** A list to fill in: its lines, and below them what the line under the cursor may be. */
export function FormView({ voice, talk, rows }: FormProps): ReactNode {
  const lines = formLines(voice, talk);
  const here = lines[talk.row];
  return (
    <>
      {lines.map((line, i) => (
        <Pointed key={line.question.id} isHere={i === talk.row} lead={`[${line.mark}]`}>
          <Box flexShrink={0} marginRight={2}>
            <Said {...(i === talk.row ? { tone: "good" } : {})}>{line.label}</Said>
          </Box>
          <Said isCut tone={line.mark === "x" ? "strong" : "faint"}>
            {line.answer}
          </Said>
        </Pointed>
      ))}
      {here === undefined ? null : <Answers voice={voice} line={here} room={rows - TAKEN - lines.length} />}
    </>
  );
}

interface AnswersProps {
  readonly voice: Voice;
  readonly line: FormLine;
  /** Lines that are left for the answers. */
  readonly room: number;
}

/** The question of a line, and its answers with their numbers: one below the other, or side by side. */
function Answers({ voice, line: { question }, room }: AnswersProps): ReactNode {
  const { words } = voice.speaker;
  const answers = [
    ...question.options.map((o, i) => `${i + 1}  ${words.option(question, o.id)}`),
    `0  ${words.say("dialogue.check.unknown")}`,
  ];
  const isColumn = answers.length <= room;
  return (
    <Box flexDirection="column" marginTop={1} flexShrink={0}>
      <Said>{words.ask(question)}</Said>
      <Box {...(isColumn ? { flexDirection: "column" } : { flexWrap: "wrap", columnGap: 3 })} marginLeft={2}>
        {answers.map((text) => (
          <Said key={text}>{text}</Said>
        ))}
      </Box>
    </Box>
  );
}

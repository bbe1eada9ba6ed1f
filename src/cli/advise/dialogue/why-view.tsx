import { Box } from "ink";
import type { ReactNode } from "react";
import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { Said } from "./said.tsx";
import type { Voice } from "./screen-text.ts";
import { type WhyLine, whyOf } from "./why-text.ts";

export interface WhyProps {
  readonly voice: Voice;
  readonly talk: Talk;
  /** Lines of the terminal. */
  readonly rows: number;
}

/** Lines of this screen besides its answers, and lines that an answer with its reason takes. */
const TAKEN = 10;
const EACH = 4;

/** Columns of an answer where many have to fit. */
const NARROW = 36;

/** Why the question is asked, what each answer would do, and by which rule: of many answers of one alone. */
export function WhyView({ voice, talk, rows }: WhyProps): ReactNode {
  const { screen, row } = talk;
  if (screen.kind === "check") return null;
  const { words } = voice.speaker;
  const isForm = screen.kind === "form";
  const { ask, why, answers } = whyOf(voice, talk, isForm ? screen.questions[row]! : screen.question);
  const hasRoom = answers.length * EACH <= rows - TAKEN;
  const here = isForm ? -1 : row;
  return (
    <>
      <Box flexDirection="column" flexShrink={0} marginBottom={1}>
        <Said>{ask}</Said>
        <Said>{why}</Said>
      </Box>
      <Box flexShrink={0}>
        <Said tone="strong">{words.say("dialogue.why.answers")}</Said>
      </Box>
      {answers.map((line, i) => (
        <Answer
          key={line.option}
          line={line}
          isHere={here === i}
          isNarrow={!hasRoom}
          reasons={hasRoom ? 1 : Math.max(here, 0) === i && !isForm ? 2 : 0}
        />
      ))}
    </>
  );
}

interface AnswerProps {
  readonly line: WhyLine;
  readonly isHere: boolean;
  /** One line, cut where it is full. */
  readonly isNarrow: boolean;
  /** How many sentences are shown. */
  readonly reasons: number;
}

function Answer({ line: { option, effect, because }, isHere, isNarrow, reasons }: AnswerProps): ReactNode {
  const tone = isHere ? ({ tone: "good" } as const) : {};
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Box>
        <Box flexShrink={0} marginRight={1}>
          <Said {...tone}>{isHere ? ">" : "·"}</Said>
        </Box>
        {isNarrow ? (
          <>
            <Box width={NARROW} flexShrink={0} marginRight={1}>
              <Said isCut {...tone}>
                {option}
              </Said>
            </Box>
            <Said isCut {...tone}>{`→ ${effect}`}</Said>
          </>
        ) : (
          <Said {...tone}>{`${option} → ${effect}`}</Said>
        )}
      </Box>
      {because.slice(0, reasons).map((text) => (
        <Box key={text} marginLeft={4}>
          <Said tone="faint">{text}</Said>
        </Box>
      ))}
    </Box>
  );
}

import { Box } from "ink";
import type { ReactNode } from "react";
import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { Said } from "./said.tsx";
import type { Voice } from "./screen-text.ts";

export interface ChoiceProps {
  readonly voice: Voice;
  readonly talk: Talk;
  readonly question: string;
}

/** One question with its answers, the last of which is that one does not know. */
export function ChoiceView({ voice: { speaker }, talk: { row }, question }: ChoiceProps): ReactNode {
  const { base, words } = speaker;
  const asked = base.question.get(question)!;
  const answers = [
    ...asked.options.map((o, i) => ({ number: i + 1, text: words.option(asked, o.id) })),
    { number: 0, text: words.say("dialogue.unknown") },
  ];
  return answers.map(({ number, text }, i) => (
    <Pointed key={number} isHere={i === row} lead={String(number)}>
      <Said {...(i === row ? { tone: "good" } : {})}>{text}</Said>
    </Pointed>
  ));
}

export interface PointedProps {
  readonly isHere: boolean;
  readonly lead: string;
  readonly children: ReactNode;
}

/** A line that the cursor can stand on: a sign of it, and what the line begins with. */
export function Pointed({ isHere, lead, children }: PointedProps): ReactNode {
  return (
    <Box flexShrink={0}>
      <Box flexShrink={0} marginRight={2}>
        <Said {...(isHere ? { tone: "good" } : {})}>{`${isHere ? ">" : " "} ${lead}`}</Said>
      </Box>
      {children}
    </Box>
  );
}

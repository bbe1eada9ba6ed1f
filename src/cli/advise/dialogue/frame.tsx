import { Box } from "ink";
import type { ReactNode } from "react";
import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { Said } from "./said.tsx";
import { introOf, leaningText, problemText, titleOf, type Voice } from "./screen-text.ts";

export interface FrameProps {
  readonly voice: Voice;
  readonly talk: Talk;
  readonly children: ReactNode;
}

/** What every screen has: a heading above, and below where the answers lean to and which keys there are. */
export function Frame({ voice, talk, children }: FrameProps): ReactNode {
  const { words } = voice.speaker;
  const { screen, isWhy, past } = talk;
  const intro = introOf(voice, screen);
  const problem = problemText(voice, talk);
  return (
    <Box flexDirection="column" width="100%" height="100%">
      <Box justifyContent="space-between" columnGap={2} flexShrink={0}>
        <Said tone="strong">{isWhy ? words.say("dialogue.why") : titleOf(voice, screen)}</Said>
        <Box flexShrink={0}>
          <Said tone="faint">{words.say("dialogue.step", { number: past.length + 1 })}</Said>
        </Box>
      </Box>
      {intro === undefined || isWhy ? null : (
        <Box flexShrink={0}>
          <Said>{intro}</Said>
        </Box>
      )}
      <Box flexDirection="column" flexGrow={1} overflow="hidden" marginTop={1}>
        {children}
      </Box>
      <Box flexDirection="column" flexShrink={0}>
        {problem === undefined ? null : <Said tone="warn">{problem}</Said>}
        <Said isCut>{leaningText(voice, talk)}</Said>
        <Said tone="faint" isCut>
          {words.say(isWhy ? "dialogue.keys.why" : `dialogue.keys.${screen.kind}`)}
        </Said>
        <Said tone="faint" isCut>
          {words.say("dialogue.keys.stop")}
        </Said>
      </Box>
    </Box>
  );
}

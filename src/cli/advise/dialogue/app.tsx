import { Box, type Key, useApp, useInput, useWindowSize } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { press } from "../../../advisor/dialogue/press.ts";
import type { Style } from "../../../report/style.ts";
import { CheckView } from "./check-view.tsx";
import { ChoiceView } from "./choice-view.tsx";
import { FormView } from "./form-view.tsx";
import { Frame } from "./frame.tsx";
import { StyleContext } from "./said.tsx";
import type { Voice } from "./screen-text.ts";
import { WhyView } from "./why-view.tsx";

export interface AppProps {
  readonly voice: Voice;
  readonly first: Talk;
  readonly style: Style;
  /** Where the answers go, if somebody wants them. */
  readonly file: string;
  /** Called with every step, so that nothing is lost where the end comes from outside. */
  readonly onStep: (talk: Talk) => void;
}

/** Beyond, lines are too long to read, and what belongs together is far apart. */
const LARGEST = { columns: 100, rows: 28 };

/** The dialogue on a terminal: every key is a step of the state machine, every step is drawn. */
export function App({ voice, first, style, file, onStep }: AppProps): ReactNode {
  const [talk, setTalk] = useState(first);
  const { exit } = useApp();
  const size = useWindowSize();
  const columns = Math.min(size.columns, LARGEST.columns);
  const rows = Math.min(size.rows, LARGEST.rows);
  useInput((input, key) => {
    for (const name of keyNames(input, key))
      setTalk((now) => (now.ending === undefined ? press(voice.topic, now, name) : now));
  });
  useEffect(() => {
    onStep(talk);
    if (talk.ending !== undefined) exit();
  }, [talk, onStep, exit]);
  // The last line stays free: a terminal scrolls when it is filled.
  return (
    <StyleContext value={style}>
      <Box width={columns} height={rows - 1}>
        <Frame voice={voice} talk={talk}>
          {viewOf(voice, talk, file, rows)}
        </Frame>
      </Box>
    </StyleContext>
  );
}

function viewOf(voice: Voice, talk: Talk, file: string, rows: number): ReactNode {
  if (talk.isWhy) return <WhyView voice={voice} talk={talk} rows={rows} />;
  switch (talk.screen.kind) {
    case "choice":
      return <ChoiceView voice={voice} talk={talk} question={talk.screen.question} />;
    case "form":
      return <FormView voice={voice} talk={talk} rows={rows} />;
    case "check":
      return <CheckView voice={voice} talk={talk} file={file} rows={rows} />;
  }
}

/** Keys as the state machine calls them; what was pasted comes as one piece. */
function keyNames(input: string, key: Key): readonly string[] {
  if (key.ctrl) return input === "c" ? ["interrupt"] : [];
  if (key.upArrow) return ["up"];
  if (key.downArrow) return ["down"];
  if (key.leftArrow) return ["left"];
  if (key.return) return ["enter"];
  if (key.escape) return ["escape"];
  return [...input].map((c) => (c === "\r" || c === "\n" ? "enter" : c));
}

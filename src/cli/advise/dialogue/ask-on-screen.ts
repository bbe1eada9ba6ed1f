import { render } from "ink";
import { createElement } from "react";
import { act, begin } from "../../../advisor/dialogue/act.ts";
import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import type { Style } from "../../../report/style.ts";
import { App } from "./app.tsx";
import type { Voice } from "./screen-text.ts";

export interface Drawn {
  readonly voice: Voice;
  readonly style: Style;
  readonly file: string;
  readonly signal: AbortSignal;
}

/** The dialogue drawn on the terminal's other screen: what stood there before is there again at the end. */
export async function askOnScreen({ voice, style, file, signal }: Drawn): Promise<Talk> {
  let last = begin(voice.topic, true);
  const onStep = (talk: Talk) => {
    last = talk;
  };
  const drawn = render(createElement(App, { voice, first: last, style, file, onStep }), {
    alternateScreen: true,
    // It was found to be a terminal; that a variable says "CI" does not change that.
    interactive: true,
    // Ctrl-C is an answer like any other: the state machine ends, and the answers are kept.
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const leave = () => drawn.unmount();
  signal.addEventListener("abort", leave);
  try {
    await drawn.waitUntilExit();
  } finally {
    signal.removeEventListener("abort", leave);
  }
  return last.ending === undefined ? act(voice.topic, last, { kind: "stop" }) : last;
}

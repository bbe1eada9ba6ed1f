import { createInterface } from "node:readline";
import { act } from "../../../advisor/dialogue/act.ts";
import type { Talk } from "../../../advisor/dialogue/dialogue.ts";
import { beginReading, type Reading, readLine } from "../../../advisor/dialogue/read-line.ts";
import { finish, type Style } from "../../../report/style.ts";
import { promptText } from "./line-text.ts";
import type { Voice } from "./screen-text.ts";

export interface Lines {
  readonly voice: Voice;
  readonly style: Style;
  readonly file: string;
  readonly input: NodeJS.ReadableStream;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

/** The dialogue as lines of text: nothing is drawn again, and a pipe can answer. It stops where the input ends. */
export async function askByLine({ voice, style, file, input, write, signal }: Lines): Promise<Talk> {
  const { topic } = voice;
  const reader = createInterface({ input, terminal: false });
  const close = () => reader.close();
  signal.addEventListener("abort", close);
  const lines = reader[Symbol.asyncIterator]();
  let before: Reading | undefined;
  // A line about the leaning after every answer is much to listen to: it is off until somebody wants it.
  let reading = beginReading(topic, false);
  try {
    while (reading.talk.ending === undefined) {
      write(finish(promptText(voice, reading, before, file), style));
      const line = await lines.next();
      if (line.done)
        return act(topic, reading.talk, { kind: "stop", ending: signal.aborted ? "stopped" : "cut" });
      before = reading;
      reading = readLine(topic, reading, line.value);
    }
    return reading.talk;
  } finally {
    signal.removeEventListener("abort", close);
    reader.close();
  }
}

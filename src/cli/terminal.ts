import { chooseStyle, type Style, type Surroundings } from "../report/style.ts";

/** What a report printed to this stream may look like; a file or a pipe is no terminal. */
export function terminalStyle(stream: { readonly isTTY?: boolean }, env: Surroundings["env"]): Style {
  return chooseStyle({ env, isTerminal: stream.isTTY === true });
}

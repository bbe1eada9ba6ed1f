import { Text, Transform } from "ink";
import { createContext, type ReactNode, use } from "react";
import { finish, PLAIN, paint, type Style, type Tone } from "../../../report/style.ts";

/** What this terminal can show. */
export const StyleContext = createContext<Style>(PLAIN);

export interface SaidProps {
  readonly tone?: Tone;
  /** Cut at the end of the line rather than going on in the next. */
  readonly isCut?: boolean;
  readonly children: string;
}

/**
 * A text in a tone; without colour it says the same. Painted as reports are, not by ink, which would
 * ask other variables whether there is colour (`CI` among them) and not NO_COLOR.
 */
export function Said({ tone, isCut = false, children }: SaidProps): ReactNode {
  const style = use(StyleContext);
  const dress = (line: string, i: number) => {
    // What goes on in a next line keeps the blank it was broken at, where the line before was full.
    const shown = isCut || i === 0 ? line : line.trimStart();
    return tone === undefined || shown === "" ? shown : paint(shown, tone, style);
  };
  return (
    <Transform transform={dress}>
      <Text wrap={isCut ? "truncate-end" : "wrap"}>{finish(children, style)}</Text>
    </Transform>
  );
}

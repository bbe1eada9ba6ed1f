import { Text, Transform } from "ink";
import { createContext, type ReactNode, use } from "react";
import { finish, PLAIN, type Style, type Tone } from "../../../report/style.ts";

/** What this terminal can show. */
export const StyleContext = createContext<Style>(PLAIN);

export interface SaidProps {
  readonly tone?: Tone;
  /** Cut at the end of the line rather than going on in the next. */
  readonly isCut?: boolean;
  readonly children: string;
}

const COLORS: Readonly<Partial<Record<Tone, string>>> = { good: "green", bad: "red", warn: "yellow" };

// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour may stand before the blanks
const LEADING_BLANKS = /^((?:\u001b\[[\d;]*m)*) +/;

/** A text in a tone; without colour it says the same. */
export function Said({ tone, isCut, children }: SaidProps): ReactNode {
  const style = use(StyleContext);
  const color = style.color && tone !== undefined ? COLORS[tone] : undefined;
  const text = (
    <Text
      wrap={isCut ? "truncate-end" : "wrap"}
      bold={style.color && tone === "strong"}
      dimColor={style.color && tone === "faint"}
      {...(color === undefined ? {} : { color })}
    >
      {finish(children, style)}
    </Text>
  );
  // What goes on in a next line keeps the blank it was broken at, where the line before was full.
  return isCut ? text : <Transform transform={withoutLeadingBlanks}>{text}</Transform>;
}

function withoutLeadingBlanks(line: string, i: number): string {
  return i === 0 ? line : line.replace(LEADING_BLANKS, "$1");
}

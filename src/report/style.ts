/** How a text report may look; decided outside, because reports know no terminal. */
export interface Style {
  readonly color: boolean;
  /** False: only ASCII. */
  readonly unicode: boolean;
}

export const PLAIN: Style = { color: false, unicode: true };

/** What decides about a style. `env` is process.env, or a part of it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

/**
 * NO_COLOR (not empty, https://no-color.org) wins, then FORCE_COLOR (`0` and `false` mean no), then
 * TERM=dumb, then whether it is a terminal. Unicode needs a UTF-8 locale, or none named at all.
 */
export function chooseStyle({ env, isTerminal }: Surroundings): Style {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "UTF-8";
  return { color: choosesColor(env, isTerminal), unicode: /utf-?8/i.test(locale) && env.TERM !== "linux" };
}

function choosesColor(env: Surroundings["env"], isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  return isTerminal && env.TERM !== "dumb";
}

export type Tone = "good" | "bad" | "warn" | "strong" | "faint";

const CODES: Readonly<Record<Tone, number>> = { good: 32, bad: 31, warn: 33, strong: 1, faint: 2 };

/** The text in a colour, if there is any. What it says must be clear without. */
export function paint(text: string, tone: Tone, style: Style): string {
  return style.color ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
}

/** A check's mark and its word, six columns wide: never colour or a sign alone. */
export function mark(ok: boolean, style: Style): string {
  return ok ? `${paint("✓ ok", "good", style)}  ` : paint("✗ FAIL", "bad", style);
}

/** Columns that a text takes on the screen. */
export function widthOf(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of `paint`
  return text.replace(/\u001b\[\d+m/g, "").length;
}

/** One sign for one sign, so that columns stay where they are. */
const ASCII: Readonly<Record<string, string>> = {
  "✓": "+",
  "✗": "x",
  "–": "-",
  "−": "-",
  "·": "-",
  "…": "~",
  "×": "x",
  µ: "u",
  "→": ">",
  "←": "<",
  "↑": "^",
  "↓": "v",
  "≤": "<",
  "▁": "_",
  "▂": ".",
  "▃": ":",
  "▄": "-",
  "▅": "=",
  "▆": "+",
  "▇": "*",
  "█": "#",
};

/** The last step of every text report. */
export function finish(text: string, style: Style): string {
  if (style.unicode) return text;
  // What is left (names from elsewhere) becomes a question mark rather than garbage.
  return [...text].map((c) => (c.charCodeAt(0) < 128 ? c : (ASCII[c] ?? "?"))).join("");
}

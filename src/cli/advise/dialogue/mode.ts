import { UserError } from "../../../model/errors.ts";

/** What decides whether people are asked, and how. */
export interface Surroundings {
  readonly flags: {
    readonly ask: boolean;
    readonly accessible: boolean;
    readonly quick: boolean;
    readonly input: boolean;
    readonly answers?: string | undefined;
    readonly as: string;
  };
  /** Something was answered already. */
  readonly hasAnswers: boolean;
  readonly isJson: boolean;
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `screen`: drawn on a terminal; `lines`: numbered lines, nothing redrawn; `small`: the same, for want of room. */
export type DialogueMode = "none" | "screen" | "lines" | "small";

/** The terminal that every screen fits on. */
export const SMALLEST = { columns: 80, rows: 24 };

/**
 * Whether there is a dialogue: where somebody asks for one, or where a terminal has nothing to judge.
 * @throws UserError `NO_DIALOGUE` where one was asked for and cannot be
 */
export function dialogueMode(around: Surroundings): DialogueMode {
  const { flags, stdin, stdout, env } = around;
  const asking = (["ask", "accessible", "quick"] as const).find((name) => flags[name]);
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true;
  if (asking === undefined) {
    const isBare = !around.hasAnswers && flags.answers === undefined && flags.as !== "flowchart";
    if (!isBare || !flags.input || around.isJson || !isTerminal) return "none";
  } else refuse(around, asking, isTerminal);
  if (flags.accessible || env.TERM === "dumb") return "lines";
  const { columns = SMALLEST.columns, rows = SMALLEST.rows } = stdout;
  return columns < SMALLEST.columns || rows < SMALLEST.rows ? "small" : "screen";
}

function refuse({ flags, isJson }: Surroundings, asking: string, isTerminal: boolean): void {
  const other = !flags.input
    ? "--no-input asks nothing"
    : isJson
      ? "--json is for programs"
      : flags.as === "flowchart"
        ? "--as flowchart needs no answers"
        : flags.answers === "-"
          ? "--answers - takes stdin for the answers"
          : undefined;
  if (other !== undefined)
    throw new UserError(`--${asking} asks questions, and ${other}`, {
      code: "NO_DIALOGUE",
      hints: ["Leave one of them out."],
    });
  if (!isTerminal && !flags.accessible)
    throw new UserError(`--${asking} asks questions on a terminal, and stdin or stdout is none`, {
      code: "NO_DIALOGUE",
      hints: [
        "--accessible asks by lines of text, from a pipe as well; flags or --answers FILE need no questions.",
      ],
    });
}

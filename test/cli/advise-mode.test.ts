import { describe, expect, it } from "vitest";
import { dialogueMode, type Surroundings } from "../../src/cli/advise/dialogue/mode.ts";

type Change = Partial<Omit<Surroundings, "flags">> & { readonly flags?: Partial<Surroundings["flags"]> };

const around = ({ flags, ...rest }: Change = {}): Surroundings => ({
  hasAnswers: false,
  isJson: false,
  stdin: { isTTY: true },
  stdout: { isTTY: true, columns: 80, rows: 24 },
  env: { TERM: "xterm" },
  ...rest,
  flags: { ask: false, accessible: false, quick: false, input: true, as: "text", ...flags },
});

describe("whether there is a dialogue", () => {
  it.each<[string, Change, string]>([
    ["on a terminal without answers", {}, "screen"],
    ["with answers", { hasAnswers: true }, "none"],
    ["with a file of answers", { flags: { answers: "a.yaml" } }, "none"],
    ["with answers, and --ask", { hasAnswers: true, flags: { ask: true } }, "screen"],
    ["with --quick", { hasAnswers: true, flags: { quick: true } }, "screen"],
    ["with --no-input", { flags: { input: false } }, "none"],
    ["with --json", { isJson: true }, "none"],
    ["for a chart", { flags: { as: "flowchart" } }, "none"],
    ["for a decision record", { flags: { as: "markdown" } }, "screen"],
    ["from a pipe", { stdin: {} }, "none"],
    ["into a file", { stdout: {} }, "none"],
    ["from a pipe, and --accessible", { stdin: {}, stdout: {}, flags: { accessible: true } }, "lines"],
    ["on a dumb terminal", { env: { TERM: "dumb" } }, "lines"],
    ["on a narrow terminal", { stdout: { isTTY: true, columns: 79, rows: 24 } }, "small"],
    ["on a low terminal", { stdout: { isTTY: true, columns: 80, rows: 23 } }, "small"],
  ])("%s", (_, change, want) => {
    expect(dialogueMode(around(change))).toBe(want);
  });

  it.each<[string, Change, RegExp]>([
    ["--no-input", { flags: { ask: true, input: false } }, /--ask asks questions, and --no-input/],
    ["--json", { isJson: true, flags: { accessible: true } }, /--accessible asks questions, and --json/],
    ["a chart", { flags: { quick: true, as: "flowchart" } }, /--quick asks questions, and --as flowchart/],
    ["answers from stdin", { flags: { ask: true, answers: "-" } }, /and --answers - takes stdin/],
    ["no terminal", { stdin: {}, flags: { quick: true } }, /on a terminal, and stdin or stdout is none/],
  ])("cannot be wanted together with %s", (_, change, message) => {
    expect(() => dialogueMode(around(change))).toThrow(message);
  });
});

import { captureOutput } from "@oclif/test";
import { expect } from "vitest";
import Report from "../../src/commands/report.ts";
import Run from "../../src/commands/run.ts";
import { children } from "./run.ts";

/** What a command left to its caller; no code: it ended well. */
export interface Outcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a user gives it. */
export async function mqbench(
  command: typeof Run | typeof Report,
  argv: readonly string[],
): Promise<Outcome> {
  const { error, stdout, stderr } = await captureOutput(() =>
    command === Run ? Run.run([...argv], import.meta.url) : Report.run([...argv], import.meta.url),
  );
  return { code: (error as { oclif?: { exit?: number } } | undefined)?.oclif?.exit, stdout, stderr };
}

/** One clear message with a fix, no stack trace, nothing on stdout, no agent left. */
export async function expectRefusal(outcome: Outcome, code: number, message: RegExp): Promise<void> {
  expect(outcome.stderr).toMatch(message);
  expect(outcome.code).toBe(code);
  expect(outcome.stdout).toBe("");
  expect(outcome.stderr).toMatch(/^Error: /m);
  expect(outcome.stderr).toMatch(/→ /);
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expect(await children("agent-main")).toEqual([]);
}

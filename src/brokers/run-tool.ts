import { execFile } from "node:child_process";
import { BrokerError } from "../model/errors.ts";
import { noSpace } from "./disk.ts";

export interface ToolOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** What it is for, for the error: "reading the package lists". */
  readonly purpose: string;
  readonly hints?: readonly string[];
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const SHOWN_LINES = 6;

/** Runs a program to its end and returns its stdout and stderr; throws a BrokerError with its last lines. */
export function runTool(
  path: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const { env, signal, cwd } = options;
    const limits = { env, signal, maxBuffer: MAX_OUTPUT_BYTES, ...(cwd === undefined ? {} : { cwd }) };
    execFile(path, args, limits, (error, stdout, stderr) => {
      if (!error) return resolve({ stdout, stderr });
      if (signal.aborted) return reject(signal.reason);
      const text = stderr.trim() || stdout.trim() || error.message;
      if (/No space left on device/.test(text)) return reject(noSpace(options.purpose, error));
      const lines = text.split("\n").slice(-SHOWN_LINES).join("\n");
      reject(
        new BrokerError(`${options.purpose} failed:\n${lines}`, {
          code: "TOOL_FAILED",
          hints: options.hints ?? [],
          cause: error,
        }),
      );
    });
  });
}

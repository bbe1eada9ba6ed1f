import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunResult } from "../src/model/result.ts";
import { finish, lastWords } from "./process.ts";

/** The command as users have it: the built one. */
export const MQBENCH = fileURLToPath(new URL("../bin/run.js", import.meta.url));

export interface MqbenchRequest {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onPid?: (pid: number) => void;
  /** A missed threshold is a result too, where the bench has its own verdict. */
  readonly thresholdsMayFail?: boolean;
}

/**
 * Runs `mqbench run … --json` in a process of its own and hands out its result, which counts only if every
 * message was accounted for.
 * @throws Error when a message is lost or damaged, or the run did not pass
 */
export async function runMqbench(r: MqbenchRequest): Promise<RunResult> {
  requireBuild();
  const out = await mkdtemp(join(tmpdir(), "mqbench-bench-"));
  try {
    const done = await finish({
      command: process.execPath,
      args: [MQBENCH, "run", ...r.args, "--json", "--out", out],
      signal: r.signal,
      ...(r.env ? { env: r.env } : {}),
      ...(r.onPid ? { onPid: r.onPid } : {}),
    });
    const result = parseRun(done.stdout);
    if (result === undefined) throw new Error(`mqbench gave no result, ${lastWords(done)}`);
    const reasons = result.exit.reasons.filter((x) => !(r.thresholdsMayFail && x.kind === "threshold"));
    if (reasons.length > 0)
      throw new Error(`mqbench did not pass: ${reasons.map((x) => x.message).join("; ")}`);
    const { lost, undelivered, corrupt, foreign, unknown, failed, acked, unique } = result.counts;
    if (acked === 0 || lost + undelivered + corrupt + foreign + unknown + failed > 0 || unique !== acked)
      throw new Error(`mqbench did not verify clean: ${JSON.stringify(result.counts)}`);
    return result;
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** @throws Error that says how to build */
export function requireBuild(): void {
  if (!existsSync(new URL("../dist/commands/run.js", import.meta.url)))
    throw new Error("there is no build: run `npm run build` first");
}

/** What `mqbench run --json` printed; undefined where it is no result. */
export function parseRun(text: string): RunResult | undefined {
  try {
    const value = JSON.parse(text) as RunResult;
    return value.schema === "mqbench/run" ? value : undefined;
  } catch {
    return undefined;
  }
}

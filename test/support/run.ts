import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { RunResult } from "../../src/model/result.ts";
import type { PlanFlags } from "../../src/run/plan/flags.ts";
import { preparePlans } from "../../src/run/prepare.ts";
import { type RunAllDone, type RunWatcher, runAll } from "../../src/run/run-all.ts";

export interface TestRun {
  readonly flags: PlanFlags;
  readonly profile?: string;
  readonly driver?: string;
  readonly urls?: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal;
  readonly watch?: Partial<RunWatcher>;
  readonly out?: string;
}

const SILENT: RunWatcher = { note() {}, begin() {}, phase() {}, second() {}, end() {} };

let folders: string | undefined;
afterAll(() => {
  if (folders !== undefined) rmSync(folders, { recursive: true, force: true });
});

/** A folder that is gone after the file's tests; also for tests that run at once. */
export function temporaryFolder(): string {
  folders ??= mkdtempSync(join(tmpdir(), "mqbench-test-"));
  return mkdtempSync(join(folders, "run-"));
}

/** What `mqbench run` does, without a terminal. */
export async function run(o: TestRun): Promise<RunAllDone> {
  const set = await preparePlans({
    profile: o.profile ?? "quick",
    flags: o.flags,
    driver: o.driver,
    env: {},
  });
  return runAll({
    set,
    fromFlags: o.flags.threshold ?? [],
    urls: o.urls ?? new Map(),
    out: o.out ?? temporaryFolder(),
    command: "mqbench run",
    isStrict: false,
    signal: o.signal ?? new AbortController().signal,
    watch: { ...SILENT, ...o.watch },
  });
}

/** The only run's result. */
export async function runOnce(o: TestRun): Promise<RunResult> {
  const done = await run(o);
  if (done.error !== undefined) throw done.error;
  return done.runs[0]!.result;
}

/**
 * Code and count of what was found about messages, but for what a re-read adds to it, which says where they went. A
 * run as short as a test's may well never be steady.
 */
export function messageFindings(r: RunResult): [code: string, count: number][] {
  return r.findings
    .filter((f) => f.code !== "NEVER_STEADY" && !WHERE.has(f.code))
    .map((f): [string, number] => [f.code, f.count])
    .sort();
}

const WHERE: ReadonlySet<string> = new Set([
  "LOST_BY_BROKER",
  "NOT_IN_QUEUE",
  "SKIPPED",
  "LOG_COPIED",
  "LOG_REORDERED",
]);

/** Pids of the children of this process whose command line has this text. */
export async function children(text: string): Promise<number[]> {
  const { readdir, readFile } = await import("node:fs/promises");
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const [stat, command] = await Promise.all(
      ["stat", "cmdline"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")),
    );
    // The command name is in parentheses and may hold blanks: fields count from behind it.
    const parent = Number(stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    if (parent === process.pid && command?.includes(text)) found.push(Number(pid));
  }
  return found;
}

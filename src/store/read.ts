import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf, UserError } from "../model/errors.ts";
import type { RunResult } from "../model/result.ts";
import { LOG_FILE, RUN_FILE, SERIES_FILE } from "./run-folder.ts";
import { problemsOf } from "./schema.ts";

/** A run that was read back, and the folder it lies in. */
export interface StoredRun {
  readonly folder: string;
  readonly result: RunResult;
}

/**
 * Reads a run (its folder or run.json), all runs of a series (its folder or series.json), or all runs and
 * series that lie in a folder such as results/, oldest first.
 * @throws UserError `UNREADABLE_RESULT`, or `NEWER_RESULT` for one of a newer mqbench
 */
export async function readRuns(path: string): Promise<readonly StoredRun[]> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, messageOf(cause), cause);
  });
  if (kind.isFile())
    return basename(path) === SERIES_FILE ? readSeries(dirname(path)) : [await readRun(path)];
  const runs = await readFolder(path);
  if (runs.length === 0) throw unreadable(path, `it holds no ${RUN_FILE} and no ${SERIES_FILE}`);
  return runs;
}

/** The interval log of a run; undefined when there is none. @throws UserError `UNREADABLE_RESULT` */
export async function readLog(run: StoredRun): Promise<string | undefined> {
  const file = join(run.folder, LOG_FILE);
  return (await isThere(file)) ? readText(file) : undefined;
}

async function readFolder(path: string): Promise<readonly StoredRun[]> {
  if (await isThere(join(path, RUN_FILE))) return [await readRun(join(path, RUN_FILE))];
  if (await isThere(join(path, SERIES_FILE))) return readSeries(path);
  const runs: StoredRun[] = [];
  const entries = await readdir(path, { withFileTypes: true });
  // One level down: a folder of results, not whatever lies on the disk.
  for (const { name } of entries.filter((e) => e.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = join(path, name);
    if (await isThere(join(inner, RUN_FILE))) runs.push(await readRun(join(inner, RUN_FILE)));
    else if (await isThere(join(inner, SERIES_FILE))) runs.push(...(await readSeries(inner)));
  }
  return runs;
}

async function readSeries(folder: string): Promise<readonly StoredRun[]> {
  const file = join(folder, SERIES_FILE);
  const series = (await readJson(file)) as {
    schema?: unknown;
    schemaVersion?: unknown;
    runs?: unknown;
  } | null;
  if (series?.schema !== "mqbench/series") throw unreadable(file, "it is not a series of mqbench");
  checkVersion(file, series.schemaVersion);
  const { runs } = series;
  if (!Array.isArray(runs) || !runs.every((r) => typeof r === "string") || runs.length === 0)
    throw unreadable(file, "it lists no runs");
  return Promise.all(runs.map((run) => readRun(join(folder, run, RUN_FILE))));
}

async function readRun(file: string): Promise<StoredRun> {
  const value = (await readJson(file)) as Partial<RunResult> | null;
  if (value?.schema !== "mqbench/run") throw unreadable(file, "it is not a run.json of mqbench");
  checkVersion(file, value.schemaVersion);
  const problems = problemsOf(value, "run-v1");
  if (problems.length > 0) throw unreadable(file, problems.slice(0, 3).join("; "));
  return { folder: dirname(file), result: value as RunResult };
}

/** Within version 1 fields are only added, so every 1.x can be read. */
function checkVersion(file: string, version: unknown): void {
  if (/^1\.\d+$/.test(String(version))) return;
  throw new UserError(
    `cannot read ${file}: its schema version is ${String(version)}, this mqbench reads 1.x`,
    {
      code: "NEWER_RESULT",
      hints: ["Use the mqbench that wrote it, or a newer one."],
    },
  );
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = text.trim() === "" ? "it is empty" : `it is not JSON, or cut short: ${messageOf(cause)}`;
    throw unreadable(file, why, cause);
  }
}

function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw unreadable(file, messageOf(cause), cause);
  });
}

function unreadable(file: string, why: string, cause?: unknown): UserError {
  return new UserError(`cannot read ${file}: ${why}`, {
    code: "UNREADABLE_RESULT",
    hints: ["Give the folder of a run or of a series, or a run.json, as mqbench run writes them."],
    cause,
  });
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

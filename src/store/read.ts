import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf, UserError } from "../model/errors.ts";
import type { RunResult } from "../model/result.ts";
import { RUN_FILE, SERIES_FILE } from "./run-folder.ts";
import { problemsOf } from "./schema.ts";

/** A run that was read back, and the folder it lies in. */
export interface StoredRun {
  readonly folder: string;
  readonly result: RunResult;
}

/**
 * Reads a run (its folder or run.json) or all runs of a series folder.
 * @throws UserError naming the file and what is wrong with it
 */
export async function readRuns(path: string): Promise<readonly StoredRun[]> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, messageOf(cause), cause);
  });
  if (kind.isFile())
    return basename(path) === SERIES_FILE ? readSeries(dirname(path)) : [await readRun(path)];
  if (await exists(join(path, SERIES_FILE))) return readSeries(path);
  return [await readRun(join(path, RUN_FILE))];
}

async function readSeries(folder: string): Promise<readonly StoredRun[]> {
  const file = join(folder, SERIES_FILE);
  const { schema, runs } = (await readJson(file)) as { schema?: unknown; runs?: unknown };
  if (schema !== "mqbench/series" || !Array.isArray(runs) || !runs.every((r) => typeof r === "string"))
    throw unreadable(file, "it is not a series of mqbench");
  return Promise.all(runs.map((run) => readRun(join(folder, run, RUN_FILE))));
}

async function readRun(file: string): Promise<StoredRun> {
  const value = (await readJson(file)) as Partial<RunResult> | null;
  if (value?.schema !== "mqbench/run") throw unreadable(file, "it is not a run.json of mqbench");
  if (!/^1\./.test(String(value.schemaVersion)))
    throw unreadable(
      file,
      `its schema version is ${String(value.schemaVersion)}, this mqbench reads 1.x; use a newer mqbench`,
    );
  const problems = problemsOf(value);
  if (problems.length > 0) throw unreadable(file, `${problems.slice(0, 3).join("; ")}`);
  return { folder: dirname(file), result: value as RunResult };
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw unreadable(file, messageOf(cause), cause);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(file, `it is not JSON: ${messageOf(cause)}`, cause);
  }
}

function unreadable(file: string, why: string, cause?: unknown): UserError {
  return new UserError(`cannot read ${file}: ${why}`, {
    code: "UNREADABLE_RESULT",
    hints: ["Give the folder of a run or of a series, or a run.json, as mqbench run writes them."],
    cause,
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

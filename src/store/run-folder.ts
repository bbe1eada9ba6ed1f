import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../model/errors.ts";
import type { RunResult } from "../model/result.ts";
import { encodeHistogram } from "../report/histogram.ts";
import { hlogHeader, hlogLine } from "../report/hlog.ts";
import { fitted } from "../report/widen.ts";
import { writeAtomically } from "./atomic.ts";
import { problemsOf } from "./schema.ts";

export const RUN_FILE = "run.json";
export const LOG_FILE = "intervals.hlog";
export const SERIES_FILE = "series.json";
/** Where a result goes that breaks its own schema: a bug, but what was measured is not thrown away. */
const REJECTED_FILE = "run.rejected.json";

/** One run's folder: run.json, and intervals.hlog that grows while the run goes on. */
export interface RunFolder {
  readonly path: string;
  /** What could not be written, and why; the run goes on without it. */
  readonly troubles: readonly string[];
  /** Appends one interval of one metric; times in seconds since the run's start. Never throws for the disk. */
  interval(tag: string, startS: number, lengthS: number, counts: ArrayLike<number>, maxNs: number): void;
  /**
   * Replaces run.json, with its series widened to what it may hold. A disk that is full becomes a trouble.
   * @throws Error (a bug) when the result breaks its own schema; it lies beside as run.rejected.json then
   */
  write(result: RunResult): Promise<void>;
}

/**
 * Makes the folder, with run.json already in it, so that whatever comes finds out now that it cannot be written.
 * @throws UserError `RESULTS_NOT_WRITABLE`, or `RESULTS_EXIST` when a run lies there already
 */
export async function createRunFolder(path: string, startedAt: Date, first: RunResult): Promise<RunFolder> {
  const file = join(path, RUN_FILE);
  const log = join(path, LOG_FILE);
  const troubles: string[] = [];
  const write = async (result: RunResult): Promise<void> => {
    const problems = problemsOf(result, "run-v1");
    if (problems.length === 0) return writeAtomically(file, text(fitted(result)));
    await writeAtomically(join(path, REJECTED_FILE), text(result));
    throw new BrokenResult(
      `${join(path, REJECTED_FILE)} breaks its schema: ${problems.slice(0, 5).join("; ")}`,
    );
  };
  const header = hlogHeader(startedAt);
  await writable(path, async () => {
    await mkdir(path, { recursive: true });
    if (await exists(file)) throw existing(path);
    // Exclusive: of two runs that are sent to one folder at the same time, one is refused.
    writeFileSync(log, header, { flag: "wx" });
    await write(first);
  });
  let logBytes = Buffer.byteLength(header);
  let isLogging = true;
  return {
    path,
    troubles,
    interval(tag, startS, lengthS, counts, maxNs) {
      if (!isLogging) return;
      const line = hlogLine(tag, startS, lengthS, maxNs, encodeHistogram(counts));
      try {
        appendFileSync(log, line);
        logBytes += Buffer.byteLength(line);
      } catch (error) {
        // A later line behind half a line would make the log unreadable, so this was the last one.
        isLogging = false;
        troubles.push(`${log} ends at ${startS} s: ${messageOf(error)}`);
        cutTo(log, logBytes);
      }
    },
    async write(result) {
      try {
        await write(result);
      } catch (error) {
        if (error instanceof BrokenResult) throw error;
        troubles.push(`${file} could not be written: ${messageOf(error)}`);
      }
    },
  };
}

/** A folder for several runs. @throws UserError `RESULTS_NOT_WRITABLE` */
export async function createSeriesFolder(path: string): Promise<void> {
  await writable(path, () => mkdir(path, { recursive: true }));
}

/** Lists the runs of a series that exist so far. */
export async function writeSeries(path: string, runs: readonly string[]): Promise<void> {
  const series = { schema: "mqbench/series", schemaVersion: "1.0", runs };
  await writable(path, () =>
    writeAtomically(join(path, SERIES_FILE), `${JSON.stringify(series, null, 2)}\n`),
  );
}

class BrokenResult extends Error {}

async function writable(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    if (cause instanceof BrokenResult || cause instanceof UserError) throw cause;
    if ((cause as { code?: string }).code === "EEXIST" && (cause as { path?: string }).path !== path)
      throw existing(path);
    throw new UserError(`cannot write results to ${path}: ${messageOf(cause)}`, {
      code: "RESULTS_NOT_WRITABLE",
      hints: ["Give a folder that can be written with --out DIR, or make room on its disk."],
      cause,
    });
  }
}

function existing(path: string): UserError {
  return new UserError(`cannot write results to ${path}: another run lies there`, {
    code: "RESULTS_EXIST",
    hints: ["Give another folder with --out DIR; a result is never overwritten."],
  });
}

function cutTo(path: string, bytes: number): void {
  try {
    truncateSync(path, bytes);
  } catch {
    // The log keeps its half line; readers stop there.
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function text(result: RunResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

import { appendFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../model/errors.ts";
import type { RunResult } from "../model/result.ts";
import { encodeHistogram } from "../report/histogram.ts";
import { hlogHeader, hlogLine } from "../report/hlog.ts";
import { writeAtomically } from "./atomic.ts";
import { assertRunResult } from "./schema.ts";

export const RUN_FILE = "run.json";
export const LOG_FILE = "intervals.hlog";
export const SERIES_FILE = "series.json";

/** One run's folder: run.json, and intervals.hlog that grows while the run goes on. */
export interface RunFolder {
  readonly path: string;
  /** What could not be written, and why; the run goes on without it. */
  readonly troubles: readonly string[];
  /** Appends one interval of one metric; times in seconds since the run's start. */
  interval(tag: string, startS: number, lengthS: number, counts: ArrayLike<number>, maxNs: number): void;
  /** Replaces run.json. A disk that is full becomes a trouble; a result that breaks its own schema is a bug. */
  write(result: RunResult): Promise<void>;
}

/**
 * Makes the folder, with run.json already in it.
 * @throws UserError `RESULTS_NOT_WRITABLE`: before anything else has started
 */
export async function createRunFolder(path: string, startedAt: Date, first: RunResult): Promise<RunFolder> {
  assertRunResult(first);
  const log = join(path, LOG_FILE);
  await writable(path, async () => {
    await mkdir(path, { recursive: true });
    writeFileSync(log, hlogHeader(startedAt));
    await writeAtomically(join(path, RUN_FILE), text(first));
  });
  const troubles: string[] = [];
  const trouble = (file: string, error: unknown): void => {
    const line = `${file} could not be written: ${messageOf(error)}`;
    if (!troubles.includes(line)) troubles.push(line);
  };
  return {
    path,
    troubles,
    interval(tag, startS, lengthS, counts, maxNs) {
      try {
        appendFileSync(log, hlogLine(tag, startS, lengthS, maxNs, encodeHistogram(counts)));
      } catch (error) {
        trouble(LOG_FILE, error);
      }
    },
    async write(result) {
      assertRunResult(result);
      await writeAtomically(join(path, RUN_FILE), text(result)).catch((error: unknown) =>
        trouble(RUN_FILE, error),
      );
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

async function writable(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw new UserError(`cannot write results to ${path}: ${messageOf(cause)}`, {
      code: "RESULTS_NOT_WRITABLE",
      hints: ["Give a folder that can be written with --out DIR, or make room on its disk."],
      cause,
    });
  }
}

function text(result: RunResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

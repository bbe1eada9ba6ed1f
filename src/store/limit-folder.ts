import { join } from "node:path";
import { messageOf } from "../model/errors.ts";
import type { LimitResult } from "../report/limit-result.ts";
import { writeAtomically } from "./atomic.ts";
import { createSeriesFolder, writeSeries } from "./run-folder.ts";
import { problemsOf } from "./schema.ts";

const LIMIT_FILE = "limit.json";

/** The folder of a rate search: limit.json, and the folder of each step. */
export interface LimitFolder {
  readonly path: string;
  /** What could not be written, and why. */
  readonly troubles: readonly string[];
  /**
   * Replaces limit.json. A disk that is full becomes a trouble.
   * @throws Error (a bug) when the result breaks its own schema
   */
  write(result: LimitResult): Promise<void>;
  /** Makes the steps readable as a series. */
  list(folders: readonly string[]): Promise<void>;
}

/** @throws UserError `RESULTS_NOT_WRITABLE` */
export async function createLimitFolder(path: string): Promise<LimitFolder> {
  await createSeriesFolder(path);
  const file = join(path, LIMIT_FILE);
  const troubles: string[] = [];
  return {
    path,
    troubles,
    async write(result) {
      // As it will be read: without what is undefined, with null for what is no number in JSON.
      const text = `${JSON.stringify(result, null, 2)}\n`;
      const problems = problemsOf(JSON.parse(text), "limit-v1");
      if (problems.length > 0)
        throw new Error(`${file} breaks its schema: ${problems.slice(0, 5).join("; ")}`);
      await writeAtomically(file, text).catch((error: unknown) => {
        troubles.push(`${file} could not be written: ${messageOf(error)}`);
      });
    },
    list: (folders) => writeSeries(path, folders),
  };
}

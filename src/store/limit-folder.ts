import { join } from "node:path";
import type { LimitResult } from "../report/limit-result.ts";
import { type CheckedFile, checkedFile } from "./checked-file.ts";
import { createSeriesFolder, writeSeries } from "./run-folder.ts";

const LIMIT_FILE = "limit.json";

/** The folder of a rate search: limit.json, and the folder of each step. */
export interface LimitFolder extends CheckedFile<LimitResult> {
  readonly path: string;
  /** Makes the steps readable as a series. */
  list(folders: readonly string[]): Promise<void>;
}

/** @throws UserError `RESULTS_NOT_WRITABLE` */
export async function createLimitFolder(path: string): Promise<LimitFolder> {
  await createSeriesFolder(path);
  return {
    path,
    ...checkedFile<LimitResult>(join(path, LIMIT_FILE), "limit-v1"),
    list: (folders) => writeSeries(path, folders),
  };
}

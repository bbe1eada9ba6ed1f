import { join } from "node:path";
import { messageOf } from "../model/errors.ts";
import type { ProbeResult } from "../model/probe.ts";
import { writeAtomically } from "./atomic.ts";
import { createSeriesFolder } from "./run-folder.ts";
import { problemsOf } from "./schema.ts";

const PROBE_FILE = "probe.json";

/** The folder of what one `mqbench probe` found. */
export interface ProbeFolder {
  readonly path: string;
  /** What could not be written, and why. */
  readonly troubles: readonly string[];
  /**
   * Writes probe.json. A disk that is full becomes a trouble.
   * @throws Error (a bug) when the result breaks its own schema
   */
  write(result: ProbeResult): Promise<void>;
}

/** Made before anything is probed. @throws UserError `RESULTS_NOT_WRITABLE` */
export async function createProbeFolder(path: string): Promise<ProbeFolder> {
  await createSeriesFolder(path);
  const file = join(path, PROBE_FILE);
  const troubles: string[] = [];
  return {
    path,
    troubles,
    async write(result) {
      const text = `${JSON.stringify(result, null, 2)}\n`;
      const problems = problemsOf(JSON.parse(text), "probe-v1");
      if (problems.length > 0)
        throw new Error(`${file} breaks its schema: ${problems.slice(0, 5).join("; ")}`);
      await writeAtomically(file, text).catch((error: unknown) => {
        troubles.push(`${file} could not be written: ${messageOf(error)}`);
      });
    },
  };
}

import { join } from "node:path";
import type { ProbeResult } from "../model/probe.ts";
import { type CheckedFile, checkedFile } from "./checked-file.ts";
import { createSeriesFolder } from "./run-folder.ts";

const PROBE_FILE = "probe.json";

/** The folder of what one `mqbench probe` found, with its probe.json. */
export interface ProbeFolder extends CheckedFile<ProbeResult> {
  readonly path: string;
}

/** Made before anything is probed. @throws UserError `RESULTS_NOT_WRITABLE` */
export async function createProbeFolder(path: string): Promise<ProbeFolder> {
  await createSeriesFolder(path);
  return { path, ...checkedFile<ProbeResult>(join(path, PROBE_FILE), "probe-v1") };
}

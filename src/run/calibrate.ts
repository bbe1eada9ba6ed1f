import { createFloorFinder } from "./floor.ts";
import { preparePlans } from "./prepare.ts";

/** What the harness reaches alone on this machine. */
export interface Calibration {
  /** Messages per second in a closed loop, produced, delivered and verified. */
  readonly ceilingPerS: number;
  /** End-to-end response at an easy rate. */
  readonly floorP50Ns: number;
  readonly floorP99Ns: number;
  /** Of each message. */
  readonly sizeBytes: number;
}

export interface CalibrateOptions {
  /** Where floors are kept. */
  readonly cacheDir: string;
  /** mqbench's own version. */
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Small ones, so that the cost of a message counts and not that of its bytes. */
const SIZE_BYTES = 100;

/**
 * Runs the profile `quick` with small messages on the memory driver, for about five seconds.
 * @returns undefined where that did not work
 */
export async function calibrate(o: CalibrateOptions): Promise<Calibration | undefined> {
  const flags = { on: ["memory"], size: `${SIZE_BYTES}B`, durability: "memory" };
  // Nothing of the environment: numbers of two machines are to be comparable.
  const { runs } = await preparePlans({ profile: "quick", flags, env: {} });
  const { cacheDir, version, signal } = o;
  const find = createFloorFinder({
    mode: "always",
    cacheDir,
    version,
    plannedNs: 0,
    signal,
    note: o.onProgress,
  });
  const floor = await find(runs[0]!.plan);
  const response = floor?.response?.e2e_response;
  if (floor === undefined || response === undefined) return undefined;
  return {
    ceilingPerS: Math.min(floor.ceiling.publish, floor.ceiling.consume),
    floorP50Ns: response["50"],
    floorP99Ns: response["99"],
    sizeBytes: SIZE_BYTES,
  };
}

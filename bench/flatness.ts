import { median, slopePerStep } from "./stats.ts";

export interface Flatness {
  /** Median around the end of the first minute. */
  readonly settledMiB: number;
  /** Median of the last minute. */
  readonly lastMiB: number;
  /** After the first minute. */
  readonly slopeMiBPerMin: number;
  readonly flat: boolean;
}

/** By then code is compiled, buffers have their size and the heap has found its own. */
const SETTLE_S = 60;
/**
 * What a heap that does not leak may still wander: one old-space collection more or less, a fragmented page.
 * The larger of the two counts.
 */
const SLACK_MIB = 8;
const SLACK_SHARE = 0.1;

/** @throws RangeError for fewer than four samples */
export function flatness(rssMiB: readonly number[], stepS: number): Flatness {
  if (rssMiB.length < 4) throw new RangeError(`${rssMiB.length} samples`);
  // In a run of a few minutes or less, a quarter of it stands for the minute.
  const minute = Math.max(1, Math.min(Math.round(SETTLE_S / stepS), Math.floor(rssMiB.length / 4)));
  const settledMiB = median(rssMiB.slice(minute - Math.ceil(minute / 6), minute));
  const lastMiB = median(rssMiB.slice(-minute));
  const slopeMiBPerMin = (slopePerStep(rssMiB.slice(minute)) * 60) / stepS;
  const slackMiB = Math.max(SLACK_MIB, SLACK_SHARE * settledMiB);
  return { settledMiB, lastMiB, slopeMiBPerMin, flat: lastMiB - settledMiB <= slackMiB };
}

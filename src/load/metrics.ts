import type { LatencyName } from "../model/metric.ts";
import type { Moments } from "./moments.ts";
import { Recorder } from "./recorder.ts";

/**
 * What an agent records; `lateness` is the part of schedule_delay that is the harness's own, `hiccup` how late a
 * thread woke that only sleeps.
 */
export const RECORDED = [
  "schedule_delay",
  "publish_service",
  "publish_response",
  "e2e_service",
  "e2e_response",
  "acknowledge",
  "lateness",
  "hiccup",
] as const satisfies readonly (LatencyName | "lateness" | "hiccup")[];

export type RecordedName = (typeof RECORDED)[number];
export interface Recorders extends Readonly<Record<RecordedName, Recorder>> {
  /** Only in runs with faults. */
  readonly moments: Moments | undefined;
}

export function createRecorders(moments?: Moments): Recorders {
  const recorders = Object.fromEntries(RECORDED.map((name) => [name, new Recorder()]));
  return { ...(recorders as Record<RecordedName, Recorder>), moments };
}

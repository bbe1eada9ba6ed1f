import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { readCoreWait } from "./core-wait.ts";
import { watchGc } from "./gc-pauses.ts";
import { startHiccupMeter } from "./hiccup.ts";
import type { Recorder } from "./recorder.ts";

/** What the process itself cost since it began, and how it fared since the last reading. */
export interface VitalSigns {
  /** Since the process began. */
  readonly cpuNs: number;
  readonly rssBytes: number;
  /** Since the last reading: */
  readonly loopDelayP99Ns: number;
  readonly loopDelayMaxNs: number;
  /** Share of the time that the event loop was not idle, 0–1. */
  readonly loopUtilisation: number;
  readonly gc: { readonly count: number; readonly totalNs: number; readonly maxNs: number };
  /** Time that threads were ready and waited for a core; absent where the system does not tell. */
  readonly coreWait?: { readonly mainNs: number; readonly allNs: number };
}

export interface Vitals {
  readonly ready: Promise<void>;
  read(): VitalSigns;
  stop(): void;
}

const RESOLUTION_MS = 10;

/** @param hiccup records how late a thread woke that only sleeps */
export function createVitals(hiccup: Recorder): Vitals {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const hiccups = startHiccupMeter(hiccup);
  const gc = watchGc();
  // Node's samples include the sampling interval itself.
  const beyond = (ns: number): number => Math.max(0, ns - RESOLUTION_MS * 1e6);
  let loop = performance.eventLoopUtilization();
  let waited = readCoreWait();
  const coreWait = (): Pick<VitalSigns, "coreWait"> => {
    const now = readCoreWait();
    const before = waited;
    waited = now;
    if (now === undefined || before === undefined) return {};
    // A thread that ended takes its share of the sum with it.
    const allNs = Math.max(0, now.allNs - before.allNs);
    return { coreWait: { mainNs: now.mainNs - before.mainNs, allNs } };
  };
  return {
    ready: hiccups.ready,
    read() {
      const { user, system } = process.cpuUsage();
      const loopNow = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(loopNow, loop);
      loop = loopNow;
      const reading = {
        cpuNs: (user + system) * 1000,
        rssBytes: process.memoryUsage.rss(),
        loopDelayP99Ns: delay.count > 0 ? beyond(delay.percentile(99)) : 0,
        loopDelayMaxNs: delay.count > 0 ? beyond(delay.max) : 0,
        loopUtilisation: Number.isFinite(utilization) ? utilization : 0,
        gc: gc.take(),
        ...coreWait(),
      };
      delay.reset();
      return reading;
    },
    stop() {
      delay.disable();
      gc.stop();
      hiccups.stop();
    },
  };
}

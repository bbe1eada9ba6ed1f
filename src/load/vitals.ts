import { monitorEventLoopDelay } from "node:perf_hooks";

/** What the process itself cost since it began, and how its event loop fared since the last reading. */
export interface Vitals {
  read(): { cpuNs: number; rssBytes: number; loopDelayP99Ns: number; loopDelayMaxNs: number };
  stop(): void;
}

const RESOLUTION_MS = 10;

export function createVitals(): Vitals {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // Node's samples include the sampling interval itself.
  const beyond = (ns: number): number => Math.max(0, ns - RESOLUTION_MS * 1e6);
  return {
    read() {
      const { user, system } = process.cpuUsage();
      const reading = {
        cpuNs: (user + system) * 1000,
        rssBytes: process.memoryUsage.rss(),
        loopDelayP99Ns: delay.count > 0 ? beyond(delay.percentile(99)) : 0,
        loopDelayMaxNs: delay.count > 0 ? beyond(delay.max) : 0,
      };
      delay.reset();
      return reading;
    },
    stop: () => {
      delay.disable();
    },
  };
}

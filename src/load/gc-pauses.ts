import { PerformanceObserver } from "node:perf_hooks";

/** The garbage collector's pauses of this thread since the last reading. */
export interface GcPauses {
  take(): { readonly count: number; readonly totalNs: number; readonly maxNs: number };
  stop(): void;
}

export function watchGc(): GcPauses {
  let sum = { count: 0, totalNs: 0, maxNs: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      sum.count++;
      sum.totalNs += duration * 1e6;
      sum.maxNs = Math.max(sum.maxNs, duration * 1e6);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return {
    take() {
      const taken = sum;
      sum = { count: 0, totalNs: 0, maxNs: 0 };
      return taken;
    },
    stop: () => observer.disconnect(),
  };
}

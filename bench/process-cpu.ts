import { readFileSync } from "node:fs";

/** Clock ticks a second of /proc/PID/stat: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** Samples a process's CPU time from outside until it is gone; Linux only. */
export interface CpuWatch {
  /** Cores in use from `fromS` after the start of the watch to its end. @throws Error when that is too short */
  coresSince(fromS: number): number;
  stop(): void;
}

const SAMPLE_MS = 250;

export function watchCpu(pid: number): CpuWatch {
  const startMs = performance.now();
  const samples: { atS: number; cpuS: number }[] = [];
  const sample = (): void => {
    const cpuS = cpuSecondsOf(pid);
    if (cpuS !== undefined) samples.push({ atS: (performance.now() - startMs) / 1000, cpuS });
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    coresSince(fromS) {
      const first = samples.find((s) => s.atS >= fromS);
      const last = samples.at(-1);
      if (first === undefined || last === undefined || last.atS - first.atS < 1)
        throw new Error(`process ${pid} did not run for long enough to tell its CPU time`);
      return (last.cpuS - first.cpuS) / (last.atS - first.atS);
    },
    stop: () => clearInterval(timer),
  };
}

function cpuSecondsOf(pid: number): number | undefined {
  try {
    // The name in brackets may contain anything: the fields are counted from behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  } catch {
    return undefined;
  }
}

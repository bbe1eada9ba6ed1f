import { readdirSync, readFileSync } from "node:fs";

/** How long threads of this process were ready to run and waited for a core, ns since they began. */
export interface CoreWait {
  readonly mainNs: number;
  readonly allNs: number;
}

const TASKS = "/proc/self/task";

/**
 * Field 2 of each thread's schedstat (Documentation/scheduler/sched-stats.rst of the Linux kernel).
 * @returns undefined where the system does not tell
 */
export function readCoreWait(tasks: string = TASKS, mainThread: number = process.pid): CoreWait | undefined {
  let allNs = 0;
  let mainNs: number | undefined;
  try {
    for (const thread of readdirSync(tasks)) {
      const waited = waitedNs(`${tasks}/${thread}/schedstat`);
      if (waited === undefined) continue;
      allNs += waited;
      if (Number(thread) === mainThread) mainNs = waited;
    }
  } catch {}
  return mainNs === undefined ? undefined : { mainNs, allNs };
}

function waitedNs(path: string): number | undefined {
  try {
    const waited = Number(readFileSync(path, "latin1").split(" ")[1]);
    return Number.isFinite(waited) ? waited : undefined;
  } catch {
    // The thread ended between the listing and the look.
    return undefined;
  }
}

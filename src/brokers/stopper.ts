import { signalTo } from "./ending.ts";
import { watchStopped } from "./owner-watch.ts";
import { isAlive, isStopped, type ProcessId, processId } from "./process-id.ts";

/** Stops processes and lets them go on. However we end, they go on. */
export interface Stopper {
  /** SIGSTOP to all. */
  stop(): void;
  /** SIGCONT to all. Idempotent. @returns how many were seen stopped until then */
  go(): number;
  /** Lets them go on, and needs no watcher any more. */
  end(): void;
}

/** @throws Error where no watcher can be started: then nothing may be stopped */
export async function createStopper(processes: readonly ProcessId[]): Promise<Stopper> {
  const watch = watchStopped();
  await watch.add(processes);
  const signal = (name: NodeJS.Signals): void => {
    for (const id of processes) if (isAlive(id)) signalTo(id.pid, name);
  };
  const go = (): number => {
    const stopped = processes.filter(({ pid }) => isStopped(pid)).length;
    signal("SIGCONT");
    return stopped;
  };
  return {
    stop: () => signal("SIGSTOP"),
    go,
    end() {
      go();
      watch.disarm();
    },
  };
}

/** The processes of these numbers that live now. */
export function stoppable(pids: readonly number[]): readonly ProcessId[] {
  return pids.flatMap((pid) => processId(pid) ?? []);
}

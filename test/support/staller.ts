import { readdirSync, readFileSync } from "node:fs";

/** How a broker is made to stand still, and let go. Each returns when it is so. */
export interface Staller {
  begin(): void;
  end(): void;
}

/** Stops every process of a broker, and knows that it did: a signal is only a request until every thread stands still. */
export function stopSignals(pids: readonly number[]): Staller {
  const send = (signal: NodeJS.Signals): void => {
    for (const pid of pids) process.kill(pid, signal);
  };
  return {
    begin() {
      send("SIGSTOP");
      const still = (pid: number): boolean =>
        readdirSync(`/proc/${pid}/task`).every((thread) =>
          /\) T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1")),
        );
      const lastMs = performance.now() + 1000;
      while (!pids.every(still))
        if (performance.now() > lastMs) throw new Error(`processes ${pids.join(", ")} do not stop`);
    },
    end: () => send("SIGCONT"),
  };
}

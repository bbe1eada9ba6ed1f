import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { OpenLoad, PhasesPlan } from "../model/plan.ts";
import type { Instant } from "./clock.ts";

/** What the pacer's thread needs to know the same schedules as the agent. */
export interface PacerData {
  readonly flags: SharedArrayBuffer;
  readonly origin: Instant;
  readonly load: OpenLoad;
  readonly phases: PhasesPlan;
  readonly seed: number;
  /** Numbers of this agent's producers, of `producerCount` in the run. */
  readonly producers: readonly number[];
  readonly producerCount: number;
}

/** Indices of the shared flags: a wake is on its way; the thread is to end. */
export const WAKING = 0;
export const STOPPED = 1;

export interface Pacer {
  stop(): void;
}

/**
 * Calls `wake` whenever a message falls due. Timers of the event loop are half a millisecond late at the
 * median, more than a whole RabbitMQ confirm; a thread in `Atomics.wait` with a timer slack of 1 ns wakes the
 * loop within 10–50 µs (docs/measuring.md). Wakes are never early, and at most one is in flight.
 */
export function startPacer(data: Omit<PacerData, "flags">, wake: () => void): Pacer {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  // Linux only, inherited by the thread started next; elsewhere pacing is as good as the default slack.
  try {
    writeFileSync("/proc/self/timerslack_ns", "1");
  } catch {}
  const entry = new URL(`./pacer-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(entry, {
    workerData: { ...data, flags: flags.buffer } satisfies PacerData,
    execArgv: [],
  });
  worker.on("message", () => {
    // Cleared first: what falls due while `wake` runs must be able to wake us again.
    Atomics.store(flags, WAKING, 0);
    wake();
  });
  return {
    stop() {
      Atomics.store(flags, STOPPED, 1);
      Atomics.notify(flags, STOPPED);
    },
  };
}

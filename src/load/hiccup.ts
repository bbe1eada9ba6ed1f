import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { recordOvershoot } from "./overshoot.ts";
import type { Recorder } from "./recorder.ts";

/** A thread that only sleeps, and notes how late it wakes: what the machine does to one that asks for nothing. */
export interface HiccupMeter {
  /** The thread runs: what starting it costs is over. */
  readonly ready: Promise<void>;
  stop(): void;
}

/**
 * Sleep between two looks. A wake costs about 20 µs of CPU on a virtual machine: at 1 ms it would be more than
 * 2 % of a core for each agent, at 10 ms it is about 0.5 %. A long stall counts once for each period that it covers
 * (see `overshoot.ts`), so percentiles are of time, whatever the period is.
 */
export const HICCUP_PERIOD_MS = 10;

/** Index of the shared flag that ends the thread. */
export const HICCUP_STOPPED = 0;

/** @param into records how late each look was, ns, about once a second for all that were since */
export function startHiccupMeter(into: Recorder): HiccupMeter {
  const flags = new Int32Array(new SharedArrayBuffer(4));
  // As in pacer.ts: the default slack of 50 µs would be most of what is seen on an idle machine.
  try {
    writeFileSync("/proc/self/timerslack_ns", "1");
  } catch {}
  const entry = new URL(`./hiccup-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(entry, { workerData: flags.buffer, execArgv: [] });
  worker.on("message", (lateNs: Float64Array) => {
    for (const ns of lateNs) recordOvershoot(into, ns, HICCUP_PERIOD_MS * 1e6);
  });
  worker.unref();
  const ready = new Promise<void>((resolve) => {
    worker.once("online", resolve).once("exit", () => resolve());
  });
  return {
    ready,
    stop() {
      Atomics.store(flags, HICCUP_STOPPED, 1);
      Atomics.notify(flags, HICCUP_STOPPED);
    },
  };
}

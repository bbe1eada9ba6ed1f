import { parentPort, workerData } from "node:worker_threads";
import { createClock } from "./clock.ts";
import { HICCUP_PERIOD_MS, HICCUP_STOPPED } from "./hiccup.ts";

/** How many looks go to the other side at once: those of about a second. */
const LOOKS = Math.round(1000 / HICCUP_PERIOD_MS);
const PERIOD_NS = HICCUP_PERIOD_MS * 1e6;

const flags = new Int32Array(workerData as SharedArrayBuffer);
const clock = createClock(process.hrtime());
const lateNs = new Float64Array(LOOKS);

let looks = 0;
let last = clock.now();
while (Atomics.load(flags, HICCUP_STOPPED) === 0) {
  Atomics.wait(flags, HICCUP_STOPPED, 0, HICCUP_PERIOD_MS);
  lateNs[looks++] = clock.now() - last - PERIOD_NS;
  if (looks === LOOKS) {
    // A copy goes over; histograms are the other side's work, which has warm code for them.
    parentPort!.postMessage(lateNs);
    looks = 0;
  }
  // Read again: what reporting took is no hiccup.
  last = clock.now();
}

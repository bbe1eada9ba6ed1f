import { parentPort, workerData } from "node:worker_threads";
import { createClock } from "./clock.ts";
import { type PacerData, STOPPED, WAKING } from "./pacer.ts";
import { createSchedule } from "./schedule.ts";

/** Above 20 000 wakes a second the loop does better with several messages at a wake. */
const WAKE_GAP_NS = 50_000;

const data = workerData as PacerData;
const flags = new Int32Array(data.flags);
const clock = createClock(data.origin);
const streams = data.producers.map((producer) => {
  const next = createSchedule(data.load.schedule, data.phases, data.seed, producer, data.producerCount);
  return { next, due: next() };
});

let last = Number.NEGATIVE_INFINITY;
while (Atomics.load(flags, STOPPED) === 0) {
  let due = Number.POSITIVE_INFINITY;
  for (const s of streams) if (s.due < due) due = s.due;
  if (due === Number.POSITIVE_INFINITY) break;
  const waitNs = Math.max(due, last + WAKE_GAP_NS) - clock.now();
  if (waitNs > 0) Atomics.wait(flags, STOPPED, 0, waitNs / 1e6);
  const now = clock.now();
  // Never early: the wait may end before its time.
  if (now < due) continue;
  last = now;
  if (Atomics.exchange(flags, WAKING, 1) === 0) parentPort!.postMessage(0);
  for (const s of streams) while (s.due <= now) s.due = s.next();
}

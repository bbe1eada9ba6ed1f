import { writeFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import type { WakeFacts } from "./facts.ts";
import { type Read, readNumber } from "./proc.ts";
import { percentiles } from "./samples.ts";

const SLACK = "/proc/self/timerslack_ns";
const SPAN_MS = 1000;
/** Long against the time that falling asleep takes, short enough for a thousand of them. */
const SLEEP_MS = 1;
/** Between two turns of the event loop, so that Ctrl-C works. */
const SLEEPS_A_TURN = 20;

/** Sleeps as a run's pacer does, for a second, and looks how late each wake is. */
export async function probeWake(read: Read, signal: AbortSignal): Promise<WakeFacts> {
  const slackNs = readNumber(read, SLACK);
  const isSlackWritable = slackNs !== undefined && setSlack(1);
  try {
    const late = await sleepOften(signal);
    const { p50, p99, max } = percentiles(late);
    return { slackNs, isSlackWritable, p50Ns: p50, p99Ns: p99, maxNs: max, count: late.length };
  } finally {
    if (isSlackWritable) setSlack(slackNs);
  }
}

async function sleepOften(signal: AbortSignal): Promise<readonly number[]> {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const late: number[] = [];
  const end = performance.now() + SPAN_MS;
  while (performance.now() < end) {
    for (let i = 0; i < SLEEPS_A_TURN; i++) {
      const from = performance.now();
      Atomics.wait(never, 0, 0, SLEEP_MS);
      late.push(Math.max(0, performance.now() - from - SLEEP_MS) * 1e6);
    }
    await turn(undefined, { signal });
  }
  return late;
}

function setSlack(ns: number): boolean {
  try {
    writeFileSync(SLACK, String(ns));
    return true;
  } catch {
    return false;
  }
}

import type { ClockFacts } from "./facts.ts";
import type { Read } from "./proc.ts";

const ROUNDS = 200;
const READS = 1000;

/** The clock that every message is stamped with, read as fast as it can be. */
export function probeClock(read: Read): ClockFacts {
  let stepNs = Number.POSITIVE_INFINITY;
  let readNs = Number.POSITIVE_INFINITY;
  let backwards = 0;
  const [s0, n0] = process.hrtime();
  let before = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const from = before;
    for (let i = 0; i < READS; i++) {
      const [s, n] = process.hrtime();
      const now = (s - s0) * 1e9 + (n - n0);
      if (now < before) backwards++;
      else if (now > before) stepNs = Math.min(stepNs, now - before);
      before = now;
    }
    // The fastest round: in the others somebody else had the core.
    readNs = Math.min(readNs, (before - from) / READS);
  }
  const source = read("/sys/devices/system/clocksource/clocksource0/current_clocksource")?.trim();
  return { source, stepNs, readNs, backwards };
}

import type { Recorder } from "./recorder.ts";

/**
 * Records that a sleep of `periodNs` was `ns` too long. A stall of many periods is one look, but it would have
 * made each of the looks that it swallowed late too, by one period less each: without them a second of
 * stillness would be one sample among hundreds. The correction is that of HdrHistogram's
 * `recordValueWithExpectedInterval` and of jHiccup.
 */
export function recordOvershoot(into: Recorder, ns: number, periodNs: number): void {
  into.record(Math.max(0, ns));
  for (let rest = ns - periodNs; rest >= periodNs; rest -= periodNs) into.record(rest);
}

import { describe, expect, it } from "vitest";
import { bucketLow } from "../../src/model/hdr.ts";
import type { LatencySummary } from "../../src/model/result.ts";
import { decodeHistogram } from "../../src/report/histogram.ts";
import { runOnce } from "../support/run.ts";

/** On the memory broker: nothing but the harness and what the broker is told to do. */
const paced = (rate: string, inFlight: number, set: readonly string[]) =>
  runOnce({
    flags: {
      on: ["memory"],
      warmup: "300ms",
      duration: "2s",
      size: "100B",
      "in-flight": String(inFlight),
      rate,
      set,
    },
  });

const SCHEDULES: readonly (readonly [string, string, readonly string[], number])[] = [
  ["uniform", "3k/s", [], 6000],
  ["a ramp", "1k/s", ["load.schedule=ramp", "load.to=5k/s"], 6000],
  ["uniform by three producers", "3k/s", ["producers.count=3"], 6000],
];

describe("a schedule, when it is kept", () => {
  it.each(SCHEDULES)(
    "%s: everything is sent, nothing early, and its parts add up",
    async (_, rate, set, due) => {
      const { counts, latency, harness } = await paced(rate, 100_000, set);
      const { schedule_delay: delay, publish_service: service, publish_response: response } = latency;
      expect(counts.unique).toBe(counts.offered);
      // What is sent early has a negative delay: an anomaly, and in none of the counts. Acknowledging is
      // counted by when it happened, everything else by when it was due.
      for (const l of [delay, service, response, latency.e2e_service, latency.e2e_response])
        expect([l?.count, l?.anomalies]).toEqual([due, 0]);
      // Means add, percentiles do not; each is rounded to a whole ns.
      expect(Math.abs(response!.mean - service!.mean - delay!.mean)).toBeLessThanOrEqual(2);
      expect(
        Math.abs(latency.e2e_response!.mean - latency.e2e_service!.mean - delay!.mean),
      ).toBeLessThanOrEqual(2);
      // The broker was never in the way: all of the delay is the harness's own lateness.
      expect(harness.blockedShare).toBe(0);
      const { count, mean, max, percentiles } = delay!;
      expect(harness.lateness).toEqual({ count, mean, max, percentiles });
      expect(harness.latenessP99Ns).toBe(percentiles["99"]);
    },
    60_000,
  );
});

describe("a schedule that the broker holds up", () => {
  it("is late by what theory says, and that is not called the harness's lateness", async () => {
    const { latency, harness } = await paced("500/s", 1, ["options.memory={stall: {at: 1s, for: 600ms}}"]);
    const delay = latency.schedule_delay!;
    // 500/s for 600 ms: the oldest was due when the stall began, all others wait for less, one after another.
    expect(delay.count).toBe(1000);
    expect(countAbove(delay, 100e6)).toBeGreaterThanOrEqual(500 * 0.5 - 5);
    expect(delay.max).toBeGreaterThan(590e6);
    expect(
      Math.abs(latency.publish_response!.mean - latency.publish_service!.mean - delay.mean),
    ).toBeLessThan(3);
    // A quarter of the messages waited 300 ms on average; the harness's own share is what machines do to it.
    const lateness = harness.lateness!;
    expect(lateness.count).toBe(delay.count);
    expect(delay.mean).toBeGreaterThan(60e6);
    expect(lateness.mean).toBeLessThan(0.2 * delay.mean);
    expect(harness.blockedShare).toBeGreaterThan(0);
  }, 60_000);
});

function countAbove(l: LatencySummary, ns: number): number {
  return decodeHistogram(l.histogram.data).reduce((n, count, i) => (bucketLow(i) > ns ? n + count : n), 0);
}

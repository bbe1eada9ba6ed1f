import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/load/recorder.ts";
import type { LatencySummary } from "../../src/model/result.ts";
import { encodeHistogram } from "../../src/report/histogram.ts";
import { sampleLatency } from "../fixtures/latency.ts";
import { mismatches } from "../support/percentiles.ts";
import { drainOf, stalledResponses } from "../support/stall-theory.ts";

const MS = 1e6;
/** A message each 10 ms, which takes 1 ms; the server stands still from 95 to 195 ms. */
const dueNs = Array.from({ length: 40 }, (_, i) => i * 10 * MS);
const queue = { dueNs, before: 10, floorNs: MS };

describe("the theory of a stall", () => {
  it("with a backlog that is gone at once: everything waits for the end of the stall", () => {
    const drain = [{ atNs: 195 * MS, through: 10 }];
    const ms = stalledResponses({ ...queue, drain }).map((ns) => ns / MS);
    expect(ms.slice(8, 22)).toEqual([1, 1, 95, 85, 75, 65, 55, 45, 35, 25, 15, 5, 1, 1]);
  });

  it("with a backlog that takes its time: everything waits for its place in it, also what comes later", () => {
    // One message each 5 ms: 20 are through, and none waits any more, 95 ms after the first.
    const drain = [
      { atNs: 200 * MS, through: 1 },
      { atNs: 295 * MS, through: 20 },
    ];
    const ms = stalledResponses({ ...queue, drain }).map((ns) => ns / MS);
    expect([ms[9], ms[10], ms[11], ms[20], ms[28], ms[29], ms[30]]).toEqual([1, 100, 95, 50, 10, 5, 1]);
  });

  it("takes the drain from the times at which messages came through", () => {
    // From number 29 on nothing waits any more.
    const doneNs = dueNs.map((due, i) => (i < 10 || i > 28 ? due + MS : (200 + 5 * (i - 10)) * MS));
    const drain = drainOf(doneNs, dueNs, 195 * MS, MS);
    expect(drain[0]).toEqual({ atNs: 200 * MS, through: 1 });
    expect(drain.at(-1)).toEqual({ atNs: 290 * MS, through: 19 });
    const took = doneNs.map((t, i) => t - dueNs[i]!);
    expect(stalledResponses({ ...queue, drain }).map(Math.round)).toEqual(took);
  });
});

describe("comparing quantiles", () => {
  const theory = Array.from({ length: 1000 }, (_, i) => i * MS);
  const measured = (values: readonly number[]): LatencySummary => {
    const r = new Recorder();
    for (const v of values) r.record(v);
    const { count, max } = r;
    const histogram = {
      format: "hdr-v2-deflate-base64",
      digits: 3,
      data: encodeHistogram(r.buckets),
    } as const;
    return { ...sampleLatency(MS), count, max, histogram };
  };

  it.each<[string, (ns: number) => number, boolean]>([
    ["the same", (ns) => ns, true],
    ["2 % more", (ns) => 1.02 * ns, true],
    ["4 ms more", (ns) => ns + 4 * MS, true],
    ["4 % more", (ns) => 1.04 * ns, false],
    ["4 % less", (ns) => 0.96 * ns, false],
    ["6 ms more where 3 % are less", (ns) => (ns < 150 * MS ? ns + 6 * MS : ns), false],
    ["a maximum that is too small", (ns) => Math.min(ns, 960 * MS), false],
    ["one message too long", (ns) => (ns === 999 * MS ? 1100 * MS : ns), false],
  ])("%s", (_, change, isSame) => {
    expect(mismatches(measured(theory.map(change)), theory, 10 * MS).length === 0).toBe(isSame);
  });

  it("leaves alone what lies below the bound", () => {
    expect(mismatches(measured(theory.map((ns) => Math.max(ns, 90 * MS))), theory, 90 * MS)).toEqual([]);
    expect(mismatches(measured(theory.map((ns) => Math.max(ns, 90 * MS))), theory, 50 * MS)).not.toEqual([]);
  });
});

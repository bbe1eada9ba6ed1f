import { describe, expect, it } from "vitest";
import { Arrivals } from "../../src/load/arrivals.ts";
import { createRecorders } from "../../src/load/metrics.ts";
import { Moments, readMoments } from "../../src/load/moments.ts";
import { OutcomeLog } from "../../src/load/outcome-log.ts";
import { Processed } from "../../src/load/processed.ts";
import { Settling } from "../../src/load/settling.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

const MS = 1e6;
const BUCKET = 10 * MS;

describe("moments", () => {
  it("of one kind in one interval are one row, with its first and last time and its worst response", () => {
    const moments = new Moments(BUCKET);
    moments.add("seen", 21 * MS, 3, 5 * MS);
    moments.add("acked", 22 * MS, 1, 9 * MS);
    moments.add("seen", 28 * MS, 2, 7 * MS);
    moments.add("seen", 31 * MS, 1, 1 * MS);
    expect(readMoments(moments.take()!)).toEqual([
      { kind: "seen", bucket: 2, count: 5, firstNs: 21 * MS, lastNs: 28 * MS, worstNs: 7 * MS },
      { kind: "acked", bucket: 2, count: 1, firstNs: 22 * MS, lastNs: 22 * MS, worstNs: 9 * MS },
      { kind: "seen", bucket: 3, count: 1, firstNs: 31 * MS, lastNs: 31 * MS, worstNs: 1 * MS },
    ]);
    expect(moments.take(), "shipped once").toBeUndefined();
    moments.add("seen", 32 * MS, 1);
    expect(readMoments(moments.take()!)).toHaveLength(1);
  });

  it("before the run's time 0 are in its first interval, and a response below 0 is none", () => {
    const moments = new Moments(BUCKET);
    moments.add("seen", -5 * MS, 1, -1);
    expect(readMoments(moments.take()!)[0]).toMatchObject({ bucket: 0, worstNs: 0 });
  });
});

describe("who notes moments", () => {
  const message = (sequence: number, flagged: boolean) =>
    ({
      kind: "ok",
      lane: 0,
      sequence,
      intendedNs: 6e9,
      sentNs: 6e9,
      partition: 0,
      offset: sequence,
      flagged,
    }) as const;

  it("a consumer: first sights, those with a sign of redelivery, and what comes again", () => {
    const moments = new Moments(BUCKET);
    const side = new Processed(1, new Arrivals(1), SAMPLE_PLAN.phases, createRecorders(moments));
    side.add([message(0, false), message(1, true), message(0, false), message(1, true)], 6e9 + 4 * MS);
    const rows = readMoments(moments.take()!).map(({ kind, count, worstNs }) => [kind, count, worstNs]);
    expect(rows.sort()).toEqual([
      ["again", 2, 0],
      ["marked", 1, 0],
      ["seen", 2, 4 * MS],
    ]);
  });

  it("a producer: what was acknowledged, and what was not", () => {
    const moments = new Moments(BUCKET);
    const counters = { ackedInWindow: 0, ackedBytesInWindow: 0, late: 0 };
    const context = { plan: SAMPLE_PLAN, recorders: createRecorders(moments), outcomes: new OutcomeLog() };
    const settling = new Settling(0, context, counters);
    for (let i = 0; i < 4; i++) settling.put(0, 6e9, 6e9, 100);
    settling.settled(0, 0, 2, "acked", undefined, 6e9 + 3 * MS);
    settling.settled(0, 2, 1, "unknown", "CUT", 6e9 + 5 * MS);
    settling.settled(0, 3, 1, "unasked", undefined, 6e9 + 5 * MS);
    const rows = readMoments(moments.take()!).map(({ kind, count, worstNs }) => [kind, count, worstNs]);
    expect(rows).toEqual([
      ["acked", 2, 3 * MS],
      ["failed", 1, 0],
    ]);
  });

  it("nobody in a run without faults (control)", () => {
    const recorders = createRecorders();
    expect(recorders.moments).toBeUndefined();
    const side = new Processed(1, new Arrivals(1), SAMPLE_PLAN.phases, recorders);
    side.add([message(0, false), message(0, true)], 6e9 + 4 * MS);
    expect(recorders.e2e_response.count).toBe(1);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findMetric } from "../../src/verify/threshold-metrics.ts";
import { holds, parseThreshold } from "../../src/verify/thresholds.ts";
import { judgeMetric, restsOnInvalid, type ValidityEvidence, validityOf } from "../../src/verify/validity.ts";
import { sampleRun } from "../fixtures/run.ts";

/** A sound open-loop run whose responses are 10 ms at every percentile. */
function evidence(change: Partial<ValidityEvidence> = {}): ValidityEvidence {
  const { plan, counts, rates, latency } = sampleRun();
  return {
    plan,
    counts,
    rates,
    latency,
    percentile: () => 10e6,
    closes: true,
    lateness: () => 0,
    hiccup: () => 0,
    ceiling: undefined,
    causes: [],
    ...change,
  };
}

const closed = { plan: { ...sampleRun().plan, load: { loop: "closed" as const } } };
const saturated = { ...sampleRun().rates, offered: null, achieved: null, publish: 100_000, sent: 100_000 };
const judge = (name: string, e: ValidityEvidence) => judgeMetric(findMetric(name)!, e);

describe("validity", () => {
  it.each([
    ["on time", 0, 0, "valid", []],
    ["late by exactly a quarter", 2.5e6, 0, "valid", []],
    ["late by more", 2.6e6, 0, "invalid", ["HARNESS_LATE"]],
    ["held up by more", 0, 2.6e6, "invalid", ["HARNESS_HICCUP"]],
    ["both", 3e6, 3e6, "invalid", ["HARNESS_LATE", "HARNESS_HICCUP"]],
  ])("of a response percentile of 10 ms, when the harness was %s", (_, late, hiccup, verdict, codes) => {
    const e = evidence({ lateness: () => late, hiccup: () => hiccup });
    for (const name of ["e2e_response.p99", "publish_response.p50", "e2e_response.p97.5"])
      expect(judge(name, e)).toEqual({
        ...{ verdict, codes },
        ...(verdict === "invalid" ? { ownNs: Math.max(late, hiccup) } : {}),
      });
    // A service time has no due time to be late for.
    expect(judge("e2e_service.p99", e)).toEqual({ verdict: "unchecked", codes: [] });
  });

  it("looks at each percentile's own lateness", () => {
    const e = evidence({ lateness: (p) => (p > 99 ? 9e6 : 1e6) });
    expect(judge("e2e_response.p99", e)?.verdict).toBe("valid");
    expect(judge("e2e_response.p99.9", e)?.verdict).toBe("invalid");
  });

  it("asks only the producing agents about publishing", () => {
    const e = evidence({ hiccup: (where) => (where === "produce" ? 0 : 9e6) });
    expect(judge("publish_response.p99", e)?.verdict).toBe("valid");
    expect(judge("e2e_response.p99", e)?.verdict).toBe("invalid");
  });

  it("names causes beside what is invalid, and lets them judge nothing", () => {
    const causes = ["CPU_PRESSURE", "GC_PAUSES"];
    expect(judge("e2e_response.p99", evidence({ causes }))).toEqual({ verdict: "valid", codes: [] });
    expect(judge("e2e_response.p99", evidence({ causes, lateness: () => 9e6 }))?.codes).toEqual([
      "HARNESS_LATE",
      ...causes,
    ]);
  });

  it.each([
    ["far above", { sent: 1e6, publish: 1e6, consume: 1e6 }, "valid", []],
    ["just enough above", { sent: 120_000, publish: 120_000, consume: 120_000 }, "valid", []],
    ["hardly above", { sent: 119_000, publish: 119_000, consume: 119_000 }, "invalid", ["HARNESS_BOUND"]],
    ["unknown", undefined, "unchecked", []],
  ])("of a throughput, with the harness's own ceiling %s it", (_, ceiling, verdict, codes) => {
    const e = evidence({ ...closed, rates: saturated, ceiling });
    expect(judge("rate.publish", e)).toEqual({ verdict, codes });
  });

  it("holds a rate for valid that the schedule asked for and got, whatever the ceiling", () => {
    const ceiling = { sent: 5001, publish: 5001, consume: 10_001 };
    expect(judge("rate.publish", evidence({ ceiling }))?.verdict).toBe("valid");
    const { rates } = sampleRun();
    const missed = evidence({ ceiling, rates: { ...rates, achieved: 0.9 } });
    expect(judge("rate.publish", missed)?.verdict).toBe("invalid");
  });

  it("of counts follows the ledger, and of losses the drain", () => {
    expect(judge("lost", evidence())?.verdict).toBe("valid");
    expect(judge("acked", evidence({ closes: false }))?.codes).toEqual(["LEDGER_OPEN"]);
    const e = evidence({ counts: { ...sampleRun().counts, undelivered: 3 } });
    expect(judge("lost", e)?.codes).toEqual(["UNDELIVERED"]);
    expect(judge("acked", e)?.verdict).toBe("valid");
  });

  it("lists every count, rate and response, and what was asked for besides", () => {
    const all = validityOf(evidence(), ["e2e_response.p97", "e2e_service.p99"]);
    for (const name of ["lost", "reordered", "rate.publish", "e2e_response.p99.99", "publish_response.max"])
      expect(all[name]?.verdict).toBe("valid");
    expect(all["e2e_response.p97"]?.verdict).toBe("valid");
    expect(all["e2e_service.p99"]?.verdict).toBe("unchecked");
    // What was not measured has no verdict: no schedule, no share of it.
    expect(validityOf(evidence({ ...closed, rates: saturated }))["rate.achieved"]).toBeUndefined();
  });

  it("never gets better by more lateness", () => {
    const bad = (late: number): boolean =>
      judge("e2e_response.p99", evidence({ lateness: () => late }))?.verdict === "invalid";
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e8, noNaN: true }),
        fc.double({ min: 0, max: 1e8, noNaN: true }),
        (a, b) => (bad(Math.min(a, b)) ? bad(Math.max(a, b)) : true),
      ),
    );
  });
});

describe("a threshold on an invalid number", () => {
  const invalid = { verdict: "invalid", codes: ["HARNESS_LATE"], ownNs: 30e6 } as const;
  it.each([
    // The harness only makes a response longer: what is short enough with it is so without.
    ["e2e_response.p99 < 50ms", 40, false],
    // 60 ms without the 30 that may be ours would be short enough; 90 ms would not.
    ["e2e_response.p99 < 50ms", 60, true],
    ["e2e_response.p99 < 50ms", 90, false],
    ["e2e_response.p99 > 50ms", 60, true],
    ["e2e_response.p99 > 50ms", 90, false],
    ["e2e_response.p99 >= 50ms", 40, false],
    // And it only makes a throughput smaller.
    ["rate.publish > 1k/s", 2000, false],
    ["rate.publish > 1k/s", 500, true],
    ["rate.publish < 1k/s", 500, true],
    // An open ledger makes the whole run invalid, not one threshold.
    ["lost == 0", 0, false],
  ])("%s at %d: has no verdict: %s", (text, actual, rests) => {
    const t = parseThreshold(text, "flag");
    const found = { ok: holds(actual, t.op, t.limit, false), actual };
    expect(restsOnInvalid(t, found, invalid)).toBe(rests);
    expect(restsOnInvalid(t, found, { verdict: "valid", codes: [] })).toBe(false);
    expect(restsOnInvalid(t, found, { verdict: "unchecked", codes: [] })).toBe(false);
  });
});

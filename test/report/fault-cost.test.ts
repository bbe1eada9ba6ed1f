import { describe, expect, it } from "vitest";
import type { FaultResult } from "../../src/model/fault.ts";
import type { FaultCost, FaultSeries } from "../../src/model/fault-cost.ts";
import type { RunResult } from "../../src/model/result.ts";
import { spikeTexts } from "../../src/report/fault-spikes.ts";
import { PLAIN, widthOf } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import { problemsOf } from "../../src/store/schema.ts";
import { sampleRun } from "../fixtures/run.ts";

const BASE = sampleRun();
const P99 = BASE.latency.e2e_response!.percentiles["99"];
const MAX = BASE.latency.e2e_response!.max;
/** More than a hundredth of the samples. */
const MANY = BASE.latency.e2e_response!.count / 50;

const COST: FaultCost = {
  detectNs: 41e6,
  detectedBy: "producer 0 disconnected",
  publish: { stretchNs: 505e6, normalNs: 4e6, withoutNs: 501e6, worstNs: 503e6, slowed: 410 },
  consume: { stretchNs: 44e6, normalNs: 4e6, withoutNs: 0, worstNs: MAX, slowed: MANY },
  repeats: 12,
  recoveryNs: 35.2e6,
  ackToVisibleNs: 510e6,
};

const STALL: FaultResult = {
  kind: "stall",
  side: "both",
  plannedAtNs: 9e9,
  startNs: 9e9,
  endNs: 9.5e9,
  bit: true,
  evidence: { bytes: 2048, messages: 700, inFlight: 350 },
  cost: COST,
};

const SERIES: FaultSeries = {
  startNs: 5e9,
  intervalNs: 40e6,
  acked: Array.from({ length: 500 }, (_, i) => (i >= 100 && i < 113 ? 0 : 200)),
  seen: Array.from({ length: 500 }, (_, i) => (i >= 100 && i < 113 ? 0 : 200)),
  e2eMax: Array.from({ length: 500 }, (_, i) => (i >= 100 && i < 113 ? null : i === 113 ? 500e6 : 5e6)),
};

const run = (faults: readonly FaultResult[], change: Partial<RunResult> = {}): RunResult =>
  sampleRun({ faults, faultSeries: SERIES, ...change });
const text = (r: RunResult): string => renderRun(r, PLAIN);
const line = (r: RunResult, start: string): string =>
  text(r)
    .split("\n")
    .find((l) => l.startsWith(start)) ?? "";

describe("what a fault cost, as text", () => {
  it("is a row for each fault that bit", () => {
    const r = run([STALL, { ...STALL, kind: "cut", bit: false, cost: null }]);
    expect(problemsOf(r, "run-v1")).toEqual([]);
    expect(text(r)).toMatch(
      /^What they cost\n +detect +no acks +no sights +again +recovery +e2e max +unseen\n {2}9\.00s stall +41\.0ms +501ms +none +12 +35\.2ms +\S+ +510ms\n {2}stall at 9\.00s was noticed: producer 0 disconnected$/m,
    );
    expect(text(r).split("What they cost")[1]).not.toMatch(/^ {2}cut at/m);
    for (const l of text(r).split("\n")) expect(widthOf(l), l).toBeLessThanOrEqual(80);
  });

  it("says why there is no recovery time", () => {
    const late = run([{ ...STALL, cost: { ...COST, recoveryNs: null, notRecovered: "run-over" } }]);
    expect(text(late)).toContain("stall at 9.00s has no recovery time: the run was over before");
    expect(line(late, "  9.00s stall")).toContain("never");
  });

  it("draws the run: gaps where nothing came, the spike behind it, the fault below", () => {
    const r = run([STALL]);
    const drawn = text(r).split("The measure phase")[1]!;
    const [, acked, seen, worst, marks] = drawn.split("\n");
    expect(acked).toMatch(/^ {2}acked +█+ █+$/);
    expect(seen).toMatch(/^ {2}first seen +█+ █+$/);
    expect(worst).toMatch(/^ {2}e2e max +▁+ █▁+$/);
    expect(marks).toMatch(/^ {2}fault +\^+$/);
    const gap = acked!.indexOf(" ", 13);
    // A column that the fault has a part of only may have a bar as well.
    expect(marks!.slice(gap - 1, gap + 2)).toBe("^^^");
    expect(marks!.trimEnd().length).toBe(gap + 2);
  });

  it("is nothing in a run without faults, or none that bit (control)", () => {
    expect(text(BASE)).not.toMatch(/What they cost|The measure phase,|for up to/);
    expect(text(run([{ ...STALL, bit: false, cost: null }]))).not.toContain("What they cost");
  });
});

describe("a spike", () => {
  const named = (cost: Partial<FaultCost["consume"]>): readonly string[] =>
    spikeTexts({
      latency: { e2e_response: BASE.latency.e2e_response! },
      faults: [{ ...STALL, cost: { ...COST, consume: { ...COST.consume!, ...cost } } }],
    });

  it("names the fault that it coincides with", () => {
    const [only, ...more] = named({});
    expect(more).toEqual([]);
    expect(only).toMatch(
      /^e2e response p99 \S+, p99\.9 \S+, max \S+: stall at 9\.00s held [\d ]+ messages for up to \S+$/,
    );
    expect(text(run([STALL])).replace(/\s+/g, " ")).toContain(only);
  });

  it("is the fault's only as far as it held enough messages for long enough (control)", () => {
    expect(named({ slowed: 1 })[0]).toMatch(/^e2e response max \S+: stall/);
    expect(named({ worstNs: P99 / 2 })).toEqual([]);
    expect(named({ worstNs: P99 * 1.01 })[0]).toMatch(/^e2e response p99 \S+: stall/);
    expect(named({ slowed: 0 })).toEqual([]);
    expect(spikeTexts(BASE)).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunResult } from "../../../src/model/result.ts";
import type { LimitStep, TargetLimit } from "../../../src/report/limit-result.ts";
import type { LimitSearch } from "../../../src/run/limit/request.ts";
import { searchTarget } from "../../../src/run/limit/search-target.ts";
import { SAMPLE_PLAN, sampleRun } from "../../fixtures/run.ts";

const SEARCH: LimitSearch = {
  set: { runs: [], varied: [], problems: [] },
  objectives: ["e2e_response.p99 < 20ms"],
  fromPerS: null,
  toPerS: null,
  precision: 0.05,
};

interface System {
  readonly p99Ms: (ratePerS: number) => number;
  readonly ceilingPerS?: number;
  readonly change?: (plan: Plan, number: number) => Partial<RunResult>;
}

/** A search on a synthetic target. */
async function search(system: System, change: Partial<LimitSearch> = {}) {
  const plans: Plan[] = [];
  const titles: string[] = [];
  const judged: LimitStep[] = [];
  const progress: TargetLimit[] = [];
  const done = await searchTarget({
    planned: { plan: SAMPLE_PLAN, repeat: 0, settings: [] },
    label: "",
    search: { ...SEARCH, ...change },
    async run(plan, name, isProbe) {
      plans.push(plan);
      return {
        folder: `${plans.length}-${name}${isProbe ? "-probe" : ""}`,
        result: resultOf(system, plan, plans.length),
      };
    },
    watch: {
      note() {},
      step: (what) => titles.push(what),
      phase() {},
      second() {},
      end() {},
      judged: (step) => judged.push(step),
    },
    progress: async (limit) => void progress.push(limit),
  });
  return { ...done, plans, titles, judged, progress };
}

function resultOf(system: System, plan: Plan, number: number): RunResult {
  const base = sampleRun();
  const rate =
    plan.load.loop === "open" && "ratePerS" in plan.load.schedule ? plan.load.schedule.ratePerS : 0;
  const ms = system.p99Ms(rate);
  return {
    ...base,
    plan,
    state: "finished",
    findings: [],
    counts: { ...base.counts, undelivered: 0 },
    rates: { ...base.rates, achieved: 1, publish: rate === 0 ? (system.ceilingPerS ?? 0) : rate },
    thresholds: [
      {
        expression: "e2e_response.p99 < 20ms",
        origin: "flag",
        ok: ms < 20,
        actual: ms,
        actualText: `${ms}ms`,
        kind: "threshold",
      },
    ],
    series: { ...base.series, backlog: [], e2eP50: [], e2eP99: [], e2eMax: [] },
    exit: { code: 0, reasons: [] },
    ...system.change?.(plan, number),
  };
}

describe("the search on a target", () => {
  it("begins at a quarter of what a closed loop reaches, and ends at the limit", async () => {
    const { limit, plans, titles } = await search({
      p99Ms: (r) => (r <= 30_000 ? 5 : 90),
      ceilingPerS: 41_234,
    });
    expect(plans[0]).toMatchObject({
      load: { loop: "closed" },
      phases: { warmupNs: 2e9, measureNs: 3e9 },
      expect: [],
    });
    expect(limit.probe).toEqual({ folder: "1-closed-probe", publishPerS: 41_234 });
    expect(limit.steps[0]).toMatchObject({ ratePerS: 10_300, folder: "2-10300", purpose: "up" });
    expect(limit).toMatchObject({ outcome: "found", isHarnessBound: false });
    expect(limit.limitPerS).toBeGreaterThan(30_000 / 1.05);
    expect(limit.limitPerS).toBeLessThanOrEqual(30_000);
    expect(limit.failsPerS! / limit.limitPerS!).toBeLessThanOrEqual(1.05);
    expect(titles[1]).toMatch(/^step 1 of about \d+, going up$/);
    expect(limit.work).toBe(
      "open loop, uniform arrivals, 1KiB messages, 3 partitions, 2 producers, 2 subscriptions × 2 consumers, 20s after 5s of warm-up",
    );
  });

  it("draws other arrivals in each step, and keeps all else of the plan", async () => {
    const { plans } = await search({ p99Ms: (r) => (r <= 3000 ? 5 : 90) }, { fromPerS: 1000 });
    expect(new Set(plans.map((p) => p.seed)).size).toBe(plans.length);
    for (const plan of plans) expect({ ...plan, seed: 42, load: SAMPLE_PLAN.load }).toEqual(SAMPLE_PLAN);
  });

  it("takes --from for the lowest rate, without a closed loop, and --to for the highest", async () => {
    const none = await search({ p99Ms: () => 90 }, { fromPerS: 1000 });
    expect(none.limit).toMatchObject({ outcome: "none", limitPerS: null, failsPerS: 1000, probe: null });
    expect(none.plans).toHaveLength(1);
    const all = await search({ p99Ms: () => 5 }, { fromPerS: 1000, toPerS: 3000 });
    expect(all.limit).toMatchObject({ outcome: "at-least", limitPerS: 3000, failsPerS: null });
  });

  it("says after each step what is known so far", async () => {
    const { progress, limit } = await search({ p99Ms: (r) => (r <= 3000 ? 5 : 90) }, { fromPerS: 1000 });
    expect(progress.map((p) => p.steps.length)).toEqual([
      ...limit.steps.map((_, i) => i),
      limit.steps.length,
    ]);
    expect(progress[3]).toMatchObject({ outcome: "unfinished", limitPerS: 2000, failsPerS: 4000 });
  });

  it("says that the harness was late where the rate above the limit failed", async () => {
    const { limit } = await search(
      {
        p99Ms: (r) => (r <= 3000 ? 5 : 90),
        change: () => ({ warnings: [{ code: "HARNESS_LATE", message: "" }] }),
      },
      { fromPerS: 1000 },
    );
    expect(limit.isHarnessBound).toBe(true);
  });

  it.each(["interrupted", "failed"] as const)(
    "ends at once, with what it has, when a run is %s",
    async (state) => {
      const { limit, broken, judged } = await search(
        { p99Ms: () => 5, change: (_, number) => (number === 3 ? { state } : {}) },
        { fromPerS: 1000 },
      );
      expect(broken?.state).toBe(state);
      expect(judged).toHaveLength(2);
      expect(limit).toMatchObject({ outcome: "unfinished", limitPerS: 2000, failsPerS: null });
    },
  );
});

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { createFloorFinder, type FloorMode, type MeasuredFloor } from "../../src/run/floor.ts";
import { ceilingPlan, floorKey, floorPlan } from "../../src/run/floor-plan.ts";
import { SAMPLE_PLAN, sampleRun } from "../fixtures/run.ts";
import { temporaryFolder } from "../support/run.ts";

const { environment } = sampleRun();
const CLOSED: Plan = { ...SAMPLE_PLAN, load: { loop: "closed" } };
const measured: MeasuredFloor = {
  floor: { measuredAt: new Date().toISOString(), ceiling: { sent: 9, publish: 8, consume: 7 } },
  cpuPressure: 0.1,
};

function finder(
  cacheDir: string,
  o: { mode?: FloorMode; plannedNs?: number; found?: MeasuredFloor | undefined } = {},
) {
  const asked: Plan[] = [];
  const request = {
    mode: o.mode ?? "auto",
    cacheDir,
    version: "1.2.3",
    plannedNs: o.plannedNs ?? 60e9,
    signal: new AbortController().signal,
    note() {},
  };
  const found = "found" in o ? o.found : measured;
  const find = createFloorFinder(request, async (plan) => {
    asked.push(plan);
    return found;
  });
  return { find, asked };
}

describe("a floor", () => {
  it("is measured once, and known to the next command", async () => {
    const cache = temporaryFolder();
    const first = finder(cache);
    expect(await first.find(CLOSED)).toEqual({ ...measured.floor, cached: false });
    expect(await first.find({ ...CLOSED, target: { system: "x", mode: "y", client: "z" } })).toBeDefined();
    expect(first.asked).toHaveLength(1);
    const second = finder(cache, { plannedNs: 0 });
    expect(await second.find(CLOSED)).toEqual({ ...measured.floor, cached: true });
    expect(second.asked).toEqual([]);
  });

  it.each([
    ["for a short command", { plannedNs: 5e9 }],
    ["when nobody wants it", { mode: "never" as const }],
  ])("is not measured %s", async (_, o) => {
    const { find, asked } = finder(temporaryFolder(), o);
    expect(await find(CLOSED)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("is measured anew when asked for, however short the command", async () => {
    const cache = temporaryFolder();
    await finder(cache).find(CLOSED);
    const again = finder(cache, { mode: "always", plannedNs: 0 });
    expect((await again.find(CLOSED))?.cached).toBe(false);
    expect(again.asked).toHaveLength(1);
  });

  it("of a crowded moment, or one that failed, is not kept", async () => {
    const cache = temporaryFolder();
    const busy = { found: { ...measured, cpuPressure: 0.9 } };
    // Only who asked for it gets it.
    expect(await finder(cache, busy).find(CLOSED)).toBeUndefined();
    expect(await finder(cache, { ...busy, mode: "always" }).find(CLOSED)).toBeDefined();
    expect(await finder(cache, { found: undefined }).find(CLOSED)).toBeUndefined();
    expect(readdirSync(cache)).toEqual([]);
  });

  it("that cannot be read, or is of last month, is measured again", async () => {
    const cache = temporaryFolder();
    await finder(cache).find(CLOSED);
    const file = join(cache, "floors", readdirSync(join(cache, "floors"))[0]!);
    const old = { ...measured.floor, measuredAt: "2020-01-01T00:00:00Z" };
    for (const text of ["{", "null", '{"measuredAt": "now"}', JSON.stringify(old)]) {
      writeFileSync(file, text);
      const { find, asked } = finder(cache);
      expect((await find(CLOSED))?.cached).toBe(false);
      expect(asked).toHaveLength(1);
    }
  });

  it("is of a plan's shape: not of its target, phases or thresholds, but of everything that costs work", () => {
    const key = (plan: Plan, versions = ["1", "24"]) => floorKey(plan, environment, versions);
    const own = key(SAMPLE_PLAN);
    const same = { ...SAMPLE_PLAN, expect: [], phases: { ...SAMPLE_PLAN.phases, measureNs: 1 } };
    expect(key({ ...same, target: { system: "x", mode: "y", client: "z" }, driverOptions: { a: 1 } })).toBe(
      own,
    );
    expect(key(SAMPLE_PLAN, ["2", "24"])).not.toBe(own);
    expect(key(CLOSED)).not.toBe(own);
    expect(key({ ...SAMPLE_PLAN, stream: { partitions: 4, subscriptions: 2 } })).not.toBe(own);
    const small = { ...SAMPLE_PLAN.message, size: { kind: "fixed" as const, bytes: 100 } };
    expect(key({ ...SAMPLE_PLAN, message: small })).not.toBe(own);
  });

  it("runs the plan on the memory driver: as fast as it goes, and at its own schedule", () => {
    expect(ceilingPlan(SAMPLE_PLAN).load.loop).toBe("closed");
    expect(floorPlan(SAMPLE_PLAN)?.load).toEqual(SAMPLE_PLAN.load);
    expect(floorPlan(CLOSED)).toBeUndefined();
    for (const plan of [ceilingPlan(SAMPLE_PLAN), floorPlan(SAMPLE_PLAN)!])
      expect(plan).toMatchObject({
        target: { system: "memory" },
        message: SAMPLE_PLAN.message,
        consumers: { workNs: 0, start: "with-producers" },
      });
  });

  it("measured for real reaches more than nothing, and keeps the plan's schedule", async () => {
    const request = {
      mode: "always" as const,
      cacheDir: temporaryFolder(),
      version: "1",
      plannedNs: 0,
      signal: new AbortController().signal,
      note() {},
    };
    const floor = await createFloorFinder(request)(SAMPLE_PLAN);
    expect(floor?.ceiling.publish).toBeGreaterThan(0);
    // Two subscriptions: what is published once is consumed twice.
    expect(floor?.ceiling.consume).toBeGreaterThan(floor!.ceiling.publish);
    expect(floor?.response?.e2e_response?.["50"]).toBeGreaterThan(0);
  }, 60_000);
});

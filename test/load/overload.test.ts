import { describe, expect, it } from "vitest";
import { createOverloadWatch } from "../../src/load/overload.ts";
import type { FaultPlan } from "../../src/model/fault.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

const OPEN = {
  loop: "open",
  schedule: { kind: "uniform", ratePerS: 1000 },
  maxBacklogNs: 10e9,
} as const;
const STALL: FaultPlan = { kind: "stall", atNs: 5e9, forNs: 1e9, side: "both" };
const KILL: FaultPlan = { kind: "kill", atNs: 5e9, forNs: 1e9, side: "both", node: "1" };
const watch = (faults: readonly FaultPlan[] = []) =>
  createOverloadWatch({ load: OPEN, faults, phases: { ...SAMPLE_PLAN.phases, warmupNs: 0 } });

describe("a backlog", () => {
  it("is an overload beyond the plan's bound", () => {
    expect(watch()(20e9, 9.9e9)).toBe(false);
    expect(watch()(20e9, 10.1e9)).toBe(true);
    expect(createOverloadWatch({ ...SAMPLE_PLAN, load: { loop: "closed" } })(20e9, 99e9)).toBe(false);
  });

  it("is none from a fault's begin until it is gone", () => {
    const isOverload = watch([STALL]);
    expect(isOverload(4e9, 11e9)).toBe(true);
    expect(isOverload(5e9, 11e9)).toBe(false);
    expect(isOverload(30e9, 25e9)).toBe(false);
    expect(isOverload(40e9, 50e6)).toBe(false);
    expect(isOverload(41e9, 11e9)).toBe(true);
  });

  it("is one when it is not gone long after the fault", () => {
    const isOverload = watch([STALL]);
    expect(isOverload(120e9, 50e9)).toBe(false);
    expect(isOverload(126.1e9, 50e9)).toBe(true);
  });

  it("may begin only while a killed node starts again", () => {
    const [stall, kill] = [watch([STALL]), watch([KILL])];
    for (const isOverload of [stall, kill]) expect(isOverload(6.1e9, 0)).toBe(false);
    expect(stall(20e9, 11e9)).toBe(true);
    expect(kill(20e9, 11e9)).toBe(false);
    expect(kill(70e9, 0)).toBe(false);
    expect(kill(90e9, 11e9)).toBe(true);
  });
});

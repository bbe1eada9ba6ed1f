import { describe, expect, it } from "vitest";
import type { HarnessResult } from "../../src/model/harness.ts";
import { causesOf } from "../../src/verify/causes.ts";
import { sampleRun } from "../fixtures/run.ts";

const QUIET: HarnessResult = {
  ...sampleRun().harness,
  machine: { busy: 0.5, cpuPressure: 0.1, steal: 0.001, throttledNs: 0, throttledPeriods: 0 },
};
const [agent] = QUIET.agents;
const of = (harness: HarnessResult) =>
  causesOf({ harness, latency: sampleRun().latency, measureNs: 20e9 }).map((c) => c.code);
const machine = (change: HarnessResult["machine"]) =>
  of({ ...QUIET, machine: { ...QUIET.machine, ...change } });
const withAgent = (change: Partial<HarnessResult["agents"][number]>) =>
  of({ ...QUIET, agents: [{ ...agent!, ...change }] });

describe("causesOf", () => {
  it("names none on a quiet machine, and none where nothing is known", () => {
    expect(of(QUIET)).toEqual([]);
    const { machine: _, ...unknown } = QUIET;
    expect(of(unknown)).toEqual([]);
  });

  it.each([
    ["CPU_PRESSURE", machine({ cpuPressure: 0.3 })],
    ["CPU_STEAL", machine({ steal: 0.05 })],
    ["CPU_THROTTLED", machine({ throttledPeriods: 1, throttledNs: 5e6 })],
    ["CORE_WAIT", withAgent({ coreWaitMainNs: 3e9 })],
    ["LOOP_BUSY", withAgent({ loopUtilisation: 0.95 })],
    ["GC_PAUSES", withAgent({ gc: { count: 1, totalNs: 60e6, maxNs: 60e6 } })],
    ["GC_PAUSES", withAgent({ gc: { count: 2000, totalNs: 2e9, maxNs: 1e6 } })],
  ])("names %s alone where that is what happened", (code, found) => {
    expect(found).toEqual([code]);
  });

  it.each([
    ["a pause that no percentile shows", withAgent({ gc: { count: 1, totalNs: 1e6, maxNs: 1e6 } })],
    ["a wait of a twentieth", withAgent({ coreWaitMainNs: 1e9 })],
    ["a loop with room", withAgent({ loopUtilisation: 0.8 })],
  ])("does not name %s", (_, found) => {
    expect(found).toEqual([]);
  });

  it("gives every cause a hint", () => {
    const all = causesOf({
      harness: {
        ...QUIET,
        machine: { cpuPressure: 1, steal: 1, throttledPeriods: 1 },
        agents: [
          { ...agent!, coreWaitMainNs: 20e9, loopUtilisation: 1, gc: { count: 1, totalNs: 9e9, maxNs: 9e9 } },
        ],
      },
      latency: {},
      measureNs: 20e9,
    });
    expect(all).toHaveLength(6);
    for (const c of all) expect(c.hint).toMatch(/\.$/);
  });
});

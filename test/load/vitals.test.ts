import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { readCoreWait } from "../../src/load/core-wait.ts";
import { recordOvershoot } from "../../src/load/overshoot.ts";
import { Recorder } from "../../src/load/recorder.ts";
import { createVitals } from "../../src/load/vitals.ts";
import { temporaryFolder } from "../support/run.ts";
import { until } from "../support/until.ts";

describe("recordOvershoot", () => {
  const recorded = (ns: number, periodNs: number): Recorder => {
    const recorder = new Recorder();
    recordOvershoot(recorder, ns, periodNs);
    return recorder;
  };

  it("counts a stall once for each look that it swallowed, each a period less late", () => {
    const r = recorded(20e6, 5e6);
    expect([r.count, r.sum, r.max, r.min]).toEqual([4, 20e6 + 15e6 + 10e6 + 5e6, 20e6, 5e6]);
  });

  it("counts a wake that was early as on time", () => {
    expect(recorded(-1e3, 5e6)).toMatchObject({ count: 1, sum: 0, anomalies: 0 });
  });

  it("never counts more looks than fit into the stall", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e10 }), fc.integer({ min: 1e6, max: 1e8 }), (ns, periodNs) => {
        const r = recorded(ns, periodNs);
        expect(r.count).toBe(Math.max(1, Math.floor(ns / periodNs)));
        expect(r.max).toBe(ns);
      }),
    );
  });
});

describe("readCoreWait", () => {
  it("adds up what the threads waited, and tells the main thread's apart", () => {
    const tasks = temporaryFolder();
    for (const [thread, content] of [
      ["7", "1000 200 3"],
      ["8", "1000 50 1"],
    ] as const) {
      mkdirSync(join(tasks, thread));
      writeFileSync(join(tasks, thread, "schedstat"), content);
    }
    // A thread that ends while it is looked at.
    mkdirSync(join(tasks, "9"));
    expect(readCoreWait(tasks, 7)).toEqual({ mainNs: 200, allNs: 250 });
  });

  it("is not known where the system keeps no such numbers", () => {
    expect(readCoreWait("no/such/folder")).toBeUndefined();
    expect(readCoreWait(temporaryFolder(), 1)).toBeUndefined();
  });
});

describe("vital signs of this process", () => {
  it("come from a thread that goes on while the event loop does not", async () => {
    const seen = new Recorder();
    const vitals = createVitals(seen);
    onTestFinished(() => vitals.stop());
    await until("the sleeping thread's first second", () => seen.count > 0);
    const before = seen.count;
    vitals.read();
    const end = performance.now() + 1500;
    while (performance.now() < end);
    const signs = vitals.read();
    expect(signs.loopUtilisation).toBeGreaterThan(0.9);
    // Its messages wait for the loop; its looks did not.
    await until("what it saw meanwhile", () => seen.count - before > 50);
    expect(signs.cpuNs).toBeGreaterThan(0);
  }, 30_000);

  it("do not keep the process alive, and stop at once", async () => {
    const vitals = createVitals(new Recorder());
    vitals.stop();
    expect(vitals.read().gc.count).toBeGreaterThanOrEqual(0);
  });
});

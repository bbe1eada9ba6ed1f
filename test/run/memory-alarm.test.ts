import { afterAll, beforeAll, expect, it } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import type { RunResult } from "../../src/model/result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import type { PlanFlags } from "../../src/run/plan/flags.ts";
import { temporaryFolder } from "../support/run.ts";
import { runOn } from "../support/run-on.ts";

let broker: BrokerLease;
beforeAll(async () => {
  broker = await obtainBroker("rabbitmq", { onProgress() {}, signal: new AbortController().signal });
}, 60_000);
afterAll(() => broker?.release());

const alarmed = (flags: PlanFlags): Promise<RunResult> =>
  runOn(broker, temporaryFolder(), {
    on: ["rabbitmq:quorum"],
    warmup: "500ms",
    duration: "3s",
    rate: "500/s",
    size: "100B",
    fault: ["memory-alarm at=1s for=1s"],
    ...flags,
    set: ["expect=[]", "load.maxBacklog=60s", ...(flags.set ?? [])],
  });

it("a memory alarm holds up producers, and nothing is lost; where nobody publishes it does not bite", async () => {
  const r = await alarmed({});
  // The one that publishes, not the one that consumes.
  expect(r.faults).toMatchObject([{ kind: "memory-alarm", bit: true, evidence: { blocked: 1 } }]);
  const [{ startNs, endNs, cost }] = r.faults as [NonNullable<RunResult["faults"]>[0]];
  expect(endNs! - startNs!).toBeGreaterThan(0.5e9);
  // The broker says so to the producer, and to nobody else, and has no confirm for it meanwhile.
  const told = r.events.filter((e) => e.kind === "blocked" || e.kind === "unblocked");
  expect(told.map((e) => [e.source, e.kind])).toEqual([
    ["producer 0", "blocked"],
    ["producer 0", "unblocked"],
  ]);
  expect(told[0]!.atNs).toBeGreaterThan(startNs!);
  expect(told[0]!.atNs).toBeLessThan(endNs!);
  expect(cost).toMatchObject({ detectedBy: "producer 0 blocked" });
  expect(cost?.publish?.withoutNs).toBeGreaterThan(0);
  expect(r.counts).toMatchObject({ acked: r.counts.offered, unique: r.counts.offered, copied: 0, lost: 0 });
  expect(r.exit.code).toBe(0);
  expect(renderRun(r, PLAIN)).toMatch(/memory-alarm +both .* yes +1 blocked, \S.* in flight/);

  const idle = await alarmed({
    rate: "0/s",
    // Between two bursts.
    fault: ["memory-alarm at=1s for=300ms"],
    set: ["load.schedule=burst", "load.messages=100", "load.every=3s"],
  });
  expect(idle.counts.unique).toBeGreaterThanOrEqual(200);
  expect(idle.faults).toMatchObject([{ bit: false, evidence: { blocked: 0 } }]);
  expect(idle.warnings.map((w) => w.code)).toContain("FAULT_DID_NOT_BITE");
  expect(idle.events.filter((e) => e.kind === "blocked")).toEqual([]);
}, 100_000);

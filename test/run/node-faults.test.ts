import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { endBroker } from "../../src/brokers/ending.ts";
import { launch } from "../../src/brokers/launch.ts";
import { brokerNodes } from "../../src/brokers/node.ts";
import { leadersOf, readRecord } from "../../src/brokers/registry.ts";
import { createClock } from "../../src/load/clock.ts";
import type { FaultPlan, NodeFault } from "../../src/model/fault.ts";
import type { RunEvent } from "../../src/model/result.ts";
import { createFaultLog } from "../../src/run/fault-log.ts";
import { planNodeFaults } from "../../src/run/node-faults.ts";
import { scripted } from "../brokers/scripted.ts";
import { testWork } from "../brokers/support.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

const MS = 1e6;
const SERVES = "trap 'exit 0' TERM; echo SERVING; sleep 1000 & wait";

/** Nodes that are shell scripts, and faults planned on them; `leaders` are who leads, asked for the first time, the second time, … */
async function planned(faults: readonly (FaultPlan & NodeFault)[], count: number, ...leaders: number[]) {
  const work = testWork();
  const wanted = scripted(SERVES, count);
  const { record, watch } = await launch(wanted, work);
  onTestFinished(async () => {
    await endBroker(record.id, leadersOf(readRecord(work.host, record.id) ?? record), 0);
    watch.end();
  });
  const control = { work, probe: wanted.native.probe, watch, onChange: () => {} };
  const nodes = brokerNodes(record, control);
  const log = createFaultLog({ ...SAMPLE_PLAN, faults });
  const events: RunEvent[] = [];
  log.listen((event) => events.push(event));
  const crew = planNodeFaults(
    faults.map((fault, index) => ({ index, fault })),
    { nodes, log, leader: async () => `node-${leaders.length > 1 ? leaders.shift() : leaders[0]}` },
  );
  onTestFinished(() => crew.stop());
  const states = (): string => nodes.map((n) => n.state()).join(" ");
  const starts = (node: number): number =>
    readFileSync(join(record.nodes[node - 1]!.dir, "broker.log"), "utf8").match(/SERVING/g)?.length ?? 0;
  return { crew, log, events, states, starts, begin: () => crew.start(createClock(process.hrtime())) };
}

const fault = (atMs: number, forMs: number, own: NodeFault): FaultPlan & NodeFault => ({
  atNs: atMs * MS,
  forNs: forMs * MS,
  side: "both",
  ...own,
});
const patience = { timeout: 20_000, interval: 5 };

it("kills the leader of that moment, sees another one lead, and starts it again on its time", async () => {
  const t = await planned([fault(50, 700, { kind: "kill", node: "leader" })], 3, 2, 3);
  t.begin();
  await expect.poll(t.states, patience).toBe("running down running");
  expect(t.crew.excusedUntilNs()).toBe(Number.POSITIVE_INFINITY);
  await expect.poll(() => t.log.results()[0]!.endNs, patience).not.toBeNull();
  expect(t.states()).toBe("running running running");
  expect([1, 2, 3].map(t.starts)).toEqual([1, 2, 1]);
  const [result] = t.log.results();
  expect(result).toMatchObject({ node: "node-2", evidence: { killed: 2, moved: 1 } });
  expect(result!.endNs! - result!.startNs!).toBeGreaterThan(600 * MS);
  expect(t.events.map((e) => e.detail)[1]).toMatch(/^ends: node-2 serves again, .*; node-3 led /);
  // For those who look for it a while longer, and not for ever.
  expect(t.crew.excusedUntilNs()).toBeLessThan(result!.endNs! + 10e9);
});

it("stops the other nodes ahead of a kill with a lag, and lets them go on right after it", async () => {
  const t = await planned([fault(0, 2000, { kind: "kill", node: "1", lagNs: 800 * MS })], 3);
  t.begin();
  await expect.poll(t.states, patience).toBe("running stopped stopped");
  await expect.poll(t.states, patience).toBe("down running running");
  await t.crew.stop();
  expect(t.states()).toBe("running running running");
});

it("restarts in order, pauses one node, and does one after the other", async () => {
  const t = await planned(
    [fault(0, 10, { kind: "restart", node: "1" }), fault(20, 300, { kind: "pause", node: "2" })],
    2,
  );
  t.begin();
  await expect.poll(t.states, patience).toBe("running stopped");
  await expect.poll(() => t.log.results()[1]!.endNs, patience).not.toBeNull();
  expect(t.states()).toBe("running running");
  expect([1, 2].map(t.starts)).toEqual([2, 1]);
  const [restart, pause] = t.log.results();
  expect(pause!.startNs).toBeGreaterThanOrEqual(restart!.endNs!);
  expect(pause!.evidence).toMatchObject({ processes: 2 });
  expect(t.events.map((e) => e.detail)[0]).toBe("begins: node-1 ended by itself");
});

it("has everything running when the run ends in the middle, and begins nothing more", async () => {
  const t = await planned(
    [fault(0, 60_000, { kind: "kill", node: "1" }), fault(80_000, 100, { kind: "kill", node: "1" })],
    1,
  );
  t.begin();
  await expect.poll(t.states, patience).toBe("down");
  await t.crew.stop();
  expect(t.states()).toBe("running");
  expect(t.log.results().map((r) => r.endNs === null)).toEqual([false, true]);
});

it("says so where nobody of ours leads, and did not bite (control)", async () => {
  const t = await planned([fault(0, 100, { kind: "kill", node: "leader" })], 1, 7);
  t.begin();
  await expect.poll(() => t.log.results()[0]!.endNs, patience).not.toBeNull();
  expect(t.log.results()[0]).toMatchObject({ bit: false, evidence: { messages: 0 } });
  expect(t.events[0]!.detail).toMatch(/failed: node-7 leads the stream, and is none of node-1/);
  expect(t.starts(1)).toBe(1);
});

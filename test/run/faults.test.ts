import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import type { FaultResult } from "../../src/model/fault.ts";
import type { RunResult } from "../../src/model/result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import { children, run, runOnce } from "../support/run.ts";

const FLAGS = { warmup: "500ms", duration: "3s", rate: "1k/s", size: "200B" } as const;

/** What holds whatever the fault: every sum closes, and nothing that was acknowledged is lost. */
function expectHonest(r: RunResult): void {
  const { offered, acked, failed, unknown, lost, copied, corrupt, phantom } = r.counts;
  expect(offered).toBe(acked + failed + unknown);
  expect({ lost, copied, corrupt, phantom }).toEqual({ lost: 0, copied: 0, corrupt: 0, phantom: 0 });
  expect(r.subscriptions.every((s) => s.closes)).toBe(true);
}

/**
 * What stopped everything cost at least the time that it lasted by the injector's clock, less a batch; and no batch
 * was further from the next than the worst message had to wait, which the histogram knows by itself.
 */
function expectStopped({ latency, warnings }: RunResult, { startNs, endNs, cost }: FaultResult): void {
  const lastedNs = endNs! - startNs!;
  for (const side of [cost!.publish!, cost!.consume!]) {
    expect(side.stretchNs).toBeGreaterThan(0.9 * lastedNs);
    const excessNs = side.stretchNs - side.normalNs!;
    expect(side.withoutNs).toBe(excessNs < 100e6 ? 0 : excessNs);
    expect(side.stretchNs).toBeLessThan(side.worstNs! + side.normalNs! + 20e6);
    expect(side.slowed).toBeGreaterThan(0);
  }
  const { worstNs } = cost!.consume!;
  const isMax = worstNs! >= 0.999 * latency.e2e_response!.max;
  expect(warnings.some((w) => /e2e response .*max [^:]+: (stall|pause) at/.test(w.message))).toBe(isMax);
  expect(worstNs).toBeGreaterThan(0.9 * lastedNs);
  expect(cost!.repeats).toBe(0);
}

/** [fault, why it bit, unknown outcomes, whether RabbitMQ's client loses its connection] */
const NETWORK: readonly (readonly [string, string, "some" | "none" | "any", boolean])[] = [
  ["stall at=500ms for=500ms", "bytes", "none", false],
  ["delay at=500ms for=500ms by=30ms", "bytes", "none", false],
  ["slow at=500ms for=500ms rate=50KiB/s", "bytes", "none", false],
  ["cut at=500ms for=300ms", "connections", "any", true],
  ["half-open at=500ms for=400ms side=producer", "bytes", "some", true],
  ["drop-response at=500ms", "answers", "some", true],
];

describe.each(["kafka", "rabbitmq:classic"])("a fault on a real broker: %s", (target) => {
  const system = target.split(":")[0]!;
  let out: string;
  let broker: BrokerLease;
  const run1 = (fault: readonly string[], flags: Readonly<Record<string, unknown>> = {}) =>
    runOnce({
      flags: { ...FLAGS, on: [target], fault, ...flags },
      out: mkdtempSync(join(out, "run-")),
      urls,
    });
  let urls: ReadonlyMap<string, string>;

  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), "mqbench-faults-"));
    broker = await obtainBroker(system, { onProgress: () => {}, signal: new AbortController().signal });
    urls = new Map([[system, broker.url]]);
  });
  afterAll(async () => {
    rmSync(out, { recursive: true, force: true });
    await broker?.release();
  });

  it.each(NETWORK)(
    "%s bites, and the verdict is right",
    async (fault, deed, unknown, breaks) => {
      const r = await run1([fault]);
      expectHonest(r);
      const [done] = r.faults!;
      expect(done).toMatchObject({ kind: fault.split(" ")[0], plannedAtNs: 1e9, bit: true });
      // A timer may fire a little early.
      expect(done!.startNs).toBeGreaterThan(0.99e9);
      expect(done!.endNs).toBeGreaterThan(done!.startNs!);
      expect(done!.evidence).toHaveProperty(deed, expect.any(Number));
      expect(done!.evidence[deed as "bytes"]).toBeGreaterThan(0);
      if (deed === "answers") expect(done!.evidence.answers).toBe(1);
      if (unknown === "some") expect(r.counts.unknown).toBeGreaterThan(0);
      if (unknown === "none") expect(r.counts.unknown).toBe(0);
      // A client that does not connect again has lost its broker.
      const isOver = breaks && system === "rabbitmq";
      expect(r.exit.reasons.map((e) => e.kind).filter((kind) => kind !== "threshold")).toEqual(
        isOver ? ["broker"] : [],
      );
      if (!isOver) expect(r.counts.offered).toBe(3500);
      expect(r.events.filter((e) => e.source === "fault").map((e) => e.detail.split(":")[0])).toEqual([
        "begins",
        "ends",
      ]);
      if (done!.kind === "stall") expectStopped(r, done!);
      // What comes late does not stay away (control).
      if (done!.kind === "delay")
        for (const side of [done!.cost!.publish!, done!.cost!.consume!])
          expect(side.stretchNs).toBeLessThan(0.8 * (done!.endNs! - done!.startNs!));
      if (unknown === "some") expect(done!.cost!.detectNs).toBeGreaterThan(0);
      expect(r.target.notes.join()).toContain("a proxy between clients and broker");
      expect(r.target.address).toContain(new URL(`x://${broker.url.replace(/^.*@/, "")}`).host);
      expect(await children("proxy-main")).toEqual([]);
    },
    60_000,
  );

  it("refuses nobody who does not come, and then does not claim to have bitten (control)", async () => {
    const r = await run1(["refuse at=500ms for=500ms"]);
    expectHonest(r);
    expect(r.faults![0]).toMatchObject({ bit: false, evidence: { refused: 0 }, cost: null });
    expect(r.warnings.map((w) => w.code)).toContain("FAULT_DID_NOT_BITE");
  }, 60_000);

  it.each(["stall at=1s for=500ms", "cut at=1s for=100ms side=producer"])(
    "%s while nothing flows does not claim to have bitten (control)",
    async (fault) => {
      const r = await run1([fault], {
        rate: undefined,
        set: ["load.schedule=burst", "load.rate=0", "load.messages=200", "load.every=2500ms"],
        duration: "3s",
      });
      expect(r.counts.acked).toBeGreaterThanOrEqual(200);
      expect(r.counts.delivered).toBe(r.counts.acked);
      expect(r.faults![0]).toMatchObject({ bit: false, evidence: { messages: 0, inFlight: 0 }, cost: null });
      expect(r.faults![0]!.startNs).not.toBeNull();
      expectHonest(r);
    },
    60_000,
  );
});

it("a refusal bites who was cut before: Kafka, both in one run, and the report says so", async () => {
  const done = await run({
    flags: { ...FLAGS, on: ["kafka"], fault: ["cut at=500ms for=100ms", "refuse at=600ms for=500ms"] },
  });
  if (done.error !== undefined) throw done.error;
  const r = done.runs[0]!.result;
  expectHonest(r);
  expect(r.faults!.map((f) => [f.kind, f.bit])).toEqual([
    ["cut", true],
    ["refuse", true],
  ]);
  const report = renderRun(r, PLAIN);
  expect(report).toMatch(
    /^Faults.*\n {2}fault +side +at +for +bit +evidence\n {2}cut +both +[\d.]+m?s +[\d.]+m?s +yes +\d+ cut/m,
  );
}, 120_000);

describe.each(["kafka", "rabbitmq:quorum"])("a broker that mqbench started: %s", (target) => {
  it("is paused, and the pause is in the latencies at its real size", async () => {
    const r = await runOnce({ flags: { ...FLAGS, on: [target], fault: ["pause at=1s for=600ms"] } });
    expectHonest(r);
    const [pause] = r.faults!;
    expect(pause).toMatchObject({ kind: "pause", bit: true });
    expect(pause!.evidence.processes).toBeGreaterThan(0);
    expect(pause!.evidence.inFlight).toBeGreaterThan(100);
    // A message that was due when it began waited for all of it.
    const lastedNs = pause!.endNs! - pause!.startNs!;
    expect(lastedNs).toBeGreaterThan(500e6);
    expect(r.latency.e2e_response!.max).toBeGreaterThan(0.9 * lastedNs);
    expectStopped(r, pause!);
    expect(r.counts).toMatchObject({ offered: 3500, acked: 3500, unknown: 0 });
    // No network fault, no proxy.
    expect(r.target.notes.join()).not.toContain("proxy");
  }, 120_000);
});

it("is undisturbed without faults: nothing of them is in the result (control)", async () => {
  const r = await runOnce({ flags: { ...FLAGS, on: ["memory"], duration: "1s" } });
  expect(r.faults).toBeUndefined();
  expect(r.faultSeries).toBeUndefined();
  expect(renderRun(r, PLAIN)).not.toContain("Faults");
}, 60_000);

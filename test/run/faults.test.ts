import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import type { RunResult } from "../../src/model/result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import { ownBroker, sharedBroker } from "../support/brokers.ts";
import { expectHonest, expectStopped } from "../support/fault-laws.ts";
import { children, run, runOnce, temporaryFolder } from "../support/run.ts";
import { runOn } from "../support/run-on.ts";

const FLAGS = { warmup: "500ms", duration: "3s", rate: "1k/s", size: "200B" } as const;

/** Faults of one run, each with what it must have met. */
const NETWORK: readonly (readonly [string, "bytes" | "connections" | "answers"])[] = [
  ["stall at=300ms for=500ms", "bytes"],
  ["delay at=1400ms for=500ms by=30ms", "bytes"],
  ["slow at=2300ms for=500ms rate=50KiB/s", "bytes"],
];

/** The same of those that end connections; RabbitMQ's client has a run of its own for them. */
const BREAKING: typeof NETWORK = [
  ["cut at=300ms for=300ms", "connections"],
  ["half-open at=1200ms for=400ms side=producer", "bytes"],
  ["drop-response at=2300ms for=600ms", "answers"],
];

describe.each(["kafka", "rabbitmq:classic"])("a fault on a real broker: %s", (target) => {
  const system = target.split(":")[0]!;
  let broker: BrokerLease;
  const run1 = (fault: readonly string[], flags: Readonly<Record<string, unknown>> = {}) =>
    runOnce({
      flags: { ...FLAGS, on: [target], fault, ...flags },
      out: temporaryFolder(),
      urls,
    });
  let urls: ReadonlyMap<string, string>;

  beforeAll(async () => {
    broker = await sharedBroker(system);
    urls = new Map([[system, broker.url]]);
  });
  afterAll(async () => {
    expect(await children("proxy-main"), "no proxy stays").toEqual([]);
  });

  /** They bit, at their time, and are told of. */
  function expectBitten(r: RunResult, faults: typeof NETWORK): void {
    expectHonest(r);
    expect(r.faults!.map((f) => [f.kind, f.bit])).toEqual(faults.map(([text]) => [text.split(" ")[0], true]));
    for (const [i, f] of r.faults!.entries()) {
      // A timer may fire a little early.
      expect(f.startNs).toBeGreaterThan(f.plannedAtNs - 10e6);
      expect(f.endNs).toBeGreaterThan(f.startNs!);
      expect(f.evidence[faults[i]![1]]).toBeGreaterThan(0);
    }
    expect(r.exit.reasons.map((e) => e.kind).filter((kind) => kind !== "threshold")).toEqual([]);
    expect(r.counts.offered).toBe(3500);
    expect(r.events.filter((e) => e.source === "fault").map((e) => e.detail.split(":")[0])).toEqual(
      faults.flatMap(() => ["begins", "ends"]),
    );
    expect(r.target.notes.join()).toContain("a proxy between clients and broker");
    expect(r.target.address).toContain(new URL(`x://${broker.url.replace(/^.*@/, "")}`).host);
  }

  it("is met by messages, costs what it lasted, and leaves the verdict right", async () => {
    const r = await run1(NETWORK.map(([text]) => text));
    expectBitten(r, NETWORK);
    expect(r.counts.unknown).toBe(0);
    const [stall, delay] = r.faults!;
    expectStopped(r, stall!);
    // What comes late does not stay away (control).
    for (const side of [delay!.cost!.publish!, delay!.cost!.consume!])
      expect(side.stretchNs).toBeLessThan(0.8 * (delay!.endNs! - delay!.startNs!));
  }, 60_000);

  if (system !== "kafka") return;

  it("that ends connections leaves messages in doubt, and none is lost", async () => {
    const r = await run1(BREAKING.map(([text]) => text));
    expectBitten(r, BREAKING);
    expect(r.counts.unknown).toBeGreaterThan(0);
    expect(r.faults![2]!.evidence.answers).toBe(1);
    for (const { cost } of r.faults!.slice(1)) expect(cost!.detectNs).toBeGreaterThan(0);
  }, 60_000);

  it("refuses nobody who does not come, and then does not claim to have bitten (control)", async () => {
    const r = await run1(["refuse at=500ms for=500ms"]);
    expectHonest(r);
    expect(r.faults![0]).toMatchObject({ bit: false, evidence: { refused: 0 }, cost: null });
    expect(r.warnings.map((w) => w.code)).toContain("FAULT_DID_NOT_BITE");
  }, 60_000);

  it("does not claim to have bitten while nothing flows (control)", async () => {
    const r = await run1(["stall at=1s for=300ms", "cut at=1600ms for=100ms side=producer"], {
      rate: undefined,
      set: ["load.schedule=burst", "load.rate=0", "load.messages=200", "load.every=2500ms"],
    });
    expect(r.counts.acked).toBeGreaterThanOrEqual(200);
    expect(r.counts.delivered).toBe(r.counts.acked);
    for (const f of r.faults!) {
      expect(f).toMatchObject({ bit: false, evidence: { messages: 0, inFlight: 0 }, cost: null });
      expect(f.startNs).not.toBeNull();
    }
    expectHonest(r);
  }, 60_000);
});

describe("nodes and agents", () => {
  /** One run for all of it: a node needs seconds to start, and a session as many to end. */
  it("a consumer's zombie, a frozen producer and a killed broker: Kafka with members of a group", async () => {
    const broker = await ownBroker("kafka");
    const r = await runOn(broker, temporaryFolder(), {
      ...{ ...FLAGS, on: ["kafka:log@kafkajs"], rate: "500/s", duration: "11500ms" },
      set: ["options.kafka.sessionTimeoutMs=6000", "options.kafka.heartbeatIntervalMs=1000", "expect=[]"],
      fault: [
        "freeze at=200ms for=7s side=consumer",
        "freeze at=8s for=2s side=producer",
        "kill at=10500ms for=300ms node=leader",
      ],
    });
    expectHonest(r);
    expect(r.faults).toMatchObject([
      { kind: "freeze", side: "consumer", bit: true, evidence: { processes: 1 } },
      { kind: "freeze", side: "producer", bit: true, evidence: { processes: 1 } },
      { kind: "kill", node: "node-1", bit: true, evidence: { killed: 1 } },
    ]);
    for (const fault of r.faults!) expect(fault.endNs! - fault.startNs!).toBeGreaterThan(0.99 * 0.3e9);
    // Its session was over, so the group had gone on without it.
    const zombie = r.faults![0]!;
    const rejoined = r.events.find((e) => e.kind === "rebalanced");
    expect(rejoined!.atNs).toBeGreaterThan(zombie.endNs! - 0.1e9);
    expect(r.counts.offered).toBe(6000);
    expect(r.counts.redelivered).toBe(0);
    expect(r.latency.e2e_response!.max).toBeGreaterThan(6.9e9);
    expect(r.latency.publish_response!.max).toBeGreaterThan(1.9e9);
    // Late by the faults, and not by mqbench: a sixth of the messages fell due while the producer stood still.
    expect(r.harness.latenessP99Ns).toBeLessThan(1e9);
    expect(Math.max(...r.harness.agents.map((a) => a.hiccup?.max ?? 0))).toBeLessThan(5e9);
    expect(r.warnings.filter((w) => w.code === "FROZEN_AGENT")).toHaveLength(2);
    expect(r.exit).toEqual({ code: 0, reasons: [] });
    const report = renderRun(r, PLAIN);
    expect(report).toMatch(/^ {2}kill node-1 +both .* yes\s+1 killed, [\d\s]+ in flight/m);
  }, 120_000);
});

it("a refusal bites who was cut before: Kafka, both in one run, and the report says so", async () => {
  const { url } = await sharedBroker("kafka");
  const done = await run({
    urls: new Map([["kafka", url]]),
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

describe("RabbitMQ's client", () => {
  const FAULTS = [
    "cut at=500ms for=200ms",
    "half-open at=2s for=500ms side=producer",
    "drop-response at=3500ms for=1s",
    "cut at=5s for=200ms side=consumer",
  ];
  let broker: BrokerLease;
  beforeAll(async () => {
    broker = await sharedBroker("rabbitmq");
  });

  it.concurrent.each([
    { target: "rabbitmq:quorum", republish: false },
    { target: "rabbitmq:classic", republish: true },
  ])(
    "connects again after faults that end connections: $target, published again: $republish",
    async ({ target, republish }) => {
      const options = { managementUrl: broker.managementUrl, republish };
      const r = await runOnce({
        flags: {
          ...FLAGS,
          warmup: "1s",
          duration: "6s",
          on: [target],
          fault: FAULTS,
          set: Object.entries(options).map(([name, value]) => `options.rabbitmq.${name}=${value}`),
        },
        out: temporaryFolder(),
        urls: new Map([["rabbitmq", broker.url]]),
      });
      expect(r.faults!.map(({ kind, bit }) => [kind, bit])).toEqual(
        ["cut", "half-open", "drop-response", "cut"].map((kind) => [kind, true]),
      );
      expect(r.exit.reasons.map((e) => e.kind)).not.toContain("broker");
      const { offered, acked, failed, unknown, lost, copied, corrupt, phantom } = r.counts;
      expect({ offered, failed, lost, corrupt, phantom }).toEqual({
        ...{ offered: 7000, failed: 0, lost: 0, corrupt: 0, phantom: 0 },
      });
      expect(acked + unknown).toBe(offered);
      expect(r.subscriptions.every((s) => s.closes)).toBe(true);
      const codes = r.findings.map((f) => f.code);
      if (republish) {
        // The broker has the message whose answer was swallowed.
        expect(unknown).toBe(0);
        expect(copied).toBeGreaterThan(0);
        expect(codes).toContain("COPIED");
      } else {
        expect(unknown).toBeGreaterThan(0);
        expect(copied).toBe(0);
        expect(codes).not.toContain("COPIED");
      }
      expect(codes).not.toContain("REORDERED");
      for (const source of ["producer 0", "consumer sub-0/0"]) {
        const kinds = r.events.filter((e) => e.source === source).map((e) => e.kind);
        expect(kinds.filter((kind) => kind === "reconnected").length).toBeGreaterThan(0);
        expect(kinds.filter((kind) => kind === "disconnected").length).toBe(
          kinds.filter((kind) => kind === "reconnected").length,
        );
      }
    },
    90_000,
  );
});

it("is undisturbed without faults: nothing of them is in the result (control)", async () => {
  const r = await runOnce({ flags: { ...FLAGS, on: ["memory"], duration: "1s" } });
  expect(r.faults).toBeUndefined();
  expect(r.faultSeries).toBeUndefined();
  expect(renderRun(r, PLAIN)).not.toContain("Faults");
}, 60_000);

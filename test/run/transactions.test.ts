import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import type { RunResult } from "../../src/model/result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import type { PlanFlags } from "../../src/run/plan/flags.ts";
import { sharedBroker } from "../support/brokers.ts";
import { ABORTED } from "../support/planted-aborted.ts";
import { messageFindings, runOnce, temporaryFolder } from "../support/run.ts";

let broker: BrokerLease;
beforeAll(async () => {
  broker = await sharedBroker("kafka");
});

const runs = (profile: string, flags: PlanFlags): Promise<RunResult> =>
  runOnce({
    profile,
    urls: new Map([["kafka", broker.url]]),
    flags: {
      on: ["kafka@wire"],
      warmup: "500ms",
      duration: "2s",
      ...flags,
      // Whether this machine keeps up is not what is asked here.
      set: [...(flags.set ?? []), "load.maxBacklog=60s"],
    },
  });

const quick = (set: string[], fault: string[]): Promise<RunResult> =>
  runs("quick", {
    rate: "1k/s",
    size: "100B",
    duration: "6s",
    set: [...set, "expect=[]"],
    fault,
  });

const finding = (r: RunResult, code: string): number | undefined =>
  r.findings.find((f) => f.code === code)?.count;

// At once: they mostly wait.
describe.concurrent("on a real Kafka", () => {
  it("who reads uncommitted messages gets every aborted one; who reads committed ones gets none, and none torn", async () => {
    const [r, fixed] = await Promise.all([
      runs("trap-read-uncommitted", {}),
      runs("trap-read-uncommitted", { set: ["consumers.isolation=committed"] }),
    ]);
    expect(r!.counts.failed).toBeGreaterThan(0);
    // Whole transactions, and nothing else.
    expect(r!.counts.failed % 100).toBe(0);
    expect(r!.counts).toMatchObject({ abortedRead: r!.counts.failed, phantom: 0, unique: r!.counts.offered });
    expect(finding(r!, "ABORTED_READ")).toBe(r!.counts.failed);
    expect(r!.transactions).toMatchObject({ total: 50, aborted: r!.counts.failed / 100, unknown: 0 });
    expect(r!.exit.code).toBe(1);
    expect(renderRun(r!, PLAIN)).toMatch(/observed +as predicted, ABORTED_READ: /);

    // The same seed aborts the same transactions.
    expect(fixed!.counts.failed).toBe(r!.counts.failed);
    expect(fixed!.counts).toMatchObject({ abortedRead: 0, torn: 0, lost: 0, unique: fixed!.counts.acked });
    expect(messageFindings(fixed!)).toEqual([["ABORTED", fixed!.counts.failed]]);
    expect(fixed!.exit.code).toBe(0);
  }, 100_000);

  it("a message that another client wrote and aborted is found and named when it is read; read_committed never sees it", async () => {
    const planted = (set: string[]): Promise<RunResult> =>
      runOnce({
        driver: join(import.meta.dirname, "..", "support", "planted-aborted.ts"),
        out: temporaryFolder(),
        urls: new Map([["planted", broker.url]]),
        flags: {
          warmup: "100ms",
          duration: "1s",
          rate: "30/s",
          messages: "30",
          partitions: "3",
          size: "100B",
          set: ["producers.transaction.messages=1", "load.maxBacklog=60s", "expect=[]", ...set],
        },
      });
    const [read, control] = await Promise.all([planted(["options.planted.reads=uncommitted"]), planted([])]);
    for (const r of [read!, control!]) {
      expect(r.plan.consumers.isolation).toBe("committed");
      expect(r.counts).toMatchObject({ offered: 30, acked: 29, failed: 1, unknown: 0 });
      expect(r.counts).toMatchObject({ lost: 0, phantom: 0, copied: 0, reordered: 0, torn: 0 });
      expect(r.transactions).toMatchObject({ total: 30, committed: 29, aborted: 1 });
    }
    expect(read!.counts).toMatchObject({ abortedRead: 1, unique: 30 });
    expect(read!.findings.find((f) => f.code === "ABORTED_READ")).toMatchObject({
      count: 1,
      subscription: "sub-0",
      examples: [ABORTED],
    });
    expect(read!.exit.code).toBe(1);
    expect(renderRun(read!, PLAIN)).toMatch(/ABORTED_READ.*producer 0,\s+partition 1,\s+number 3/s);
    expect(control!.counts).toMatchObject({ abortedRead: 0, unique: 29 });
    expect(messageFindings(control!)).toEqual([["ABORTED", 1]]);
    expect(control!.exit.code).toBe(0);
  }, 100_000);

  it("a consumer and a producer killed: effects exactly once, and nothing seen of the half transaction that was stored", async () => {
    const set = ["producers.transaction.messages=100", "stream.partitions=3"];
    const fault = [
      "crash side=consumer point=after-process at=200ms restart=200ms",
      "crash side=producer point=mid-transaction at=1200ms restart=200ms",
    ];
    // The second one is the control: nothing is suppressed, and all is seen that was stored.
    const [r, control] = await Promise.all([
      quick([...set, "consumers.deduplicate=true"], fault),
      quick([...set, "consumers.deduplicate=false", "consumers.isolation=uncommitted"], fault),
    ]);
    for (const one of [r!, control!]) {
      expect(one.faults).toMatchObject([
        { kind: "crash", point: "after-process", bit: true },
        // Half of a transaction, with the last answer of the broker.
        { kind: "crash", point: "mid-transaction", bit: true, evidence: { inFlight: 50 } },
      ]);
      expect(one.counts).toMatchObject({
        offered: 6500,
        unknown: 50,
        failed: 0,
        lost: 0,
        torn: 0,
        copied: 0,
      });
      expect(one.counts.redelivered).toBe(one.faults![0]!.evidence.inFlight);
      expect(one.transactions).toMatchObject({ aborted: 0, unknown: 1 });
      expect(one.subscriptions.every((s) => s.closes)).toBe(true);
      expect(one.exit.code).toBe(0);
    }
    expect(r!.counts).toMatchObject({ missing: 50, recovered: 0, abortedRead: 0 });
    expect(control!.counts).toMatchObject({ missing: 0, recovered: 50 });

    const [came, again] = [r!.counts.redelivered, control!.counts.redelivered];
    const effects = { subscription: "sub-0", duplicatesSuppressed: 0, duplicateEffects: 0, missing: 0 };
    expect(r!.effects).toEqual([{ ...effects, applied: 6450, duplicatesSuppressed: came }]);
    expect(control!.effects).toEqual([{ ...effects, applied: 6500 + again, duplicateEffects: again }]);
    expect(finding(control!, "DUPLICATE_EFFECT")).toBe(again);
  }, 100_000);

  it("a consumer that acknowledges before its work, or by being delivered to, loses what it had when it was killed", async () => {
    const [before, auto] = await Promise.all([
      runs("trap-commit-before-process", { duration: "4s" }),
      runs("trap-auto-commit", { duration: "4s" }),
    ]);
    for (const one of [before!, auto!]) {
      expect(one.faults).toMatchObject([{ kind: "crash", bit: true }]);
      expect(one.counts).toMatchObject({ acked: one.counts.offered, undelivered: 0, copied: 0 });
      expect(one.exit.code).toBe(1);
      expect(renderRun(one, PLAIN)).toMatch(/observed +as predicted, confirmed and lost: /);
    }
    expect(before!.counts.lost).toBe(before!.faults![0]!.evidence.inFlight);
    expect(auto!.counts.lost).toBeGreaterThan(0);
  }, 100_000);

  it("a record that is more than an hour ahead is refused", async () => {
    const r = await runs("trap-timestamp-ahead", { duration: "1s" });
    expect(r.counts).toMatchObject({ acked: 0, failed: r.counts.offered, unique: 0 });
    expect(r.warnings.map((w) => w.message)).toContainEqual(expect.stringContaining("INVALID_TIMESTAMP"));
    expect(r.exit.code).toBe(1);
  }, 100_000);
});

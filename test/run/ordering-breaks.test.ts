import { describe, expect, it } from "vitest";
import type { Finding, RunResult } from "../../src/model/result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import type { PlanFlags } from "../../src/run/plan/flags.ts";
import { sharedBroker } from "../support/brokers.ts";
import { runOnce, temporaryFolder } from "../support/run.ts";

/** A machine that is busy with other tests is late, and that is not what is looked at. */
const PATIENT = "load.maxBacklog=60s";
const text = (r: RunResult): string => renderRun(r, PLAIN);
const found = (r: RunResult, code: string): Finding | undefined => r.findings.find((f) => f.code === code);

async function onBroker(system: string, profile: string, flags: PlanFlags): Promise<RunResult> {
  const { url, managementUrl } = await sharedBroker(system);
  const management = system === "rabbitmq" ? [`options.rabbitmq.managementUrl=${managementUrl}`] : [];
  return await runOnce({
    profile,
    out: temporaryFolder(),
    urls: new Map([[system, url]]),
    flags: { warmup: "200ms", ...flags, set: [PATIENT, ...management, ...(flags.set ?? [])] },
  });
}

/** Nothing but order is at stake. */
function expectWhole(r: RunResult): void {
  expect(r.counts).toMatchObject({ acked: r.counts.offered, lost: 0, undelivered: 0, copied: 0, corrupt: 0 });
  expect(r.exit.code).toBe(0);
}

describe.concurrent("what breaks order, and what keeps it", () => {
  it("Kafka: keys lose their order when partitions are added to a backlog, no partition does", async () => {
    const run = (fault: string): Promise<RunResult> =>
      onBroker("kafka", "ordering-growth", { duration: "1200ms", set: [`faults=[${fault}]`] });
    const grown = await run("{kind: add-partitions, at: 500ms, to: 8}");
    const control = await run("");
    for (const r of [grown, control]) {
      expectWhole(r);
      expect(r.order?.log).toMatchObject({ late: 0, messages: r.counts.offered });
      expect(r.order?.delivery).toMatchObject([{ late: 0 }]);
      expect(r.order?.processing).toMatchObject([{ late: 0 }]);
      // Of 200, by chance.
      expect(r.order!.processing![0]!.keys!.seen).toBeGreaterThan(180);
    }
    expect(grown.faults).toMatchObject([{ kind: "add-partitions", bit: true, evidence: { altered: 4 } }]);
    const { late, hit, split, maxBehindNs } = grown.order!.processing![0]!.keys!;
    expect(late).toBeGreaterThan(0);
    expect(hit).toBeLessThanOrEqual(split);
    expect(maxBehindNs).toBeGreaterThan(0);
    expect(found(grown, "KEY_LATE")).toMatchObject({ severity: "info", count: late });
    expect(found(grown, "KEY_SPLIT")).toMatchObject({ severity: "info", count: split });
    expect(text(grown)).toMatch(/observed +as predicted, KEY_LATE/);
    expect(control.order?.processing).toMatchObject([{ keys: { late: 0, hit: 0, split: 0 } }]);
    expect(text(control)).toMatch(/observed +no KEY_LATE; nothing was found/);
  }, 120_000);

  it("RabbitMQ: what a dead consumer had comes late, unless only one is active at a time", async () => {
    const run = (set: readonly string[]): Promise<RunResult> =>
      onBroker("rabbitmq", "ordering-consumer-crash", {
        on: ["rabbitmq:quorum"],
        duration: "3s",
        set: [
          "faults=[{kind: crash, side: consumer, point: before-process, at: 700ms, restart: 300ms}]",
          ...set,
        ],
      });
    const [competing, single] = await Promise.all([
      run([]),
      run(["options.rabbitmq.queueArguments={x-single-active-consumer: true}"]),
    ]);
    for (const r of [competing, single]) {
      expectWhole(r!);
      expect(r!.faults).toMatchObject([{ kind: "crash", bit: true }]);
    }
    const late = competing!.order!.delivery[0]!;
    expect(late.late).toBeGreaterThan(0);
    expect(late.byRedelivery).toBe(late.late);
    expect(text(competing!)).toMatch(/observed +as predicted, LATE_BY_REDELIVERY/);
    expect(single!.order?.delivery).toMatchObject([{ late: 0 }]);
  }, 120_000);

  it("RabbitMQ: the order of processing is known over several agents, too", async () => {
    const run = (set: readonly string[]): Promise<RunResult> =>
      onBroker("rabbitmq", "ordering-work-queue", {
        on: ["rabbitmq:quorum"],
        duration: "1s",
        set: ["agents.consume=4", ...set],
      });
    const [competing, single] = await Promise.all([
      run([]),
      run(["options.rabbitmq.queueArguments={x-single-active-consumer: true}", "consumers.slowest=1"]),
    ]);
    for (const r of [competing, single]) {
      expectWhole(r!);
      expect(r!.order?.delivery).toMatchObject([{ late: 0 }]);
      expect(r!.order?.processing).toMatchObject([{ messages: r!.counts.offered, keys: { seen: 20 } }]);
    }
    expect(competing!.order!.processing![0]!.late).toBeGreaterThan(0);
    expect(single!.order?.processing).toMatchObject([{ late: 0, keys: { late: 0 }, global: { late: 0 } }]);
  }, 120_000);

  it("RabbitMQ: what is urgent overtakes a backlog, and that fails no run", async () => {
    const run = (set: readonly string[]): Promise<RunResult> =>
      onBroker("rabbitmq", "ordering-priority", { on: ["rabbitmq:classic"], duration: "1s", set });
    const [urgent, control] = await Promise.all([run([]), run(["message.urgent=0"])]);
    for (const r of [urgent, control]) expectWhole(r!);
    expect(urgent!.counts.reordered).toBeGreaterThan(100);
    expect(found(urgent!, "REORDERED")).toMatchObject({ severity: "info" });
    expect(urgent!.order?.delivery[0]).toMatchObject({ byRedelivery: 0 });
    expect(control!.counts.reordered).toBe(0);
  }, 120_000);
});

it("a competing consumer that joins gets its share, and gives back what it had not begun", async () => {
  const run = (sharing: string): Promise<RunResult> =>
    runOnce({
      profile: "work-queue",
      out: temporaryFolder(),
      flags: {
        on: ["memory"],
        warmup: "100ms",
        duration: "2500ms",
        // More than two can do, so that there is something for a third.
        rate: "500/s",
        consumers: "2",
        partitions: "2",
        prefetch: "20",
        fault: ["join at=800ms for=800ms"],
        set: [PATIENT, "durability=memory", `consumers.sharing=${sharing}`, "expect=[]"],
      },
    });
  const r = await run("compete");
  expectWhole(r);
  const [join] = r.faults!;
  expect(join).toMatchObject({ kind: "join", side: "consumer", bit: true });
  expect(join!.evidence.taken).toBeGreaterThan(10);
  expect(text(r)).toMatch(/join +consumer .* yes +\d+ to who joined/);
  await expect(run("exclusive")).rejects.toThrow("there is nothing for a consumer that joins");
}, 120_000);

it("handlers side by side lose the order of processing, not of delivery; one at a time keeps it", async () => {
  const run = (set: readonly string[]): Promise<RunResult> =>
    runOnce({
      profile: "ordering-handlers",
      out: temporaryFolder(),
      flags: { on: ["memory"], warmup: "100ms", duration: "1s", set: [PATIENT, "durability=memory", ...set] },
    });
  const beside = await run([]);
  const control = await run(["consumers.parallel=1", "consumers.slowest=1"]);
  for (const r of [beside, control]) {
    expectWhole(r);
    expect(r.order?.delivery).toMatchObject([{ late: 0 }]);
  }
  expect(beside.order!.processing![0]!.late).toBeGreaterThan(0);
  expect(beside.order!.processing![0]!.maxDisplacement).toBeLessThan(20);
  expect(control.order?.processing).toMatchObject([{ late: 0, keys: { late: 0 } }]);
}, 120_000);

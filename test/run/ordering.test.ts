import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Finding, RunResult } from "../../src/model/result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import { sharedBroker } from "../support/brokers.ts";
import { LOST as DELETED } from "../support/planted-kafka.ts";
import { LOST as PURGED } from "../support/planted-rabbitmq.ts";
import { COPIED, SWAPPED } from "../support/planting.ts";
import { runOnce, temporaryFolder } from "../support/run.ts";

const module = (name: string): string => join(import.meta.dirname, "..", "support", name);
const text = (r: RunResult): string => renderRun(r, PLAIN);
const found = (r: RunResult, code: string): Finding | undefined => r.findings.find((f) => f.code === code);

/** 90 messages over three partitions, read when all were published. */
const PUBLISHED = {
  warmup: "100ms",
  duration: "1s",
  rate: "300/s",
  messages: "90",
  partitions: "3",
  size: "100B",
  set: ["consumers.start=after-producers"],
} as const;

async function planted(system: string, driver: string): Promise<RunResult> {
  const { url, managementUrl } = await sharedBroker(system);
  const management = managementUrl === undefined ? [] : [`options.planted.managementUrl=${managementUrl}`];
  return await runOnce({
    driver: module(driver),
    out: temporaryFolder(),
    urls: new Map([["planted", url]]),
    flags: { ...PUBLISHED, set: [...PUBLISHED.set, ...management] },
  });
}

function expectPlanted(r: RunResult, gone: number): void {
  expect(r.counts).toMatchObject({ offered: 90, acked: 90, lost: gone, copied: 1, reordered: 1 });
  expect(r.counts).toMatchObject({ delivered: 91 - gone, redelivered: 0, corrupt: 0, foreign: 0 });
  const lost = Array.from({ length: gone }, (_, i) => ({ producer: 0, partition: 0, sequence: i }));
  expect(found(r, "LOST")?.examples).toEqual(lost);
  expect(found(r, r.reread?.kind === "log" ? "LOST_BY_BROKER" : "NOT_IN_QUEUE")).toMatchObject({
    count: gone,
    examples: lost,
    subscription: "sub-0",
  });
  expect(found(r, "COPIED")?.examples).toEqual([{ producer: 0, partition: 1, sequence: COPIED }]);
  expect(found(r, "REORDERED")?.examples).toEqual([{ producer: 0, partition: 2, sequence: SWAPPED }]);
  expect(r.reread).toMatchObject({
    because: "some were lost",
    absent: [{ subscription: "sub-0", stored: 0, gone: gone }],
  });
  expect(r.order?.delivery).toMatchObject([{ late: 1, maxDisplacement: 1, byRedelivery: 0 }]);
  expect(r.exit.code).toBe(1);
}

async function retrying(set: readonly string[]): Promise<RunResult> {
  const { url } = await sharedBroker("kafka");
  return await runOnce({
    profile: "ordering-retry",
    out: temporaryFolder(),
    urls: new Map([["kafka", url]]),
    flags: { set },
  });
}

describe.concurrent("what is planted in a real broker by another client is found and named", () => {
  it("Kafka: records deleted before they were read, one copied, two swapped", async () => {
    const r = await planted("kafka", "planted-kafka.ts");
    expectPlanted(r, DELETED);
    expect(r.reread).toMatchObject({ kind: "log", records: 91 - DELETED, unique: 90 - DELETED, copied: 1 });
    expect(r.order?.log).toMatchObject({ late: 1, maxDisplacement: 1, copied: 1, messages: 90 - DELETED });
    expect(r.order?.brokeAt).toBe("producer");
    expect(found(r, "LOG_COPIED")?.examples).toEqual([{ producer: 0, partition: 1, sequence: COPIED }]);
    expect(found(r, "LOG_REORDERED")?.examples).toEqual([{ producer: 0, partition: 2, sequence: SWAPPED }]);
    const codes = r.findings.map((f) => f.code).filter((code) => code !== "NEVER_STEADY");
    expect(codes.sort()).toEqual([
      "COPIED",
      "LOG_COPIED",
      "LOG_REORDERED",
      "LOST",
      "LOST_BY_BROKER",
      "REORDERED",
    ]);
    expect(text(r)).toContain(`and has lost ${DELETED}`);
  }, 120_000);

  it("RabbitMQ: messages purged from a queue before they were read, one copied, two swapped", async () => {
    const r = await planted("rabbitmq", "planted-rabbitmq.ts");
    expectPlanted(r, PURGED);
    expect(r.reread).toMatchObject({ kind: "rest", records: 0 });
    expect(r.order).not.toHaveProperty("log");
    expect(r.order?.brokeAt).toBe("unknown");
  }, 120_000);

  it("retries without idempotence put late messages into the log; with it none is late", async () => {
    const [off, on] = await Promise.all([retrying([]), retrying(["producers.idempotent=true"])]);
    for (const r of [off, on]) {
      expect(r!.faults?.some((f) => f.bit)).toBe(true);
      // Without idempotence a request whose answer was slow may be stored twice: that is no matter of order.
      expect(r!.counts).toMatchObject({ lost: 0, missing: 0, acked: r!.counts.offered });
      expect(r!.reread).toMatchObject({ kind: "log", because: "asked for", unique: r!.counts.offered });
    }
    expect(off!.exit.code).toBe(1);
    expect(off!.order?.log?.late).toBeGreaterThan(2);
    expect(off!.order?.brokeAt).toBe("producer");
    expect(off!.counts.reordered).toBe(off!.order?.log?.late);
    expect(text(off!)).toMatch(/observed +as predicted, LOG_REORDERED: \d+/);
    expect(on).toMatchObject({
      exit: { code: 0 },
      counts: { copied: 0 },
      order: { brokeAt: "nowhere", log: { late: 0, copied: 0 } },
    });
  }, 120_000);

  it("workers of unequal speed lose the order of processing, not of delivery; a single active consumer keeps it", async () => {
    const { url, managementUrl } = await sharedBroker("rabbitmq");
    const work = (set: readonly string[]): Promise<RunResult> =>
      runOnce({
        profile: "ordering-work-queue",
        out: temporaryFolder(),
        urls: new Map([["rabbitmq", url]]),
        flags: {
          on: ["rabbitmq:quorum"],
          warmup: "200ms",
          duration: "2s",
          set: [`options.rabbitmq.managementUrl=${managementUrl}`, ...set],
        },
      });
    const [competing, single] = await Promise.all([
      work([]),
      work(["options.rabbitmq.queueArguments={x-single-active-consumer: true}", "consumers.slowest=1"]),
    ]);
    for (const r of [competing, single]) {
      expect(r!.exit.code).toBe(0);
      expect(r!.order?.delivery).toMatchObject([{ late: 0 }]);
    }
    const late = competing!.order?.processing?.[0];
    expect(late?.late).toBeGreaterThan(0);
    expect(competing!.order?.processing).toMatchObject([{ keys: { seen: 20 } }]);
    expect(text(competing!)).toMatch(/as predicted, PROCESSED_LATE/);
    expect(single!.order?.processing).toMatchObject([{ late: 0, keys: { late: 0 }, global: { late: 0 } }]);
  }, 120_000);
});

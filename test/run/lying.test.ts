import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { runOnce } from "../support/run.ts";

/** A million shows 1 in 10^6 (`MQBENCH_TEST_MESSAGES=1M`); CI's minutes are shared. */
const MESSAGES = process.env.MQBENCH_TEST_MESSAGES ?? "20k";

describe("a driver that lies once on a real RabbitMQ, with 2 subscriptions × 2 consumers in separate agents", () => {
  let broker: BrokerLease;
  beforeAll(async () => {
    broker = await obtainBroker("rabbitmq", { onProgress: () => {}, signal: new AbortController().signal });
  });
  afterAll(() => broker.release());

  const lying = (lie: string) =>
    runOnce({
      profile: "throughput",
      driver: "test/drivers/lying.ts",
      urls: new Map([["rabbitmq", broker.url]]),
      flags: {
        on: ["rabbitmq:classic@lying"],
        warmup: "0s",
        duration: "300s",
        messages: MESSAGES,
        set: [
          "stream.subscriptions=2",
          "consumers.count=2",
          "consumers.sharing=compete",
          "consumers.acknowledgeEvery=10",
          "agents.consume=2",
          `options.rabbitmq=${lie}`,
          // Consumers live in other processes: only the management API can tell that a queue is empty.
          `options.rabbitmq.managementUrl=${broker.managementUrl}`,
        ],
      },
    });

  // The lie is told in each subscription's consumer 0, so each finds one.
  it.each([
    ["drops one", "drop", "LOST", { lost: 1, copied: 0, reordered: 0, corrupt: 0 }],
    ["copies one", "copy", "COPIED", { lost: 0, copied: 1, reordered: 0, corrupt: 0 }],
    ["swaps two", "swap", "REORDERED", { lost: 0, copied: 0, reordered: 1, corrupt: 0 }],
    // What was damaged did not arrive: it is lost too.
    ["flips a bit", "flip", "CORRUPT", { lost: 1, copied: 0, reordered: 0, corrupt: 1 }],
  ])(
    "finds exactly the one that %s",
    async (_, lie, code, counts) => {
      const r = await lying(`{lie: ${lie}, at: [4321]}`);
      expect(r.subscriptions).toHaveLength(2);
      for (const s of r.subscriptions) expect(s).toMatchObject({ ...counts, closes: true });
      expect(r.findings.filter((f) => f.code === code).map((f) => f.count)).toEqual([1, 1]);
      expect(r.exit.code).toBe(1);
    },
    600_000,
  );

  it("finds nothing when it tells the truth (control)", async () => {
    const r = await lying("{lie: drop, at: []}");
    expect(r.findings).toEqual([]);
    expect(r.exit.code).toBe(0);
  }, 600_000);
});

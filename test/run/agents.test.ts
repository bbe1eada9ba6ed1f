import { describe, expect, it } from "vitest";
import { sharedBroker } from "../support/brokers.ts";
import { runOnce } from "../support/run.ts";

const RATE = 2000;
const SECONDS = 2;

describe.each([
  ["kafka", "kafka"],
  ["rabbitmq:quorum", "rabbitmq"],
])("2+2 agents on %s", (target, system) => {
  it("merge histograms and ledger exactly: every count closes, every message has its latency", async () => {
    const lease = await sharedBroker(system);
    const result = await runOnce({
      urls: new Map([[system, lease.url]]),
      flags: {
        on: [target],
        agents: "2+2",
        producers: "4",
        consumers: "2",
        subscriptions: "2",
        partitions: "4",
        rate: `${RATE}/s`,
        warmup: "1s",
        duration: `${SECONDS}s`,
        size: "200B",
      },
    });
    expect(result.state).toBe("finished");
    expect(result.exit.reasons).toEqual([]);
    expect(result.harness.agents.map((a) => a.name).sort()).toEqual([
      "consume-0",
      "consume-1",
      "produce-0",
      "produce-1",
    ]);
    // Equal gaps: how many were due, and so offered, is known to the message.
    const offered = RATE * (1 + SECONDS);
    const { counts, latency } = result;
    expect(counts).toMatchObject({ offered, acked: offered, delivered: 2 * offered, unique: 2 * offered });
    expect(counts).toMatchObject({
      lost: 0,
      copied: 0,
      redelivered: 0,
      reordered: 0,
      foreign: 0,
      corrupt: 0,
    });
    expect(result.subscriptions.map((s) => [s.unique, s.closes])).toEqual([
      [offered, true],
      [offered, true],
    ]);
    const measured = RATE * SECONDS;
    expect(latency.publish_response?.count).toBe(measured);
    expect(latency.publish_service?.count).toBe(measured);
    expect(latency.schedule_delay?.count).toBe(measured);
    expect(latency.e2e_response?.count).toBe(2 * measured);
    expect(latency.e2e_service?.count).toBe(2 * measured);
    // All four took part: nobody had nothing to do.
    for (const agent of result.harness.agents) expect(agent.cpuS, agent.name).toBeGreaterThan(0);
  }, 180_000);
});

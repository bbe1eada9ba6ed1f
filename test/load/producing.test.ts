import { describe, expect, it } from "vitest";
import type { MessageSource, Producer } from "../../src/drivers/driver.ts";
import { createBody } from "../../src/load/body.ts";
import { createStamp } from "../../src/load/envelope.ts";
import { createRecorders } from "../../src/load/metrics.ts";
import { OutcomeLog, readOutcomes } from "../../src/load/outcome-log.ts";
import { Producing } from "../../src/load/producing.ts";
import { TransactionLog } from "../../src/load/transaction-log.ts";
import type { Plan } from "../../src/model/plan.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

const END_NS = 50e6;

/** A producer of a closed loop over one partition; each reading of the clock takes `stepNs`. */
function setUp(o: { stepNs: number; room: number }) {
  const plan: Plan = {
    ...SAMPLE_PLAN,
    stream: { partitions: 1, subscriptions: 1 },
    load: { loop: "closed" },
    producers: { ...SAMPLE_PLAN.producers, maxInFlight: 100_000 },
    message: { size: { kind: "fixed", bytes: 100 }, keys: { kind: "none" }, compressible: 0 },
    phases: { warmupNs: 0, measureNs: END_NS, maxMessages: 0, drainNs: 0 },
  };
  const time = { nowNs: 0 };
  const recorders = createRecorders();
  const outcomes = new OutcomeLog();
  const producing = new Producing(0, {
    plan,
    clock: {
      now() {
        time.nowNs += o.stepNs;
        return time.nowNs;
      },
      setOrigin() {},
    },
    stamp: createStamp(1, createBody(1, 0, 256)),
    recorders,
    outcomes,
    transactions: new TransactionLog(),
    event() {},
  });
  const into = Buffer.alloc(256);
  const client: Producer & { room: number } = {
    room: o.room,
    offer(source: MessageSource, max: number) {
      let took = 0;
      for (; took < max && client.room > 0 && source.peek() !== undefined; took++, client.room--)
        source.write(into, took % 100);
      return took;
    },
    async flush() {},
    async close() {},
  };
  producing.attach(client);
  const rows = (): unknown[] => {
    const got: unknown[] = [];
    const shipped = outcomes.take();
    if (shipped) readOutcomes(shipped, (...row) => got.push(row));
    return got;
  };
  return { producing, client, recorders, time, rows };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Producing", () => {
  it("gives the event loop its turn within about a millisecond, and goes on by itself", async () => {
    const { producing, time } = setUp({ stepNs: 10_000, room: Number.POSITIVE_INFINITY });
    producing.fire();
    const first = producing.counters.sent;
    expect(first).toBeGreaterThan(0);
    expect(time.nowNs).toBeLessThan(3e6);
    await turn();
    const second = producing.counters.sent;
    expect(second).toBeGreaterThan(first);
    expect(producing.counters.full).toBe(0);
    for (let i = 0; i < 10_000 && !producing.finished; i++) await turn();
    expect(producing.finished).toBe(true);
    expect(producing.offered).toEqual([producing.counters.sent]);
    expect(producing.unsettled).toBe(producing.counters.sent);
  });

  it("stops within a turn when it is told to, and when the client is full", async () => {
    const { producing, client } = setUp({ stepNs: 10_000, room: 5000 });
    producing.fire();
    for (let i = 0; i < 20; i++) await turn();
    expect(producing.counters.sent).toBe(5000);
    expect(producing.counters.full).toBe(1);
    client.room = 1e9;
    producing.ready();
    producing.stop();
    const { sent } = producing.counters;
    for (let i = 0; i < 5; i++) await turn();
    expect(producing.counters.sent).toBe(sent);
  });

  it("gives each message one outcome, and counts contrary ones as late", () => {
    const { producing, recorders, rows } = setUp({ stepNs: 100, room: 1000 });
    producing.fire();
    expect(producing.unsettled).toBe(1000);
    producing.settled(0, 0, 100, "acked");
    producing.settled(0, 50, 100, "failed", "REFUSED");
    producing.settledList(0, [150, 152, 150, 5000], "unknown", "TIMEOUT");
    producing.settled(0, 140, 20, "acked");
    expect(rows()).toEqual([
      [0, 0, 100, "acked"],
      [0, 100, 50, "failed"],
      [0, 150, 1, "unknown"],
      [0, 152, 1, "unknown"],
      [0, 151, 1, "acked"],
      [0, 153, 7, "acked"],
    ]);
    expect(producing.counters.late).toBe(50 + 2 + 12);
    expect(producing.counters.ackedInWindow).toBe(108);
    expect(producing.counters.ackedBytesInWindow).toBe(10_800);
    expect(producing.unsettled).toBe(840);
    expect([...producing.codes]).toEqual([
      ["failed: REFUSED", 100],
      ["unknown: TIMEOUT", 4],
    ]);
    expect([recorders.publish_service.count, recorders.publish_service.censored]).toEqual([110, 2]);
    producing.giveUp("NO_ANSWER");
    expect(rows()).toEqual([[0, 160, 840, "unknown"]]);
    expect(producing.unsettled).toBe(0);
    expect(producing.codes.get("unknown: NO_ANSWER")).toBe(840);
    expect(recorders.publish_service.censored).toBe(842);
  });

  it("settles a range of a hundred thousand as one row, each message with its own time", () => {
    const { producing, recorders, rows } = setUp({ stepNs: 10, room: 100_000 });
    const times = new Set<number>();
    producing.fire();
    while (producing.counters.sent < 100_000) producing.fire();
    producing.settled(0, 0, 100_000, "acked");
    expect(rows()).toEqual([[0, 0, 100_000, "acked"]]);
    const { publish_service } = recorders;
    expect(publish_service.count).toBe(100_000);
    publish_service.buckets.forEach((n, bucket) => {
      if (n > 0) times.add(bucket);
    });
    // The clock stands still for at most 16 messages.
    expect(Math.max(...publish_service.buckets)).toBeLessThan(16 * 100);
    expect(times.size).toBeGreaterThan(100);
  });
});

import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { MessageSource, Producer, Transaction } from "../../src/drivers/driver.ts";
import { createBody } from "../../src/load/body.ts";
import { createStamp } from "../../src/load/envelope.ts";
import type { Journal } from "../../src/load/journal.ts";
import { NO_JOURNAL } from "../../src/load/journal.ts";
import { createRecorders } from "../../src/load/metrics.ts";
import { OutcomeLog, readOutcomes } from "../../src/load/outcome-log.ts";
import { Producing } from "../../src/load/producing.ts";
import { createTransacting } from "../../src/load/transacting.ts";
import { readTransactions, TransactionLog } from "../../src/load/transaction-log.ts";
import { BrokerError } from "../../src/model/errors.ts";
import type { Plan } from "../../src/model/plan.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

/** A producer of `messages` messages over two partitions, on a client that keeps the contract of transactions. */
function setUp(o: {
  messages: number;
  each: number;
  abort: number;
  journal?: Partial<Journal>;
  fails?: string;
}) {
  const transaction = { messages: o.each, abort: o.abort };
  const plan: Plan = {
    ...SAMPLE_PLAN,
    stream: { partitions: 2, subscriptions: 1 },
    load: { loop: "closed" },
    producers: { ...SAMPLE_PLAN.producers, count: 1, transaction },
    message: { size: { kind: "fixed", bytes: 100 }, keys: { kind: "none" }, compressible: 0 },
    phases: { warmupNs: 0, measureNs: 1e12, maxMessages: o.messages, drainNs: 0 },
  };
  const outcomes = new OutcomeLog();
  const transactions = new TransactionLog();
  const events: string[] = [];
  const side = new Producing(0, {
    plan,
    clock: { now: () => 1, setOrigin() {} },
    stamp: createStamp(1, createBody(1, 0, 256)),
    recorders: createRecorders(),
    outcomes,
    transactions,
    event: (_source, kind, detail) => events.push(`${kind}: ${detail}`),
  });
  const into = Buffer.alloc(256);
  const calls: string[] = [];
  let open: [number, number][] | undefined;
  const settle = (outcome: "acked" | "failed"): void => {
    const ended = open ?? [];
    open = undefined;
    for (const [lane, sequence] of ended) side.settled(lane, sequence, 1, outcome, "TRANSACTION_ABORTED");
  };
  const client: Producer & { transaction: Transaction } = {
    offer(source: MessageSource, max: number) {
      let took = 0;
      for (; open !== undefined && took < max; took++) {
        const head = source.peek();
        if (head === undefined) break;
        open.push([head.lane, head.sequence]);
        source.write(into, 0);
      }
      return took;
    },
    async flush() {
      calls.push("flush");
    },
    async close() {},
    transaction: {
      async begin() {
        calls.push("begin");
        if (o.fails === "begin" && calls.filter((c) => c === "begin").length > 1)
          throw new BrokerError("somebody has the id", { code: "PRODUCER_FENCED" });
        open = [];
      },
      async sendOffsets() {},
      async commit() {
        calls.push(`commit ${open?.length}`);
        if (o.fails === "commit") throw new BrokerError("not taken", { code: "MESSAGE_TOO_LARGE" });
        await turn();
        settle("acked");
      },
      async abort() {
        calls.push(`abort ${open?.length}`);
        await turn();
        settle("failed");
      },
    },
  };
  const journal = o.journal && { ...NO_JOURNAL, ...o.journal };
  const whole = createTransacting({
    client,
    transaction: client.transaction,
    side,
    plan: transaction,
    seed: 3,
    journal,
  });
  side.attach(whole);
  const run = async (): Promise<void> => {
    await whole.start();
    side.fire();
    for (let i = 0; i < 2000 && !(side.finished || events.length > 0); i++) await turn();
    await whole.flush();
  };
  const told = () => {
    const rows: unknown[] = [];
    const shipped = outcomes.take();
    if (shipped) readOutcomes(shipped, (...row) => rows.push(row));
    const begun: unknown[] = [];
    const log = transactions.take();
    if (log) readTransactions(log, (...row) => begun.push(row));
    return { rows, begun };
  };
  return { run, side, calls, events, told };
}

describe("a producer of transactions", () => {
  it("ends each when it is full and the last one with what is left, and says where each begins", async () => {
    const { run, side, calls, told } = setUp({ messages: 25, each: 10, abort: 0 });
    await run();
    expect(calls).toEqual(["begin", "commit 10", "begin", "commit 10", "begin", "commit 5", "flush"]);
    expect(side.unsettled).toBe(0);
    const { rows, begun } = told();
    expect(begun).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [0, 5, 1],
      [1, 5, 1],
      [0, 10, 2],
      [1, 10, 2],
    ]);
    expect((rows as [number, number, number, string][]).reduce((n, r) => n + r[2], 0)).toBe(25);
    expect(side.counters.transactions).toBe(3);
  });

  it("begins none that would be empty", async () => {
    const { run, side, calls } = setUp({ messages: 20, each: 10, abort: 0 });
    await run();
    expect(calls.filter((c) => c.startsWith("commit"))).toEqual(["commit 10", "commit 10"]);
    expect(side.counters.transactions).toBe(2);
  });

  it("aborts the planned share, the same ones for the same seed", async () => {
    const calls = await Promise.all(
      [0, 1].map(async () => {
        const one = setUp({ messages: 2000, each: 10, abort: 0.2 });
        await one.run();
        return one.calls;
      }),
    );
    const [first, second] = calls;
    expect(first).toEqual(second);
    // Not before the broker has all of it.
    expect(first!.slice(0, -1).filter((c) => c === "flush")).toHaveLength(
      first!.filter((c) => c.startsWith("abort")).length,
    );
    const aborts = first!.filter((c) => c.startsWith("abort")).length;
    // 200 draws at 0.2: 40, with a standard deviation of 5.7.
    expect(Math.abs(aborts - 40)).toBeLessThan(25);
  });

  it("aborts what cannot be committed, and goes on", async () => {
    const { run, side, calls, told } = setUp({ messages: 20, each: 10, abort: 0, fails: "commit" });
    await run();
    expect(calls.filter((c) => /commit|abort/.test(c))).toEqual([
      "commit 10",
      "abort 10",
      "commit 10",
      "abort 10",
    ]);
    expect(side.unsettled).toBe(0);
    expect(told().rows.every((row) => (row as unknown[])[3] === "failed")).toBe(true);
  });

  it("says that it is broken once somebody else has its id", async () => {
    const { run, events } = setUp({ messages: 100, each: 10, abort: 0, fails: "begin" });
    await run();
    expect(events).toEqual([expect.stringMatching(/^broken: .*somebody has the id/)]);
  });

  it("where it is to be killed, stops in the middle until the broker has half of it", async () => {
    const reached: unknown[] = [];
    const { run, calls } = setUp({
      messages: 20,
      each: 10,
      abort: 0,
      journal: {
        isDue: (point) => point === "mid-transaction" && reached.length === 0,
        reach: (point, inFlight) => reached.push([point, inFlight, calls.at(-1)]),
      },
    });
    await run();
    expect(reached).toEqual([["mid-transaction", 5, "flush"]]);
    expect(calls.filter((c) => c.startsWith("commit"))).toEqual(["commit 10", "commit 10"]);
  });
});

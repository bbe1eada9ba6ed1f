import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerError, UserError } from "../../../src/model/errors.ts";
import { until, within } from "../../support/until.ts";
import { always, assertEachOnce, type ContractCase, idsOf } from "./case.ts";

export const LIFE_CASES: readonly ContractCase[] = [
  {
    title: "tells versions, options and what an acknowledgement means when it connects",
    applies: always,
    async run(context) {
      const driver = await context.target.make();
      context.defer(() => driver.close());
      const info = await within("connect()", driver.connect(), context.patienceMs);
      for (const text of [info.version, info.clientVersion, info.address]) assert.ok(text.length > 0);
      assert.ok(!info.address.includes("@"), `credentials in the address: ${info.address}`);
      assert.ok(Object.keys(info.options).length > 0, "no option is told");
      assert.ok(driver.capabilities.durability.length > 0, "no durability is declared");
      for (const durability of driver.capabilities.durability) {
        const { copies, flush } = info.durabilityClass(durability);
        assert.ok(["none", "one", "majority"].includes(copies), copies);
        assert.ok(["memory", "page cache", "fsync"].includes(flush), flush);
        if (durability === "none") assert.equal(copies, "none");
        else assert.notEqual(copies, "none");
      }
    },
  },
  {
    title: "makes and drops a stream as often as asked, and starts an old name anew",
    applies: always,
    async run(context) {
      const { driver } = context;
      const topology = context.plan({ partitions: 2, subscriptions: ["a", "b"] });
      await driver.drop(topology);
      await driver.create(topology);
      await driver.create(topology);
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 10 });
      await sender.producer.close();
      await driver.drop(topology);
      await driver.drop(topology);
      await driver.create(topology, { existing: "refuse" });
      const receiver = await context.consume(topology, { subscription: "b" });
      const anew = await context.produce(topology, { index: 1 });
      await anew.sendAll({ count: 4 });
      await receiver.got.reach(4);
      assertEachOnce(idsOf(4, 2, 1), receiver);
    },
  },
  {
    title: "refuses a stream that exists when it should",
    applies: always,
    async run(context) {
      const topology = await context.stream();
      await assert.rejects(context.driver.create(topology, { existing: "refuse" }), (error) => {
        assert.ok(error instanceof UserError, `not a UserError: ${error}`);
        assert.equal(error.code, "STREAM_EXISTS");
        assert.ok(error.message.includes(topology.name), "the stream is not named");
        return true;
      });
      // The refusal did no harm.
      await context.driver.create(topology);
    },
  },
  {
    title: "closes as often as asked, before connecting and with everything still open",
    applies: always,
    async run(context) {
      const { patienceMs } = context;
      const unused = await context.target.make();
      await within("close() of an unused driver", unused.close(), patienceMs);
      const driver = await context.target.make();
      await driver.connect();
      const topology = await context.stream();
      const receiver = await context.consume(topology, { driver });
      const sender = await context.produce(topology, { driver });
      await sender.send({ count: 20 });
      for (let i = 0; i < 2; i++) await within("close()", driver.close(), patienceMs);
      assert.equal(sender.book.inFlight(), 0, "closing the driver left messages unsettled");
      for (let i = 0; i < 2; i++) {
        await within("close() of a producer", sender.producer.close(), patienceMs);
        await within("close() of a consumer", receiver.consumer.close(), patienceMs);
      }
      assert.deepEqual(sender.book.breaches, []);
    },
  },
  {
    title: "leaves nothing behind that keeps the process alive",
    applies: always,
    async run(context) {
      const topology = await context.stream();
      const before = await fewestHandles();
      const driver = await context.target.make();
      await driver.connect();
      const receiver = await context.consume(topology, { driver });
      const sender = await context.produce(topology, { driver });
      await sender.sendAll({ count: 20 });
      await receiver.got.reach(20);
      await sender.producer.close();
      await receiver.consumer.close();
      await driver.close();
      const extra = () => Object.entries(handles()).filter(([kind, n]) => n > (before[kind] ?? 0));
      await until(
        "every handle to go",
        () => extra().length === 0,
        context.patienceMs,
        () => extra().join(" "),
      );
    },
  },
  {
    title: "closes within a bounded time when the broker answers no more",
    applies: (target) => target.route !== undefined,
    async run(context) {
      const route = await context.target.route!();
      context.defer(() => route.close());
      await route.driver.connect();
      const topology = await context.stream();
      const receiver = await context.consume(topology, { driver: route.driver });
      const sender = await context.produce(topology, { driver: route.driver });
      await sender.sendAll({ count: 1 });
      await receiver.got.reach(1);
      await route.hold();
      await sender.send({ count: 5 });
      await within("close() of the driver", route.driver.close(), context.patienceMs);
      assert.deepEqual(sender.book.breaches, []);
      const { acked = 0, unknown = 0, unasked = 0 } = sender.book.counts();
      assert.equal(acked + unasked + unknown, 6, JSON.stringify(sender.book.counts()));
      assert.equal(sender.book.inFlight(), 0);
    },
  },
  {
    title: "says within a bounded time that a broker cannot be reached",
    applies: (target) => target.makeUnreachable !== undefined,
    async run(context) {
      const driver = context.target.makeUnreachable!();
      context.defer(() => driver.close());
      await assert.rejects(within("connect() to nowhere", driver.connect(), 20_000), (error) => {
        assert.ok(error instanceof BrokerError, `not a BrokerError: ${error}`);
        assert.equal(error.code, "BROKER_UNREACHABLE");
        assert.ok(error.hints.length > 0, "no hint says what to do");
        return true;
      });
      await within("close() after a failed connect()", driver.close(), context.patienceMs);
    },
  },
  {
    title: "says that a broker refuses it, and keeps the secret",
    applies: (target) => target.makeRefused !== undefined,
    async run(context) {
      const { driver, secret } = await context.target.makeRefused!();
      context.defer(() => driver.close());
      await assert.rejects(within("connect()", driver.connect(), 20_000), (error) => {
        assert.ok(error instanceof BrokerError, `not a BrokerError: ${error}`);
        assert.equal(error.code, "BROKER_REFUSED");
        const told = [error.message, ...error.hints, String(error.cause)].join(" ");
        assert.ok(!told.includes(secret), "the error tells the secret");
        return true;
      });
    },
  },
];

/** The least of some looks: a test runner has timers of its own that come and go. */
async function fewestHandles(): Promise<Record<string, number>> {
  const looks: Record<string, number>[] = [];
  for (let i = 0; i < 20; i++) {
    await pause(5);
    looks.push(handles());
  }
  const kinds = new Set(looks.flatMap(Object.keys));
  return Object.fromEntries([...kinds].map((kind) => [kind, Math.min(...looks.map((l) => l[kind] ?? 0))]));
}

/** What keeps the process alive now, by kind. */
function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo())
    if (!IGNORED.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Of the test runner and of the polling itself, and gone on their own. */
const IGNORED = new Set(["Immediate", "TickObject", "MessagePort", "CloseReq", "FSReqCallback"]);

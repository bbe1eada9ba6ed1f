import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Driver } from "../../src/drivers/driver.ts";
import { kafkajsDriver } from "../../src/drivers/kafka/kafkajs.ts";
import { platformaticDriver } from "../../src/drivers/kafka/platformatic/platformatic.ts";
import { COMPRESSIONS } from "../../src/drivers/kafka/settings.ts";
import { wireDriver } from "../../src/drivers/kafka/wire/wire.ts";
import { ownBroker } from "../support/brokers.ts";
import { stopSignals } from "../support/staller.ts";
import { until } from "../support/until.ts";
import { assertEachOnce, idsOf } from "./contract/case.ts";
import { type ContractContext, openContext } from "./contract/context.ts";
import { driverContract } from "./contract.ts";
import { kafkaClient } from "./kafka/client.ts";
import { everyKafkaClient } from "./kafka/every-client.ts";

const client = kafkaClient("wire", wireDriver);
const { target } = client;

driverContract(target);
everyKafkaClient(client);

describe("the wire driver on a real broker", () => {
  let context: ContractContext;
  beforeEach(async () => {
    context = await openContext(target);
  });
  afterEach(() => context.close());

  test.each([false, true])(
    "fails what is larger than the topic takes, idempotent: %s",
    async (idempotent) => {
      const topology = await context.stream({ maxMessageBytes: 1000, durability: "disk" });
      const sender = await context.produce(topology, { idempotent });
      await sender.sendAll({ count: 5, sizeBytes: (n) => (n === 1 ? 2 * 1024 ** 2 : 100) });
      expect(sender.book.counts()).toEqual({ acked: 4, failed: 1 });
      expect(sender.book.codes()).toEqual(["MESSAGE_TOO_LARGE"]);
      const receiver = await context.consume(topology);
      await receiver.got.reach(4);
      expect(receiver.got.ids()).toEqual(["0/0", "0/2", "0/3", "0/4"]);
    },
  );

  test("carries the largest message that it says it can", async () => {
    const sizeBytes = context.driver.capabilities.maxMessageBytes;
    const topology = await context.stream({ maxMessageBytes: sizeBytes });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 2, sizeBytes: (n) => (n === 0 ? sizeBytes : 100) });
    const receiver = await context.consume(topology);
    await receiver.got.reach(2);
    assertEachOnce(idsOf(2), receiver);
  });

  test.each([
    ["with five requests in flight", "none", {}],
    ["compressed", "lz4", {}],
    ["idempotent", "none", { idempotent: true }],
    ["without acknowledgements", "none", { durability: "none" as const }],
  ])("stores a lane in the order in which it is settled, %s", async (_, compression, wish) => {
    const driver = await client.driverWith(context, { compression });
    const { durability = "disk", ...options } = wish as { durability?: "none" };
    const topology = await context.stream({ durability });
    const receiver = await context.consume(topology, { driver });
    // One message a request, and as many requests at once as there may be.
    const sender = await context.produce(topology, { driver, batchBytes: 1, ...options });
    await sender.sendAll({ count: 300, sizeBytes: (n) => (n % 2 ? 50 : 60_000) });
    await receiver.got.reach(300);
    expect([...sender.book.with(durability === "none" ? "unasked" : "acked")]).toEqual(idsOf(300));
    expect(receiver.got.ids()).toEqual(idsOf(300));
  });

  test.each(COMPRESSIONS)("writes %s so that another client reads it", async (compression) => {
    const topology = await context.stream({ partitions: 2, durability: "disk" });
    const sender = await context.produce(topology, {
      driver: await client.driverWith(context, { compression }),
    });
    await sender.sendAll({ count: 500, sizeBytes: (n) => 44 + n, key: Buffer.from("key") });
    const reader = ["none", "gzip"].includes(compression)
      ? kafkaClient("kafkajs", kafkajsDriver)
      : kafkaClient("platformatic", platformaticDriver);
    const receiver = await context.consume(topology, {
      driver: await reader.driverWith(context, {}),
    });
    await receiver.got.reach(500);
    assertEachOnce(idsOf(500, 2), receiver);
  });

  test("waits for the linger time, and not when it is flushed", async () => {
    const topology = await context.stream({ durability: "disk" });
    const sender = await context.produce(topology, { lingerNs: 30e9 });
    await sender.send({ count: 2 });
    await sender.send({ count: 1 });
    expect(sender.book.inFlight()).toBe(3);
    await sender.producer.flush();
    expect(sender.book.counts()).toEqual({ acked: 3 });
    const soon = await context.produce(topology, { index: 1, lingerNs: 20e6 });
    await soon.send({ count: 3 });
    await soon.book.waitFor("the linger time", () => soon.book.inFlight() === 0, 10_000);
  });

  test("keeps what is offered while there is no connection, and sends it afterwards", async () => {
    const route = await client.openRoute(context);
    const topology = await context.stream();
    const receiver = await context.consume(topology, { driver: route.driver });
    const sender = await context.produce(topology, { driver: route.driver });
    await sender.sendAll({ count: 10 });
    await route.cut();
    await until("word of the cut", () => sender.book.events.some((e) => e.kind === "disconnected"));
    await sender.send({ count: 5 });
    route.restore();
    await sender.sendAll({ count: 7 });
    await receiver.got.reach(22);
    assertEachOnce(idsOf(22), receiver);
    expect(sender.book.counts()).toEqual({ acked: 22 });
    expect(sender.book.events.map((e) => e.kind)).toEqual(["connected", "disconnected", "reconnected"]);
  });

  test("fails what found no connection within the publish time-out", async () => {
    const route = await client.openRoute(context);
    const topology = await context.stream();
    const sender = await context.produce(topology, { driver: route.driver, publishTimeoutNs: 300e6 });
    await sender.sendAll({ count: 1 });
    await route.cut();
    await until("word of the cut", () => sender.book.events.some((e) => e.kind === "disconnected"));
    await sender.sendAll({ count: 5 });
    expect(sender.book.counts()).toEqual({ acked: 1, failed: 5 });
    expect(new Set(sender.book.codes())).toEqual(new Set(["BROKER_UNREACHABLE"]));
  });

  test.each([
    [true, { acked: 40 }],
    // The control: without idempotence nothing is sent again, though all of it was stored.
    [false, { acked: 10, unknown: 30 }],
  ])(
    "after requests without an answer, idempotent: %s, nothing is lost or there twice",
    async (idempotent, counts) => {
      const route = await client.openRoute(context);
      const topology = await context.stream({ durability: "disk" });
      const sender = await context.produce(topology, {
        driver: route.driver,
        idempotent,
        batchBytes: 1,
        publishTimeoutNs: idempotent ? 8e9 : 1e9,
      });
      await sender.sendAll({ count: 10 });
      await route.hold();
      // These reach the broker, but nobody is told.
      await sender.send({ count: 5, sizeBytes: 5000 });
      await until("them to be stored", async () => (await storedIn(context, topology)) === 15);
      await sender.send({ count: 25 });
      if (idempotent) await route.cut();
      else await sender.book.waitFor("the time-out", () => sender.book.with("unknown").size >= 5, 5000);
      route.restore();
      await sender.producer.flush();
      const { acked = 0, unknown = 0, failed = 0 } = sender.book.counts();
      expect(acked + unknown).toBe(40);
      expect(failed).toBe(0);
      if (idempotent) expect({ acked }).toEqual(counts);
      else expect(unknown).toBeGreaterThanOrEqual(5);
      const receiver = await context.consume(topology);
      await receiver.got.reach(acked);
      assertEachOnce(idsOf(40), receiver);
      expect(receiver.got.ids()).toEqual(idsOf(40));
    },
  );

  test("leaves unknown what a stopped broker does not answer, and goes on when it does", async () => {
    const { url, pids } = await ownBroker("kafka");
    const alone = await openContext({ ...target, make: async () => client.driverAt(url) });
    onTestFinished(() => alone.close());
    const topology = await alone.stream({ durability: "disk" });
    const sender = await alone.produce(topology, { publishTimeoutNs: 2e9, batchBytes: 1 });
    await sender.sendAll({ count: 10 });
    const staller = stopSignals(pids);
    staller.begin();
    try {
      await sender.send({ count: 5 });
      await sender.book.waitFor("the time-out", () => sender.book.inFlight() === 0, 15_000);
    } finally {
      staller.end();
    }
    expect(sender.book.counts()).toEqual({ acked: 10, unknown: 5 });
    expect(sender.book.codes()[0]).toBe("REQUEST_TIMEOUT");
    await sender.sendAll({ count: 5 });
    expect(sender.book.counts()).toEqual({ acked: 15, unknown: 5 });
    const receiver = await alone.consume(topology);
    await receiver.got.reach(15);
    expect(new Set(receiver.got.ids()).size).toBe(receiver.got.ids().length);
  });

  test.each([true, false])(
    "through a route that is cut again and again, idempotent: %s",
    async (idempotent) => {
      const route = await client.openRoute(context);
      const topology = await context.stream({ partitions: 3, durability: "disk" });
      const sender = await context.produce(topology, {
        driver: route.driver,
        idempotent,
        batchBytes: 2000,
        maxInFlight: 300,
      });
      const total = 6000;
      const sending = sender.sendAll({ count: total });
      for (let cuts = 1; cuts <= 6; cuts++) {
        const settled = () => sender.book.takenCount() - sender.book.inFlight();
        await until("some progress", () => settled() >= Math.min(total - 1, cuts * 700));
        await route.cut();
        route.restore();
      }
      await sending;
      const receiver = await context.consume(topology);
      const sent = idsOf(total, 3);
      const { acked = 0, unknown = 0, failed = 0 } = sender.book.counts();
      expect(acked + unknown).toBe(total);
      expect(failed).toBe(0);
      await receiver.got.reach(acked);
      if (idempotent) {
        expect(unknown).toBe(0);
        assertEachOnce(sent, receiver);
        expect(sender.book.events.filter((e) => e.kind === "disconnected").length).toBeGreaterThan(0);
      }
      // The control: the same cuts do hit requests that are under way.
      else expect(unknown).toBeGreaterThan(0);
      const ids = receiver.got.ids();
      expect(new Set(ids).size).toBe(ids.length);
      for (const lane of [0, 1, 2])
        if (idempotent)
          expect(ids.filter((id) => id.startsWith(`${lane}/`))).toEqual(
            sent.filter((id) => id.startsWith(`${lane}/`)),
          );
    },
  );

  test("refuses idempotence without acks=all", async () => {
    const topology = await context.stream({ durability: "memory" });
    await expect(context.produce(topology, { idempotent: true })).rejects.toMatchObject({
      code: "BAD_OPTION",
    });
  });

  test("says of a topic that is not there that it is not there", async () => {
    await expect(context.produce(context.plan())).rejects.toMatchObject({
      code: "UNKNOWN_TOPIC_OR_PARTITION",
    });
  });
});

/** Messages in the first partition, as the broker says. */
async function storedIn(context: ContractContext, topology: Parameters<Driver["drop"]>[0]): Promise<number> {
  const [depth] = (await context.driver.depth?.(topology)) ?? [];
  return depth?.messages ?? -1;
}

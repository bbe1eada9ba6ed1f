import { Socket } from "node:net";
import { ClientQuotaEntityTypes, Producer } from "@platformatic/kafka";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { platformaticDriver } from "../../src/drivers/kafka/platformatic/platformatic.ts";
import { sharedBroker } from "../support/brokers.ts";
import { until } from "../support/until.ts";
import { assertEachOnce, idsOf } from "./contract/case.ts";
import { type ContractContext, openContext } from "./contract/context.ts";
import { driverContract } from "./contract.ts";
import { asAdmin, storedBytes } from "./kafka/admin.ts";
import { kafkaClient } from "./kafka/client.ts";
import { everyKafkaClient, libraryKafkaClient } from "./kafka/every-client.ts";

const client = kafkaClient("platformatic", platformaticDriver);
const { target, openRoute } = client;

driverContract(target);
everyKafkaClient(client);
libraryKafkaClient(client);

describe("the platformatic driver on a real broker", () => {
  let context: ContractContext;
  beforeEach(async () => {
    context = await openContext(target);
  });
  afterEach(() => context.close());

  test.each([
    ["none", 0.9, 2],
    ["gzip", 0, 0.5],
    ["snappy", 0, 0.5],
    ["lz4", 0, 0.5],
    ["zstd", 0, 0.5],
  ])("stores with compression %s and reads it back", async (compression, least, most) => {
    const driver = await client.driverWith(context, { compression });
    const topology = await context.stream({ durability: "disk" });
    const receiver = await context.consume(topology, { driver });
    const sender = await context.produce(topology, { driver, maxInFlight: 400 });
    await sender.sendAll({ count: 400, sizeBytes: 2000, key: Buffer.from("a key") });
    await receiver.got.reach(400);
    expect(sender.book.counts()).toEqual({ acked: 400 });
    expect(receiver.got.ids()).toEqual(idsOf(400));
    const share = (await storedBytes(topology.name)) / (400 * 2000);
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThan(most);
  });

  test.each([
    ["with several requests in flight", {}, {}],
    ["compressed, which the library does beside the event loop", { compression: "gzip" }, {}],
    ["with one request in flight", { maxInFlightRequests: 1 }, {}],
    ["idempotent", {}, { idempotent: true }],
  ])("keeps the order of a lane, long and short in turn, %s", async (_, options, wish) => {
    const driver = await client.driverWith(context, options);
    const topology = await context.stream({ durability: "disk" });
    const receiver = await context.consume(topology, { driver });
    // One message a request, and as many requests at once as there may be.
    const sender = await context.produce(topology, { driver, batchBytes: 1, ...wish });
    await sender.sendAll({ count: 300, sizeBytes: (n) => (n % 2 ? 50 : 60_000) });
    await receiver.got.reach(300);
    expect(sender.book.counts()).toEqual({ acked: 300 });
    expect(receiver.got.ids()).toEqual(idsOf(300));
  });

  test.each([
    ["none", 0, "unasked"],
    ["memory", 1, "acked"],
    ["disk", -1, "acked"],
    ["fsync", -1, "acked"],
  ] as const)("asks with durability %s for acks=%i", async (durability, acks, outcome) => {
    const topology = await context.stream({ durability });
    const sender = await context.produce(topology);
    const write = vi.spyOn(Socket.prototype, "write");
    context.defer(() => write.mockRestore());
    await sender.sendAll({ count: 3 });
    expect(new Set(write.mock.calls.flatMap(([bytes]) => acksOf(bytes)))).toEqual(new Set([acks]));
    expect(sender.book.counts()).toEqual({ [outcome]: 3 });
  });

  test("asks for no answer with durability none only", async () => {
    for (const [durability, settled] of [
      ["none", 5],
      ["memory", 0],
      ["disk", 0],
    ] as const) {
      const route = await openRoute(context);
      const topology = await context.stream({ durability });
      const sender = await context.produce(topology, { driver: route.driver });
      await sender.sendAll({ count: 1 });
      await route.hold();
      await sender.send({ count: 5 });
      // Reaches the broker in any case, and is answered there.
      const receiver = await context.consume(topology);
      await receiver.got.reach(6);
      expect([durability, 5 - sender.book.inFlight()]).toEqual([durability, settled]);
      await sender.producer.close();
    }
  });

  test("delivers nothing again to a consumer when another one comes or leaves", async () => {
    const topology = await context.stream({ partitions: 2 });
    const sender = await context.produce(topology);
    const first = await context.consume(topology, { partitions: [0], answering: false });
    await sender.sendAll({ count: 20, partition: 0 });
    await first.got.reach(20);
    const second = await context.consume(topology, { partitions: [1], index: 1 });
    await sender.sendAll({ count: 20 });
    await first.got.reach(30);
    await second.got.reach(10);
    await second.consumer.close();
    await sender.sendAll({ count: 10, partition: 0 });
    await first.got.reach(40);
    assertEachOnce(
      Array.from({ length: 40 }, (_, i) => `0/${i}`),
      first,
    );
  });

  test("goes on after a cut, without a word of its own on stdout or stderr", async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): unknown => warnings.push(warning.name);
    process.on("warning", hear);
    context.defer(() => process.off("warning", hear));
    const route = await openRoute(context);
    const topology = await context.stream();
    // Answers nothing: where it goes on is not what is committed.
    const receiver = await context.consume(topology, { driver: route.driver, answering: false });
    const sender = await context.produce(topology, { driver: route.driver });
    await sender.sendAll({ count: 10 });
    await route.cut();
    await until("word of the cut", () => sender.book.events.some((e) => e.kind === "disconnected"));
    // Offered while there is no connection: certainly not stored.
    await sender.sendAll({ count: 5 });
    route.restore();
    await sender.sendAll({ count: 7 });
    await until("messages again", async () => {
      if (sender.book.with("acked").size > 10) return true;
      await sender.sendAll({ count: 1 });
      return false;
    });
    const acked = [...sender.book.with("acked")];
    await receiver.got.reach(acked.length);
    assertEachOnce(acked, receiver);
    expect(sender.book.counts().unknown).toBeUndefined();
    for (const { events } of [sender.book, receiver.got]) {
      expect(events.map((e) => e.kind)).toContain("disconnected");
      expect(events.map((e) => e.kind)).toContain("reconnected");
    }
    expect(warnings).toEqual([]);
  });

  test.each([
    ["idempotent: acknowledges all and stores each once", true, { acked: 31 }],
    ["not idempotent: says that it does not know", false, { acked: 30, unknown: 1 }],
  ])("after answers were lost with a cut, %s", async (_, idempotent, counts) => {
    const route = await openRoute(context);
    const topology = await context.stream({ durability: "disk" });
    const sender = await context.produce(topology, { driver: route.driver, idempotent, maxInFlight: 100 });
    await sender.sendAll({ count: 10 });
    const receiver = await context.consume(topology);
    await route.hold();
    await sender.send({ count: 1 });
    // The broker has it, and the producer cannot know.
    await receiver.got.reach(11);
    await route.cut();
    await until("word of the cut", () => sender.book.events.some((e) => e.kind === "disconnected"));
    route.restore();
    await sender.sendAll({ count: 20 });
    expect(sender.book.counts()).toEqual(counts);
    await receiver.got.reach(31);
    assertEachOnce(idsOf(31), receiver);
  });

  test("says when the broker throttles it", async () => {
    const topology = await context.stream();
    const entities = [{ entityType: ClientQuotaEntityTypes.CLIENT_ID, entityName: "mqbench-producer-77" }];
    const quota = (remove: boolean) =>
      asAdmin((admin) =>
        admin.alterClientQuotas({
          entries: [{ entities, ops: [{ key: "producer_byte_rate", value: 20_000, remove }] }],
        }),
      );
    await quota(false);
    context.defer(() => quota(true));
    const slowed = await context.produce(topology, { index: 77, batchBytes: 1 });
    const free = await context.produce(topology, { index: 78, batchBytes: 1 });
    await until("word of a throttle", async () => {
      for (const sender of [slowed, free]) await sender.sendAll({ count: 1, sizeBytes: 10_000 });
      return slowed.book.events.some((e) => e.kind === "throttled" && /^\d+ ms$/.test(e.detail));
    });
    expect(free.book.events.map((e) => e.kind)).not.toContain("throttled");
  });

  test.each([
    ["read_committed", 3],
    ["read_uncommitted", 5],
  ])("with isolation %s reads %i of two aborted messages and three others", async (isolation, count) => {
    const topology = await context.stream();
    const producer = new Producer({
      clientId: "test",
      bootstrapBrokers: [(await sharedBroker("kafka")).url],
      idempotent: true,
      transactionalId: topology.name,
    });
    context.defer(() => producer.close());
    const one = { topic: topology.name, partition: 0, value: Buffer.alloc(10) };
    for (const end of ["abort", "commit"] as const) {
      const transaction = await producer.beginTransaction();
      await transaction.send({ messages: [one, one] });
      await transaction[end]();
    }
    const driver = await client.driverWith(context, { isolation });
    const receiver = await context.consume(topology, { driver });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 1 });
    await until("the last message", () => receiver.got.ids().includes("0/0"));
    expect(receiver.got.list).toHaveLength(count);
  });

  test("waits with a batch as long as it may linger", async () => {
    const topology = await context.stream();
    const sender = await context.produce(topology, { lingerNs: 60e9 });
    await sender.send({ count: 10 });
    const receiver = await context.consume(topology);
    expect(sender.book.inFlight()).toBe(10);
    await sender.producer.flush();
    await receiver.got.reach(10);
    const prompt = await context.produce(topology, { index: 1, lingerNs: 5e6 });
    await prompt.send({ count: 10 });
    await prompt.book.waitFor("every outcome", () => prompt.book.inFlight() === 0, 15_000);
  });
});

const PRODUCE = 0;

/** Of a produce request of the protocol's version 9 or later, which has no transaction; none of others. */
function acksOf(bytes: unknown): number[] {
  if (!Buffer.isBuffer(bytes) || bytes.length < 20 || bytes.readInt16BE(4) !== PRODUCE) return [];
  // Size, key, version and correlation take 12 bytes; after the client's name come no tags and no transaction.
  return [bytes.readInt16BE(12 + 2 + bytes.readInt16BE(12) + 2)];
}

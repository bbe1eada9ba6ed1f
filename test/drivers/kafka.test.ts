import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { kafkajsDriver } from "../../src/drivers/kafka/kafkajs.ts";
import { until } from "../support/until.ts";
import { assertEachOnce, idsOf } from "./contract/case.ts";
import { type ContractContext, openContext } from "./contract/context.ts";
import { driverContract } from "./contract.ts";
import { kafkaClient } from "./kafka/client.ts";
import { everyKafkaClient, libraryKafkaClient } from "./kafka/every-client.ts";

const client = kafkaClient("kafkajs", kafkajsDriver);
const { target, openRoute } = client;

driverContract(target);
everyKafkaClient(client);
libraryKafkaClient(client);

describe("the kafkajs driver on a real broker", () => {
  let context: ContractContext;
  beforeEach(async () => {
    context = await openContext(target);
  });
  afterEach(() => context.close());

  test.each([
    ["with several requests in flight", {}, {}],
    ["compressed", { compression: "gzip" }, {}],
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

  test("delivers nothing again to a member when another one joins or leaves", async () => {
    const topology = await context.stream({ partitions: 2 });
    const sender = await context.produce(topology);
    const first = await context.consume(topology, { partitions: [0], answering: false });
    await sender.sendAll({ count: 20, partition: 0 });
    await first.got.reach(20);
    const second = await context.consume(topology, { partitions: [1], index: 1 });
    await sender.sendAll({ count: 20 });
    await first.got.reach(30);
    await second.got.reach(10);
    expect(first.got.events.map((e) => e.kind)).toContain("rebalanced");
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
    const receiver = await context.consume(topology, { driver: route.driver });
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
    expect(sender.book.events.map((e) => e.kind)).toContain("reconnected");
    expect(warnings).toEqual([]);
  });
});

import kafkajs from "kafkajs";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import type { Driver } from "../../src/drivers/driver.ts";
import { kafkajsDriver } from "../../src/drivers/kafka/kafkajs.ts";
import { until } from "../support/until.ts";
import { assertEachOnce, idsOf } from "./contract/case.ts";
import { type ContractContext, type ContractTarget, openContext } from "./contract/context.ts";
import { driverContract } from "./contract.ts";
import { cutRoute, type RestorableRoute } from "./kafka/route.ts";

const abort = new AbortController();
let lease: Promise<BrokerLease> | undefined;

/** One broker for the file. */
function broker(): Promise<BrokerLease> {
  const url = process.env.MQBENCH_KAFKA_URL;
  lease ??= obtainBroker("kafka", {
    onProgress: () => undefined,
    signal: abort.signal,
    ...(url ? { url } : {}),
  });
  return lease;
}

const driverAt = (url: string, options: Record<string, unknown> = {}): Driver =>
  kafkajsDriver({ url, mode: "log", options });

const make = async (): Promise<Driver> => driverAt((await broker()).url);

afterAll(async () => {
  await (await lease)?.release();
  abort.abort();
});

const routed = async (options: Record<string, unknown> = {}): Promise<RestorableRoute> =>
  cutRoute((await broker()).url, (url) => driverAt(url, options));

const target: ContractTarget = {
  name: "kafka:log@kafkajs",
  make,
  makeUnreachable: () => driverAt("127.0.0.1:1"),
  breakStream: async (topology, driver) => driver.drop(topology),
  route: () => routed(),
};

driverContract(target);

describe("the kafkajs driver on a real broker", () => {
  let context: ContractContext;
  beforeEach(async () => {
    context = await openContext(target);
  });
  afterEach(() => context.close());

  test("fails with the broker's code what is larger than the topic takes", async () => {
    const topology = await context.stream({ maxMessageBytes: 1000 });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 3, sizeBytes: (n) => (n === 1 ? 2 * 1024 ** 2 : 100) });
    expect(sender.book.counts()).toEqual({ acked: 2, failed: 1 });
    expect(sender.book.codes()).toEqual(["MESSAGE_TOO_LARGE"]);
  });

  test("fails what the topic's rules refuse, and goes on when they allow it", async () => {
    const topology = await context.stream({ durability: "disk" });
    const sender = await context.produce(topology);
    // A compacted topic takes nothing without a key.
    await setTopic(topology.name, "cleanup.policy", "compact");
    await until("a message to be refused", async () => {
      await sender.sendAll({ count: 1 });
      return sender.book.with("failed").size > 0;
    });
    expect(sender.book.codes()).toContain("INVALID_RECORD");
    await setTopic(topology.name, "cleanup.policy", "delete");
    const before = sender.book.with("acked").size;
    await until("messages to be taken again", async () => {
      await sender.sendAll({ count: 1 });
      return sender.book.with("acked").size > before;
    });
    expect(sender.book.counts().unknown).toBeUndefined();
  });

  test("reads the topic's settings back, and flushes each message for fsync only", async () => {
    const { options } = await context.driver.connect();
    await context.stream({ durability: "disk" });
    expect(options["topic.flush.messages"]).not.toBe("1");
    await context.stream({ durability: "fsync", maxMessageBytes: 3_000_000 });
    expect(options["topic.flush.messages"]).toBe("1");
    expect(Number(options["topic.max.message.bytes"])).toBeGreaterThan(3_000_000);
  });

  test.each([
    ["with several requests in flight", {}, {}],
    ["compressed", { compression: "gzip" }, {}],
    ["idempotent", {}, { idempotent: true }],
  ])("keeps the order of a lane, long and short in turn, %s", async (_, options, wish) => {
    const driver = driverAt((await broker()).url, options);
    context.defer(() => driver.close());
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
    const route = await openRoute(context, {});
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

  test("loses nothing acknowledged after an idempotent request had no answer", async () => {
    const route = await openRoute(context, {});
    const topology = await context.stream({ durability: "disk" });
    const sender = await context.produce(topology, {
      driver: route.driver,
      idempotent: true,
      publishTimeoutNs: 1e9,
    });
    await sender.sendAll({ count: 10 });
    await route.hold();
    // These reach the broker, but nobody is told. What follows must not be taken for a copy of them.
    await sender.sendAll({ count: 30 });
    expect(sender.book.counts()).toEqual({ acked: 10, unknown: 30 });
    route.restore();
    await sender.sendAll({ count: 30 });
    expect(sender.book.counts()).toEqual({ acked: 40, unknown: 30 });
    const receiver = await context.consume(topology);
    await receiver.got.reach(70);
    assertEachOnce(idsOf(70), receiver);
  });
});

async function openRoute(
  context: ContractContext,
  options: Record<string, unknown>,
): Promise<RestorableRoute> {
  const route = await routed(options);
  context.defer(() => route.close());
  context.defer(() => route.driver.close());
  await route.driver.connect();
  return route;
}

/** Behind the driver's back. */
async function setTopic(topic: string, name: string, value: string): Promise<void> {
  const { Kafka, ConfigResourceTypes, logLevel } = kafkajs;
  const admin = new Kafka({ brokers: [(await broker()).url], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] }],
    });
  } finally {
    await admin.disconnect();
  }
}

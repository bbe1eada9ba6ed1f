import { connect } from "amqplib";
import { expect, it, onTestFinished } from "vitest";
import type { Driver } from "../../src/drivers/driver.ts";
import { wireDriver } from "../../src/drivers/kafka/wire/wire.ts";
import { amqplibDriver } from "../../src/drivers/rabbitmq/amqplib.ts";
import type { Topology } from "../../src/model/topology.ts";
import { sharedBroker } from "../support/brokers.ts";

const urlOf = async (system: string): Promise<string> => (await sharedBroker(system)).url;

/** A stream of the driver's own, gone after the test. */
async function streamOf(driver: Driver, change: Partial<Topology> = {}): Promise<Topology> {
  const topology: Topology = {
    name: `alter-${process.pid}-${Math.random().toString(36).slice(2)}`,
    partitions: 2,
    subscriptions: ["a", "b"],
    durability: "disk",
    maxMessageBytes: 64,
    isAltered: true,
    ...change,
  };
  await driver.connect();
  await driver.create(topology);
  onTestFinished(async () => {
    await driver.drop(topology);
    await driver.close();
  });
  return topology;
}

const rabbit = async (): Promise<Driver> =>
  amqplibDriver({ url: await urlOf("rabbitmq"), mode: "classic", options: {} });
const kafka = async (): Promise<Driver> =>
  wireDriver({ url: await urlOf("kafka"), mode: "log", options: {} });

/** What of one message for each partition the queues of a stream hold then, by someone else's connection. */
async function heldAfterPublishing({ name, partitions, subscriptions }: Topology): Promise<number> {
  const connection = await connect(await urlOf("rabbitmq"));
  const channel = await connection.createConfirmChannel();
  for (let p = 0; p < partitions; p++) channel.publish(name, String(p), Buffer.from("x"));
  await channel.waitForConfirms();
  let held = 0;
  for (const s of subscriptions)
    for (let p = 0; p < partitions; p++) held += (await channel.checkQueue(`${name}.${s}.${p}`)).messageCount;
  await connection.close();
  return held;
}

it("RabbitMQ: unbound queues get nothing, and bound again they do", async () => {
  const driver = await rabbit();
  const topology = await streamOf(driver);
  const altered = await driver.alter!(topology, { kind: "unbind" });
  expect(altered).toMatchObject({ count: 4, detail: expect.stringContaining("unroutable") });
  expect(await heldAfterPublishing(topology)).toBe(0);
  expect(await altered.undo()).toContain("4 bindings");
  expect(await heldAfterPublishing(topology)).toBe(4);
});

it("RabbitMQ: an unbind that somebody else's binding undoes is no unbind", async () => {
  const driver = await rabbit();
  const topology = await streamOf(driver, { partitions: 1, subscriptions: ["a"] });
  const connection = await connect(await urlOf("rabbitmq"));
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue("", { exclusive: true });
  await channel.bindQueue(queue, topology.name, "0");
  await expect(driver.alter!(topology, { kind: "unbind" })).rejects.toMatchObject({ code: "NOT_ALTERED" });
  await connection.close();
});

it("RabbitMQ: a single queue has no exchange that it could be unbound from, unless that was asked for", async () => {
  const driver = await rabbit();
  const topology = await streamOf(driver, { partitions: 1, subscriptions: ["a"], isAltered: false });
  await expect(driver.alter!(topology, { kind: "unbind" })).rejects.toThrow(/ACCESS_REFUSED/);
});

it("RabbitMQ: deleted queues are gone, and hold nothing; where that was not planned nobody knows", async () => {
  const driver = await rabbit();
  const topology = await streamOf(driver);
  expect(await heldAfterPublishing(topology)).toBe(4);
  const altered = await driver.alter!(topology, { kind: "delete-queue" });
  expect(altered).toMatchObject({ count: 4, detail: expect.stringContaining("not found") });
  expect((await driver.depth!(topology)).map((d) => d.messages)).toEqual([0, 0, 0, 0]);
  await expect(driver.depth!({ ...topology, isAltered: false })).rejects.toMatchObject({
    code: "DEPTH_UNKNOWN",
  });
  expect(await altered.undo()).toContain("stays");
});

it.each([
  [true, ["rebalanced"]],
  [false, ["disconnected", "broken"]],
])("RabbitMQ: a consumer whose queue was deleted, planned: %s, is %s", async (isAltered, kinds) => {
  const driver = await rabbit();
  const topology = await streamOf(driver, { partitions: 1, subscriptions: ["a"], isAltered });
  const events: string[] = [];
  await driver.consumer(
    {
      topology,
      subscription: "a",
      index: 0,
      sharing: "compete",
      partitions: [0],
      prefetch: 10,
      acknowledge: "manual",
    },
    { begin() {}, message() {}, end() {}, event: (what) => void events.push(what) },
  );
  await driver.alter!(topology, { kind: "delete-queue" });
  await expect.poll(() => events).toEqual(kinds);
});

it("Kafka: partitions are there when it resolves, and stay", async () => {
  const driver = await kafka();
  const topology = await streamOf(driver);
  const altered = await driver.alter!(topology, { kind: "add-partitions", to: 3 });
  expect(altered).toMatchObject({ count: 1, detail: expect.stringContaining("3 partitions") });
  expect(new Set((await driver.depth!(topology)).map((d) => d.partition))).toEqual(new Set([0, 1, 2]));
  expect(await altered.undo()).toContain("keeps its 3 partitions");
  await expect(driver.alter!(topology, { kind: "add-partitions", to: 2 })).rejects.toMatchObject({
    code: "INVALID_PARTITIONS",
  });
});

it("Kafka: min.insync.replicas is read back, and a number above the copies is said to do nothing", async () => {
  const driver = await kafka();
  const topology = await streamOf(driver);
  const altered = await driver.alter!(topology, { kind: "raise-min-isr", to: 2 });
  expect(altered).toMatchObject({
    count: 0,
    detail: expect.stringContaining("is 2 now, read back; it counts as 1"),
  });
  expect(await altered.undo()).toContain("is 1 now, read back");
});

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { openLink } from "../../src/drivers/rabbitmq/stream/open-link.ts";
import { openReplay, type Replayed, streamName } from "../../src/drivers/rabbitmq/stream/replay.ts";
import { streamDriver } from "../../src/drivers/rabbitmq/stream/stream-js.ts";
import type { Topology } from "../../src/model/topology.ts";
import { sharedBroker } from "../support/brokers.ts";
import { tcpProxy } from "../support/tcp-proxy.ts";
import { idsOf } from "./contract/case.ts";
import { type ContractContext, type ContractTarget, openContext } from "./contract/context.ts";
import { readBody } from "./contract/source.ts";
import { driverContract } from "./contract.ts";

const driverAt = (url: string, stream: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  streamDriver({ url, mode: "stream", options: { ...more, stream } });

/** The stream plugin's own address, credentials and all. */
async function streamUrl(): Promise<URL> {
  const { url, facts } = await sharedBroker("rabbitmq");
  // A scheme that URL does not know has no host that could be changed.
  const at = new URL(url);
  at.port = String(facts.streamPort);
  return at;
}

const named = (at: URL) => at.href.replace("amqp:", "rabbitmq-stream:");

const target: ContractTarget = {
  name: "rabbitmq:stream@stream-js",
  make: async () => driverAt(named(await streamUrl())),
  makeUnreachable: () => driverAt("amqp://127.0.0.1:9", { port: 9 }),
  async makeRefused() {
    const at = await streamUrl();
    at.username = "nobody";
    at.password = "s3cret-word";
    return { driver: driverAt(named(at)), secret: at.password };
  },
  async route() {
    const at = await streamUrl();
    const proxy = await tcpProxy({ host: at.hostname, port: Number(at.port) });
    at.port = String(proxy.port);
    return { ...proxy, driver: driverAt(named(at)) };
  },
  breakStream: (topology, driver) => driver.drop(topology),
};

driverContract(target);

async function openTarget(): Promise<ContractContext> {
  const context = await openContext(target);
  onTestFinished(() => context.close());
  return context;
}

describe("the driver of RabbitMQ's streams", () => {
  test("finds the stream listener by the management API, and says so when there is none", async () => {
    const { url, managementUrl } = await sharedBroker("rabbitmq");
    const driver = streamDriver({ url, managementUrl: managementUrl!, mode: "stream", options: {} });
    const { address, options } = await driver.connect();
    expect(address).toBe(new URL(named(await streamUrl())).host);
    expect(options).toMatchObject({ noDelay: true, heartbeatS: 10, frameMaxBytes: 1024 ** 2, credits: 10 });
    await driver.close();

    // A management API of a broker without the plugin.
    const { createServer: httpServer } = await import("node:http");
    const listeners = [{ node: "a@b", protocol: "amqp", port: 5672 }];
    const server = httpServer((_, response) => response.end(JSON.stringify({ listeners })));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const plain = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const without = streamDriver({ url, managementUrl: plain, mode: "stream", options: {} });
    await expect(without.connect()).rejects.toMatchObject({
      code: "BROKER_REFUSED",
      message: expect.stringContaining("rabbitmq_stream is not enabled"),
      hints: [expect.stringContaining("rabbitmq-plugins enable rabbitmq_stream")],
    });
    await without.close();
    server.closeAllConnections();
    server.close();
  });

  test("names the plugin when nothing listens, or something else does", async () => {
    const { url } = await sharedBroker("rabbitmq");
    for (const port of [9, Number(new URL(url).port)]) {
      const driver = driverAt(url, { port });
      await expect(driver.connect()).rejects.toMatchObject({
        code: "BROKER_UNREACHABLE",
        message: expect.stringContaining(`:${port}`),
        hints: expect.arrayContaining([expect.stringContaining("rabbitmq-plugins enable rabbitmq_stream")]),
      });
      await driver.close();
    }
  });

  test("says that a vhost is refused", async () => {
    const at = await streamUrl();
    at.pathname = "/no-such-vhost";
    const driver = driverAt(named(at));
    await expect(driver.connect()).rejects.toMatchObject({
      code: "BROKER_REFUSED",
      message: expect.stringContaining("no-such-vhost"),
    });
    await driver.close();
  });

  test("gives up on something that accepts connections and says nothing", async () => {
    const silent: Socket[] = [];
    const server = createServer((socket) => void silent.push(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const at = { host: "127.0.0.1", port, username: "a", password: "b", vhost: "/" };
    const opening = openLink([at], { noDelay: true, heartbeatS: 10, purpose: "test" }, 0, 200);
    await expect(opening).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
    for (const socket of silent) socket.destroy();
    server.close();
  });

  test("refuses options that make no sense, and leaves those of queues alone", () => {
    const wrong = [{ prot: 1 }, { port: 0 }, { start: "yesterday" }, { credits: 0 }, { arguments: { a: 1 } }];
    for (const stream of wrong)
      expect(() => driverAt("amqp://h", stream)).toThrow(new RegExp(Object.keys(stream)[0]!));
    expect(() => driverAt("amqp://h", {}, { mandatroy: true })).toThrow(/mandatroy/);
    expect(driverAt("amqp://h", { start: "next", port: 5552 }, { mandatory: false }).mode).toBe("stream");
  });

  test("begins at the end or at an offset when it is told to, and where it stored an offset otherwise", async () => {
    const context = await openTarget();
    const at = named(await streamUrl());
    const topology = await context.stream({ subscriptions: ["a", "b"] });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 10 });
    const late = driverAt(at, { start: "next" });
    const seventh = driverAt(at, { start: 7 });
    context.defer(() => Promise.all([late.close(), seventh.close()]));
    const [next, from] = await Promise.all([
      context.consume(topology, { driver: late, subscription: "a" }),
      context.consume(topology, { driver: seventh, subscription: "b" }),
    ]);
    await sender.sendAll({ count: 5 });
    await next.got.reach(5);
    await from.got.reach(8);
    expect(next.got.ids()).toEqual(idsOf(15).slice(10));
    expect(from.got.ids()).toEqual(idsOf(15).slice(7));
    await from.consumer.flush();
    await from.consumer.close();
    const again = await context.consume(topology, { driver: seventh, subscription: "b" });
    await sender.sendAll({ count: 1 });
    await again.got.reach(1);
    expect(again.got.ids()).toEqual(["0/15"]);
  });

  test("loses no order when large and small chunks come at once, and fails what no frame can hold", async () => {
    const context = await openTarget();
    const topology = await context.stream();
    const sender = await context.produce(topology, { maxInFlight: 3000 });
    await sender.sendAll({ count: 3000, sizeBytes: (n) => (n % 500 === 0 ? 300_000 : 60) });
    const receiver = await context.consume(topology, { prefetch: 50 });
    await receiver.got.reach(3000);
    expect(receiver.got.ids()).toEqual(idsOf(3000));
    await sender.sendAll({ count: 2, sizeBytes: (n) => (n === 0 ? 1024 ** 2 : 60) });
    expect(sender.book.counts()).toEqual({ acked: 3001, failed: 1 });
    expect(sender.book.codes()).toContain("TOO_LARGE");
  });
});

describe("a producer with a name", () => {
  test("stores nothing twice and loses nothing when its connection is cut, and without one does not know", async () => {
    for (const idempotent of [true, false]) {
      const context = await openTarget();
      const route = await target.route!();
      context.defer(() => route.close());
      context.defer(() => route.driver.close());
      const topology = await context.stream({ partitions: 2 });
      const sender = await context.produce(topology, { driver: route.driver, idempotent });
      await sender.sendAll({ count: 20 });
      // What is sent from now on is stored, and nobody is told.
      await route.hold();
      await sender.send({ count: 30 });
      await expect.poll(() => held(context, topology)).toBe(50);
      await route.cut();
      await sender.book.waitFor("disconnected", () => sender.book.events.length > 0, context.patienceMs);
      await route.restore!();
      await sender.sendAll({ count: 10 });
      expect(sender.book.counts()).toEqual(idempotent ? { acked: 60 } : { acked: 30, unknown: 30 });
      const receiver = await context.consume(topology);
      await receiver.got.reach(60);
      expect(await held(context, topology)).toBe(60);
      expect(receiver.got.ids().sort()).toEqual(idsOf(60, 2).sort());
    }
  });
});

/** Messages that the broker holds, all partitions together. */
async function held({ driver }: ContractContext, topology: Topology): Promise<number> {
  let records = 0;
  const signal = new AbortController().signal;
  await driver.reread!({ topology, signal }, { record: () => void records++ });
  return records;
}

describe("a replay of a stream", () => {
  test("gives all from the start, what came since a time, and the tail, as often as asked", async () => {
    const context = await openTarget();
    const topology: Topology = await context.stream();
    const stream = streamName(topology, 0);
    const replay = await openReplay({ url: named(await streamUrl()) });
    context.defer(() => replay.close());
    const read = async (start: Parameters<typeof replay.read>[1]) => {
      const all: Replayed[] = [];
      await replay.read(stream, start, (message) => all.push(message));
      return all;
    };
    const ids = (all: readonly Replayed[]) =>
      all.map(({ body }) => {
        const { lane, sequence } = readBody(body, 0, body.length)!;
        return `${lane}/${sequence}`;
      });
    expect(await read({ at: "first" })).toEqual([]);
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 20 });
    const receiver = await context.consume(topology);
    await receiver.got.reach(20);
    await receiver.consumer.flush();
    const before = await read({ at: "first" });
    expect(ids(before)).toEqual(idsOf(20));
    // The broker's clock, one tick behind the last chunk.
    const timestampMs = before.at(-1)!.timestampMs + 1;
    await expect.poll(() => Date.now()).toBeGreaterThan(timestampMs);
    await sender.sendAll({ count: 5 });
    expect(ids(await read({ at: "timestamp", timestampMs }))).toEqual(idsOf(25).slice(20));
    expect(ids(await read({ at: "first" }))).toEqual(idsOf(25));
    expect(ids(await read({ at: "last" })).at(-1)).toBe("0/24");
    expect(await read({ at: "next" })).toEqual([]);
    const { first, end } = await replay.extent(stream);
    expect(first).toBe(0);
    const tail = await read({ at: "offset", offset: end - 2 });
    expect(ids(tail)).toEqual(idsOf(25).slice(23));
    await expect(replay.read("no-such-stream", { at: "first" }, () => {})).rejects.toThrow(/does not exist/);
  });
});

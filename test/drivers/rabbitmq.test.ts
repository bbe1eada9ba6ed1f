import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { amqplibDriver } from "../../src/drivers/rabbitmq/amqplib.ts";
import { sharedBroker } from "../support/brokers.ts";
import { tcpProxy } from "../support/tcp-proxy.ts";
import { driverContract } from "./contract.ts";

const broker = (): Promise<BrokerLease> => sharedBroker("rabbitmq");

const driverAt = (url: string, mode = "classic", options: Record<string, unknown> = {}) =>
  amqplibDriver({ url, mode, options });

const variants = ["classic", "quorum"].flatMap((mode) =>
  ["direct", "amqplib"].map((framing) => ({ mode, framing })),
);

for (const { mode, framing } of variants)
  driverContract({
    name: `rabbitmq:${mode}@amqplib with ${framing} framing`,
    make: async () => driverAt((await broker()).url, mode, { framing }),
    makeUnreachable: () => driverAt("amqp://127.0.0.1:9", mode, { framing }),
    async makeRefused() {
      const refused = new URL((await broker()).url);
      refused.username = "nobody";
      refused.password = "s3cret-word";
      return { driver: driverAt(refused.href, mode, { framing }), secret: refused.password };
    },
    async route() {
      const to = new URL((await broker()).url);
      const proxy = await tcpProxy({ host: to.hostname, port: Number(to.port || 5672) });
      to.hostname = proxy.host;
      to.port = String(proxy.port);
      return { ...proxy, driver: driverAt(to.href, mode, { framing }) };
    },
    breakStream: (topology, driver) => driver.drop(topology),
  });

describe("the RabbitMQ driver", () => {
  test("says that a vhost is refused", async () => {
    const url = new URL((await broker()).url);
    url.pathname = "/no-such-vhost";
    const driver = driverAt(url.href);
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
    const driver = driverAt(`amqp://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(driver.connect()).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
    for (const socket of silent) socket.destroy();
    server.close();
  });

  test("says what it negotiated and which arguments its queues have", async () => {
    const driver = driverAt((await broker()).url, "classic", { queueArguments: { "x-max-length": 7 } });
    const { options } = await driver.connect();
    expect(options).toMatchObject({
      queueType: "classic",
      queueArguments: '{"x-queue-type":"classic","x-max-length":7}',
      noDelay: true,
      frameMaxBytes: 131_072,
      heartbeatS: 10,
      reconnect: true,
      reconnectDelayMs: 100,
      reconnectMaxDelayMs: 1000,
      reconnectGiveUpAfterMs: 60_000,
      republish: false,
      framing: "direct",
    });
    await driver.close();
    const slower = driverAt((await broker()).url, "classic", { framing: "amqplib", reconnect: "off" });
    const others = (await slower.connect()).options;
    expect(others).toMatchObject({ framing: "amqplib", reconnect: false });
    expect(others).not.toHaveProperty("reconnectDelayMs");
    await slower.close();
  });

  test("counts what a full queue refuses as failed, and does not claim that for several queues", async () => {
    const queueArguments = { "x-max-length": 1, "x-overflow": "reject-publish" };
    for (const subscriptions of [["a"], ["a", "b"]]) {
      const driver = driverAt((await broker()).url, "classic", { queueArguments });
      const name = `nack-${process.pid}-${subscriptions.length}`;
      const topology = {
        name,
        partitions: 1,
        subscriptions,
        durability: "disk" as const,
        maxMessageBytes: 64,
      };
      await driver.create(topology);
      const counts: Record<string, number> = {};
      const options = {
        topology,
        index: 0,
        maxInFlight: 50,
        lingerNs: 0,
        batchBytes: 0,
        publishTimeoutNs: 0,
      };
      const add = (n: number, key: string) => {
        counts[key] = (counts[key] ?? 0) + n;
      };
      const producer = await driver.producer(
        { ...options, idempotent: false },
        {
          settled: (_lane, _from, count, outcome, code) => add(count, code ? `${outcome} ${code}` : outcome),
          settledList: () => {},
          ready: () => {},
          event: () => {},
        },
      );
      let sequence = 0;
      const head = { lane: 0, partition: 0, sizeBytes: 64, key: undefined };
      const source = { peek: () => ({ ...head, sequence }), write: () => void sequence++ };
      expect(producer.offer(source, 20)).toBe(20);
      await producer.flush();
      expect(counts.acked).toBeGreaterThan(0);
      const refused = subscriptions.length === 1 ? "failed NACKED" : "unknown NACKED";
      expect(counts).toEqual({ acked: counts.acked, [refused]: 20 - counts.acked! });
      await driver.drop(topology);
      await driver.close();
    }
  });

  test("does not claim to know what consumers of another process hold, unless it can ask", async () => {
    const { url, managementUrl } = await broker();
    const topology = {
      name: `depth-${process.pid}`,
      partitions: 1,
      subscriptions: ["a"],
      durability: "disk" as const,
      maxMessageBytes: 64,
    };
    const [holder, stranger] = [driverAt(url), driverAt(url)];
    await holder.create(topology);
    const idle = { begin: () => {}, message: () => {}, end: () => {}, event: () => {} };
    const consumer = await holder.consumer(
      {
        topology,
        subscription: "a",
        index: 0,
        sharing: "compete",
        partitions: [0],
        prefetch: 10,
        acknowledge: "manual",
      },
      idle,
    );
    expect(await holder.depth!(topology)).toEqual([{ subscription: "a", partition: 0, messages: 0 }]);
    await expect(stranger.depth!(topology)).rejects.toMatchObject({ code: "DEPTH_UNKNOWN" });
    if (managementUrl) {
      const asking = amqplibDriver({ url, managementUrl, mode: "classic", options: {} });
      const told = { subscription: "a", partition: 0, messages: 0 };
      const asked = () => asking.depth!(topology).catch((error: Error) => error.message);
      await expect.poll(asked, { timeout: 20_000 }).toEqual([told]);
      await asking.close();
    }
    await consumer.close();
    expect(await stranger.depth!(topology)).toEqual([{ subscription: "a", partition: 0, messages: 0 }]);
    await holder.drop(topology);
    await Promise.all([holder.close(), stranger.close()]);
  });
});

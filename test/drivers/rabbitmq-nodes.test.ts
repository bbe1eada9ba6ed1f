import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import type { BrokerNode } from "../../src/brokers/node.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { amqplibDriver } from "../../src/drivers/rabbitmq/amqplib.ts";
import { namingOf } from "../../src/drivers/rabbitmq/naming.ts";
import type { Topology } from "../../src/model/topology.ts";
import { temporaryFolder } from "../support/run.ts";
import { runOn } from "../support/run-on.ts";
import { assertEachOnce, idsOf } from "./contract/case.ts";
import { type ContractContext, openContext } from "./contract/context.ts";

const PATIENCE_MS = 45_000;
vi.setConfig({ testTimeout: 90_000 });

const abort = new AbortController();
let lease: BrokerLease;
let context: ContractContext;

beforeAll(async () => {
  lease = await obtainBroker("rabbitmq", { nodes: 3, onProgress: () => {}, signal: abort.signal });
});
afterAll(async () => {
  await lease.release();
  abort.abort();
});
beforeEach(async () => {
  context = await openContext({
    name: "rabbitmq:quorum@amqplib",
    make: () => driverOf("quorum"),
    patienceMs: PATIENCE_MS,
  });
});
afterEach(() => context.close());

const driverOf = (mode: string) =>
  amqplibDriver({ url: lease.url, mode, options: { managementUrl: lease.managementUrl } });
const nodes = () => lease.nodes as readonly [BrokerNode, BrokerNode, BrokerNode];

/** Nodes with a living member of the stream's only queue, as the broker says. */
async function online(topology: Topology): Promise<readonly string[]> {
  const at = new URL(lease.managementUrl!);
  const path = `/api/queues/%2F/${namingOf(topology).queues[0]!.name}`;
  const authorization = `Basic ${btoa(`${at.username}:${at.password}`)}`;
  const response = await fetch(new URL(path, at.origin), { headers: { authorization } });
  return ((await response.json()) as { online: string[] }).online;
}

describe("three nodes of RabbitMQ", () => {
  test("each has an address, processes and a name of its own; the URL names all, the first one first", () => {
    expect(lease.nodes.map(({ name, state }) => [name, state()])).toEqual([
      ["node-1", "running"],
      ["node-2", "running"],
      ["node-3", "running"],
    ]);
    expect(new Set(lease.nodes.map(({ ownName }) => ownName)).size).toBe(3);
    expect(lease.url.split("@")[1]).toBe(lease.nodes.map(({ address }) => address).join(","));
    // Beside theirs there is the port mapper's.
    expect(lease.pids.length).toBe(lease.nodes.flatMap((node) => node.pids()).length + 1);
    expect(lease.facts).toMatchObject({ nodes: 3, partitionHandling: "pause_minority" });
  });

  test("a quorum queue has three members, as read back, and a classic one none", async () => {
    const { options, durabilityClass } = await context.driver.connect();
    expect(options).not.toHaveProperty("queueMembers");
    const topology = await context.stream({ partitions: 2 });
    expect(options.queueMembers).toBe(3);
    expect(durabilityClass("fsync")).toEqual({ copies: "majority", flush: "fsync" });
    await context.driver.drop(topology);

    const classic = driverOf("classic");
    context.defer(() => classic.close());
    const info = await classic.connect();
    await classic.create(topology);
    expect(info.options).not.toHaveProperty("queueMembers");
  });

  test("a killed node costs nothing that was acknowledged, sending goes on, and it joins again", async () => {
    const topology = await context.stream();
    const third = nodes()[2];
    const receiver = await context.consume(topology);
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 200 });
    expect(await online(topology)).toHaveLength(3);

    await third.kill();
    expect(lease.nodes.map((node) => node.state())).toEqual(["running", "running", "down"]);
    await sender.sendAll({ count: 200 });
    expect(sender.book.counts()).toEqual({ acked: 400 });
    await receiver.got.reach(400);
    assertEachOnce(idsOf(400), receiver);
    await expect.poll(() => online(topology), { timeout: PATIENCE_MS }).not.toContain(third.ownName);

    await third.start();
    expect(lease.nodes.map((node) => node.state())).toEqual(["running", "running", "running"]);
    await expect.poll(() => online(topology), { timeout: PATIENCE_MS }).toContain(third.ownName);
  });

  test("who was connected to a killed node goes to the next one, and nothing acknowledged is lost", async () => {
    const topology = await context.stream();
    const [first, second] = nodes();
    const receiver = await context.consume(topology);
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 200 });
    await first.kill();
    await sender.sendAll({ count: 200 });
    const acked = sender.book.with("acked");
    const { unknown = 0 } = sender.book.counts();
    expect(acked.size).toBe(400 - unknown);
    const isAllSeen = () => {
      const seen = new Set(receiver.got.ids());
      return [...acked].every((id) => seen.has(id));
    };
    await receiver.got.waitFor("all that was acked", isAllSeen, PATIENCE_MS);
    for (const { events } of [sender.book, receiver.got]) {
      expect(events.map(({ kind }) => kind)).toEqual(["disconnected", "reconnected"]);
      expect(events[1]!.detail).toContain(`to ${second.address}, at try`);
    }
    await first.start();
  });

  test("without a majority nothing is confirmed, and what was is still there after it", async () => {
    const [, second, third] = nodes();
    const topology = await context.stream();
    const sender = await context.produce(topology, { publishTimeoutNs: 3e9 });
    await sender.sendAll({ count: 100 });
    await Promise.all([second.kill(), third.kill()]);
    await sender.sendAll({ count: 10 });
    expect(sender.book.counts()).toEqual({ acked: 100, unknown: 10 });

    await Promise.all([second.start(), third.start()]);
    // The first node paused, and closed its connections.
    const again = driverOf("quorum");
    context.defer(() => again.close());
    await expect.poll(() => online(topology), { timeout: PATIENCE_MS }).toHaveLength(3);
    const receiver = await context.consume(topology, { driver: again });
    await receiver.got.reach(100);
    expect(receiver.got.ids().slice(0, 100)).toEqual(idsOf(100));
  });
});

/** Nodes on which no client sits: amqplib does not connect again by itself. */
describe("a run on three nodes of RabbitMQ", () => {
  test("loses nothing when a follower is killed, and knows who leads", async () => {
    const r = await runOn(lease, temporaryFolder(), {
      ...{ on: ["rabbitmq:quorum"], warmup: "500ms", duration: "3s", rate: "300/s", size: "100B" },
      fault: ["kill at=200ms for=2s node=3"],
    });
    const [kill] = r.faults!;
    expect(kill).toMatchObject({ kind: "kill", node: "node-3" });
    expect(kill!.evidence.killed).toBeGreaterThan(0);
    expect(kill!.evidence.messages).toBeGreaterThan(0);
    expect(kill!.bit).toBe(true);
    expect(r.counts).toMatchObject({ lost: 0, copied: 0, offered: 1050, acked: 1050 });
    expect(r.exit).toEqual({ code: 0, reasons: [] });
    expect(nodes().map((n) => n.state())).toEqual(["running", "running", "running"]);
    // A queue is declared on the node of the connection, and led there.
    const topology = await context.stream({ partitions: 1 });
    expect(await context.driver.leader!(topology)).toBe(nodes()[0].ownName);
  });
});

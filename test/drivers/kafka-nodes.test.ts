import { Admin } from "@platformatic/kafka";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { wireDriver } from "../../src/drivers/kafka/wire/wire.ts";
import type { RunResult } from "../../src/model/result.ts";
import { messageFindings, temporaryFolder } from "../support/run.ts";
import { runOn } from "../support/run-on.ts";
import { assertIntact } from "./contract/case.ts";
import { type ContractContext, openContext, type Sender } from "./contract/context.ts";

/** A dead broker's leaders move when its session ends (`broker.session.timeout.ms`, 9 s) and not before. */
const PATIENCE_MS = 45_000;
vi.setConfig({ testTimeout: 90_000 });

const abort = new AbortController();
let lease: BrokerLease;
let context: ContractContext;
let admin: Admin;

beforeAll(async () => {
  lease = await obtainBroker("kafka", { nodes: 3, onProgress: () => {}, signal: abort.signal });
  admin = new Admin({ clientId: "test", bootstrapBrokers: lease.url.split(","), retries: 5 });
});
afterAll(async () => {
  await admin.close();
  await lease.release();
  abort.abort();
});
beforeEach(async () => {
  context = await openContext({
    name: "kafka:log@wire",
    make: () => wireDriver({ url: lease.url, mode: "log", options: {} }),
    patienceMs: PATIENCE_MS,
  });
});
afterEach(() => context.close());

/** The sizes of the partitions' in-sync sets, the least, and the leader of the first. */
async function replicas(topic: string): Promise<{ inSync: number; copies: number; leader: number }> {
  const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
  const partitions = topics.get(topic)?.partitions ?? [];
  return {
    inSync: Math.min(...partitions.map((p) => p.isr.length)),
    copies: Math.min(...partitions.map((p) => p.replicas.length)),
    leader: partitions[0]!.leader,
  };
}

/** Sends ten to each of three partitions until all of a round are acknowledged. */
async function sendUntilAcked(sender: Sender): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const before = sender.book.with("acked").size;
    await sender.sendAll({ count: 30 });
    if (sender.book.with("acked").size === before + 30) return;
    if (performance.now() > end) throw new Error(`never all acknowledged: ${sender.book.codes().at(-1)}`);
  }
}

describe("three nodes of Kafka", () => {
  test("each has an address, processes, and is in the URL", () => {
    expect(lease.nodes.map(({ name, ownName, state }) => [name, ownName, state()])).toEqual([
      ["node-1", "1", "running"],
      ["node-2", "2", "running"],
      ["node-3", "3", "running"],
    ]);
    expect(lease.url).toBe(lease.nodes.map(({ address }) => address).join(","));
    expect(new Set(lease.nodes.flatMap((node) => node.pids()))).toEqual(new Set(lease.pids));
    expect(lease.facts).toMatchObject({ nodes: 3, heap: "512 MiB each" });
  });

  test("a topic has three copies, two of which must be in sync, as read back", async () => {
    const { options, durabilityClass } = await context.driver.connect();
    const topology = await context.stream({ partitions: 3, durability: "disk" });
    expect(options).toMatchObject({
      brokers: 3,
      replicationFactor: 3,
      minInsyncReplicas: 2,
      "topic.min.insync.replicas": "2",
      "broker.offsets.topic.replication.factor": "3",
      "broker.unclean.leader.election.enable": "false",
    });
    expect(durabilityClass("disk")).toEqual({ copies: "majority", flush: "page cache" });
    expect(await replicas(topology.name)).toMatchObject({ copies: 3 });
  });

  test("a topic that was there with one copy is told as it is", async () => {
    const { options, durabilityClass } = await context.driver.connect();
    const topology = context.plan({ durability: "disk" });
    const configs = [{ name: "min.insync.replicas", value: "1" }];
    await admin.createTopics({ topics: [topology.name], partitions: 1, replicas: 1, configs });
    await context.driver.create(topology, { existing: "accept" });
    expect(options).toMatchObject({ brokers: 3, replicationFactor: 1, minInsyncReplicas: 1 });
    expect(durabilityClass("disk")).toEqual({ copies: "majority", flush: "page cache" });
  });

  test("what was acknowledged outlives a killed node, sending goes on, and the node joins again", async () => {
    const topology = await context.stream({ partitions: 3, durability: "disk" });
    const receiver = await context.consume(topology, { prefetch: 1000 });
    const sender = await context.produce(topology, { publishTimeoutNs: 5e9 });
    await sender.sendAll({ count: 300 });
    expect(sender.book.counts()).toEqual({ acked: 300 });
    const { leader } = await replicas(topology.name);
    const node = lease.nodes.find(({ ownName }) => ownName === String(leader))!;
    const before = lease.pids;

    await node.kill();
    expect(lease.nodes.map((n) => n.state()).sort()).toEqual(["down", "running", "running"]);
    await sendUntilAcked(sender);
    // What was in flight may be there or not, and was not called acknowledged.
    const acked = sender.book.with("acked");
    const missing = () => [...acked].filter((id) => !new Set(receiver.got.ids()).has(id));
    await expect.poll(missing, { timeout: PATIENCE_MS, interval: 100 }).toEqual([]);
    assertIntact(receiver);
    const [left] = [await replicas(topology.name)];
    expect(left).toMatchObject({ copies: 3, inSync: 2 });
    expect(left.leader).not.toBe(leader);

    await node.start();
    expect(lease.nodes.map((n) => n.state())).toEqual(["running", "running", "running"]);
    expect(lease.pids).not.toEqual(before);
    const inSync = async () => (await replicas(topology.name)).inSync;
    await expect.poll(inSync, { timeout: PATIENCE_MS, interval: 100 }).toBe(3);
  });

  test("with one of three in sync nothing is acknowledged", async () => {
    const topology = await context.stream({ partitions: 3, durability: "disk" });
    const sender = await context.produce(topology, { publishTimeoutNs: 3e9 });
    await sender.sendAll({ count: 30 });
    const { leader } = await replicas(topology.name);
    const others = lease.nodes.filter(({ ownName }) => ownName !== String(leader));
    await Promise.all(others.map((node) => node.stop()));
    expect(others.map((node) => node.state())).toEqual(["stopped", "stopped"]);
    await sender.sendAll({ count: 10, partition: 0 });
    expect(sender.book.counts()).toEqual({ acked: 30, unknown: 10 });
    await Promise.all(others.map((node) => node.cont()));
    await sendUntilAcked(sender);
  });
});

describe("a run on three nodes of Kafka", () => {
  const FLAGS = {
    ...{ on: ["kafka"], warmup: "500ms", rate: "300/s", size: "100B", partitions: "3" },
    // Who waits for a leader does not keep its rate.
    set: ["load.maxBacklog=60s", "expect=[]"],
  } as const;

  /** The other nodes stand still before the leader is killed: what it stored meanwhile, no other has. */
  const ahead = (durability: string) =>
    runOn(lease, temporaryFolder(), {
      ...{ ...FLAGS, partitions: "1", duration: "3s", durability },
      fault: ["kill at=200ms for=1s node=leader lag=500ms"],
    });

  test("whose leader is killed ahead of its followers loses nothing that two of three acknowledged", async () => {
    const r = await ahead("disk");
    const [kill] = r.faults!;
    expect(kill).toMatchObject({ kind: "kill", bit: true, evidence: { killed: 1 } });
    expect(kill!.node).toMatch(/^node-[123]$/);
    expect(lease.nodes.map((n) => n.state())).toEqual(["running", "running", "running"]);
    expect(r.counts).toMatchObject({ lost: 0, copied: 0, phantom: 0, offered: 1050 });
    expect(r.subscriptions.every((s) => s.closes)).toBe(true);
    expect(r.exit).toEqual({ code: 0, reasons: [] });
  }, 240_000);

  test("and loses what the leader alone acknowledged (control)", async () => {
    const r = await ahead("memory");
    expect(r.faults).toMatchObject([{ kind: "kill", bit: true }]);
    expect(r.counts.lost).toBeGreaterThan(50);
    expect(messageFindings(r).map(([code]) => code)).toContain("LOST");
    expect(r.subscriptions.every((s) => s.closes)).toBe(true);
    expect(r.exit.code).toBe(1);
  }, 240_000);

  test("is led by others after move-leader, and a stopped node only holds up what it leads", async () => {
    const r: RunResult = await runOn(lease, temporaryFolder(), {
      ...FLAGS,
      duration: "3500ms",
      fault: ["move-leader at=200ms", "pause at=1300ms for=1s node=2", "move-leader at=2400ms"],
    });
    expect(r.faults).toMatchObject([
      { kind: "move-leader", bit: true, evidence: { altered: 3 } },
      { kind: "pause", node: "node-2", bit: true, evidence: { processes: 1 } },
      { kind: "move-leader", bit: true, evidence: { altered: 3 } },
    ]);
    expect(r.events.filter((e) => e.kind === "move-leader").map((e) => e.detail)[0]).toMatch(
      /^begins: partitions of topic .* are led by others, as read back \(node \d → \d/,
    );
    expect(r.counts).toMatchObject({ lost: 0, copied: 0, offered: 1200 });
    expect(r.exit).toEqual({ code: 0, reasons: [] });
  });
});

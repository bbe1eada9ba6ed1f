import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { BrokerLease } from "../../../src/brokers/broker.ts";
import type { BrokerNode } from "../../../src/brokers/node.ts";
import { obtainBroker } from "../../../src/brokers/provider.ts";
import { createCluster } from "../../../src/drivers/kafka/wire/cluster.ts";
import { nextIdentity, obtainIdentity } from "../../../src/drivers/kafka/wire/idempotence.ts";
import { wireDriver } from "../../../src/drivers/kafka/wire/wire.ts";
import type { Topology } from "../../../src/model/topology.ts";
import { until } from "../../support/until.ts";
import { idsOf } from "../contract/case.ts";
import { type ContractContext, openContext, type Sender } from "../contract/context.ts";
import { readBody } from "../contract/source.ts";
import { cutRoute, type RestorableRoute } from "./route.ts";
import { commitNext, openSender, store } from "./wire-transactions-support.ts";

/** A node that was killed checks its logs, on a machine with much else to do. */
const PATIENCE_MS = 60_000;
const TEST_MS = 90_000;

const abort = new AbortController();
let lease: BrokerLease;
let node: BrokerNode;
let context: ContractContext;

beforeAll(async () => {
  lease = await obtainBroker("kafka", { onProgress: () => {}, signal: abort.signal });
  node = lease.nodes[0]!;
});
afterAll(async () => {
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

const down = { kill: () => node.kill(), restart: () => node.end(10_000) } as const;

/** `lane/sequence` of each record, as the broker's log has them. */
async function idsInLog(topology: Topology): Promise<string[]> {
  const ids: string[] = [];
  await context.driver.reread!(
    { topology, signal: abort.signal },
    {
      record(bytes, start, end) {
        const { lane, sequence } = readBody(bytes, start, end)!;
        ids.push(`${lane}/${sequence}`);
      },
    },
  );
  return ids;
}

const ofLane = (ids: Iterable<string>, lane: number): string[] =>
  [...ids].filter((id) => id.startsWith(`${lane}/`));

/** A driver whose connections can be held and cut. */
async function openRoute(options: Record<string, unknown> = {}): Promise<RestorableRoute> {
  const route = await cutRoute(lease.url, (url) => wireDriver({ url, mode: "log", options }));
  context.defer(() => route.close());
  context.defer(() => route.driver.close());
  await route.driver.connect();
  return route;
}

/** Resolves when the node has gone and is back, which is once all who share the outage wait for it. */
type Outage = () => Promise<void>;

/** An outage of the node takes long: those who want one share it. */
async function shareOutage(
  how: keyof typeof down,
  sharing: readonly ((outage: Outage) => Promise<void>)[],
): Promise<void> {
  let waiting = 0;
  let happens = (): void => {};
  const happened = new Promise<void>((resolve) => {
    happens = () => resolve(down[how]().then(() => node.start()));
  });
  const outage = async (): Promise<void> => {
    waiting++;
    if (waiting === sharing.length) happens();
    await happened;
  };
  await Promise.all(sharing.map((scenario) => scenario(outage)));
}

/** Behind ten that are stored the node takes five more and tells nobody, is asked for five more, and goes and comes back. */
async function goUnheard(
  route: RestorableRoute,
  sender: Sender,
  topology: Topology,
  outage: Outage,
): Promise<void> {
  await route.hold();
  await sender.send({ count: 5 });
  const stored = async () => (await context.driver.depth!(topology))[0]?.messages;
  await expect.poll(stored, { timeout: PATIENCE_MS }).toBe(15);
  await sender.send({ count: 5 });
  await route.cut();
  await outage();
  route.restore();
}

/** An idempotent producer goes on: each once, in order. */
async function goesOn(outage: Outage): Promise<void> {
  const topology = await context.stream({ partitions: 3, durability: "disk" });
  const sender = await context.produce(topology, {
    idempotent: true,
    batchBytes: 2000,
    maxInFlight: 1000,
    publishTimeoutNs: PATIENCE_MS * 1e6,
  });
  const { book } = sender;
  let isOver = false;
  const sending = (async () => {
    while (!isOver) await sender.send({ count: 300 });
  })();
  await until("some progress", () => book.takenCount() - book.inFlight() > 1000);
  await outage();
  const before = book.takenCount();
  await book.waitFor("more", () => book.takenCount() > before + 3000, PATIENCE_MS);
  isOver = true;
  await sending;
  await sender.producer.flush();
  const total = book.takenCount();
  expect(book.counts()).toEqual({ acked: total });
  expect(book.events.map((e) => e.kind)).toEqual(["connected", "disconnected", "reconnected"]);
  const log = await idsInLog(topology);
  for (const lane of [0, 1, 2]) expect(ofLane(log, lane)).toEqual(ofLane(idsOf(total, 3), lane));
}

/**
 * What is stored, and nobody was told, is sent again: once in the log where it is idempotent, and else, which is the
 * control, stored again, newest first.
 */
const unheard =
  (idempotent: boolean) =>
  async (outage: Outage): Promise<void> => {
    const route = await openRoute(idempotent ? {} : { retries: 1000 });
    const topology = await context.stream({ durability: "disk" });
    const sender = await context.produce(topology, {
      driver: route.driver,
      idempotent,
      batchBytes: 1,
      publishTimeoutNs: PATIENCE_MS * 1e6,
    });
    await sender.sendAll({ count: 10 });
    await goUnheard(route, sender, topology, outage);
    await sender.producer.flush();
    expect(sender.book.counts()).toEqual({ acked: 20 });
    const log = await idsInLog(topology);
    if (idempotent) expect(log).toEqual(idsOf(20));
    else {
      expect(log.slice(0, 15)).toEqual(idsOf(15));
      expect(log.length).toBe(25);
      expect(new Set(log).size).toBe(20);
      expect(log).not.toEqual(log.toSorted((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
    }
  };

/** A transaction goes on to its commit, or, which is the control, to its abort: the log has it, and its reader nothing. */
const transaction =
  (end: "commit" | "abort") =>
  async (outage: Outage): Promise<void> => {
    const route = await openRoute();
    const topology = await context.stream({ durability: "disk" });
    const sender = await openSender(context, topology, {
      driver: route.driver,
      batchBytes: 1,
      publishTimeoutNs: PATIENCE_MS * 1e6,
    });
    await sender.tx.begin();
    await store(sender, 10);
    await goUnheard(route, sender, topology, outage);
    await sender.producer.flush();
    await sender.tx[end]();
    expect(sender.book.counts()).toEqual(end === "commit" ? { acked: 20 } : { failed: 20 });
    // Behind the next one, whose reader waits for the end of this.
    await commitNext(sender, 1);
    const log = async () => (await idsInLog(topology)).join(" ");
    await expect
      .poll(log, { timeout: PATIENCE_MS })
      .toBe((end === "commit" ? idsOf(21) : ["0/20"]).join(" "));
  };

test(
  "behind a kill of the only node: what nobody was told of is stored once, and goes on, in a transaction as well",
  () => shareOutage("kill", [goesOn, unheard(true), transaction("commit")]),
  TEST_MS,
);

// A node that ended in order remembers the last batch of a producer, one that was killed reads the last five again.
test(
  "behind a restart of the only node the same; without idempotence stored again, aborted read by nobody (controls)",
  () =>
    shareOutage("restart", [
      goesOn,
      unheard(true),
      unheard(false),
      transaction("commit"),
      transaction("abort"),
    ]),
  TEST_MS,
);

test(
  "a producer whose time is over before the node is back tells the truth of each, and goes on",
  async () => {
    const topology = await context.stream({ durability: "disk" });
    const sender = await context.produce(topology, {
      idempotent: true,
      batchBytes: 1000,
      maxInFlight: 1000,
      publishTimeoutNs: 500e6,
    });
    const { book } = sender;
    // Under way when it stops: the broker may have them or not.
    await sender.sendAll({ count: 100 });
    await node.stop();
    await sender.send({ count: 500 });
    await node.kill();
    await book.waitFor("their end", () => book.inFlight() === 0, PATIENCE_MS);
    const { unknown = 0, failed = 0 } = book.counts();
    expect(unknown).toBeGreaterThan(0);
    expect(failed).toBeGreaterThan(0);
    // Longer than anybody would ask for a producer id.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    await node.start();
    const acked = () => book.with("acked").size;
    for (const end = performance.now() + PATIENCE_MS; acked() < 300 && performance.now() < end; )
      await sender.sendAll({ count: 100 });
    expect(acked()).toBeGreaterThanOrEqual(300);
    expect(book.events.map((e) => e.kind)).not.toContain("broken");
    const log = await idsInLog(topology);
    expect(log).toEqual(log.toSorted((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
    expect(new Set(log).size).toBe(log.length);
    expect([...book.with("acked")].filter((id) => !log.includes(id))).toEqual([]);
    expect([...book.with("failed")].filter((id) => log.includes(id))).toEqual([]);
  },
  TEST_MS,
);

test("behind the last epoch of a producer there is another producer", async () => {
  const [host, port] = lease.url.split(":") as [string, string];
  const cluster = createCluster({ brokers: [{ host, port: Number(port) }], clientId: "test" });
  context.defer(() => cluster.close());
  const first = await obtainIdentity(cluster, () => false);
  const second = await nextIdentity(first, cluster, () => false);
  expect(second).toEqual({ producerId: first.producerId, epoch: first.epoch + 1 });
  const other = await nextIdentity({ ...first, epoch: 0x7fff }, cluster, () => false);
  expect(other.producerId).not.toBe(first.producerId);
  expect(other.epoch).toBe(0);
});

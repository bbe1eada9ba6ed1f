import { expect, onTestFinished, test } from "vitest";
import type { Cluster } from "../../../src/drivers/kafka/wire/cluster.ts";
import type { Connection, ConnectionEvents } from "../../../src/drivers/kafka/wire/connection.ts";
import { NOBODY } from "../../../src/drivers/kafka/wire/idempotence.ts";
import { ProducerLane } from "../../../src/drivers/kafka/wire/producer-lane.ts";
import { createLinks, type Links } from "../../../src/drivers/kafka/wire/producer-links.ts";
import { BrokerError } from "../../../src/model/errors.ts";
import { until } from "../../support/until.ts";

/** A cluster of which the test says who leads and who can be reached. */
function fakeCluster() {
  const state = {
    /** Leader by partition. */
    nodes: [1, 2],
    gone: new Set<number>(),
    opened: [] as number[],
    refreshes: 0,
    lose: new Map<number, ConnectionEvents["lost"]>(),
  };
  const refuse = (node: number): never => {
    throw new BrokerError(`broker ${node} is gone`, { code: "BROKER_UNREACHABLE" });
  };
  const cluster: Cluster = {
    leaders: () => expect.unreachable(),
    async refresh(topic) {
      state.refreshes++;
      return { topic, nodes: Int32Array.from(state.nodes), epochs: new Int32Array(2) };
    },
    async open(node, _, on) {
      if (state.gone.has(node)) refuse(node);
      state.opened.push(node);
      state.lose.set(node, on.lost);
      const connection: Connection = {
        address: `broker${node}`,
        isOpen: true,
        pending: 0,
        writableBytes: 0,
        send: () => true,
        post: () => true,
        close: () => undefined,
      };
      return connection;
    },
    control: () => expect.unreachable(),
    close: async () => undefined,
  };
  return { state, cluster };
}

async function connected() {
  const { state, cluster } = fakeCluster();
  const lanes = [0, 1].map((p) => new ProducerLane(p, p, Buffer.alloc(0), NOBODY));
  const events: string[] = [];
  const problems: string[] = [];
  const links: Links = createLinks({
    cluster,
    topic: "t",
    lanes,
    requestTimeoutMs: 1000,
    event: (kind, detail) => void events.push(`${kind} ${detail}`),
    mended: () => undefined,
    notMended: (code) => void problems.push(code),
  });
  onTestFinished(() => links.close());
  await links.start();
  const nodeOf = (partition: number) => {
    const link = links.linkOf(lanes[partition]!);
    return link?.connection ? link.node : undefined;
  };
  return { state, links, events, problems, nodeOf };
}

test("has one connection to each broker that leads", async () => {
  const { state, links, nodeOf } = await connected();
  expect(state.opened).toEqual([1, 2]);
  expect([nodeOf(0), nodeOf(1)]).toEqual([1, 2]);
  expect(links.all.map((link) => link.lanes.length)).toEqual([1, 1]);
});

test("goes with a partition that has another leader, without a word of a lost connection", async () => {
  const { state, links, events, nodeOf } = await connected();
  state.nodes = [2, 2];
  links.stale();
  await until("the other leader", () => nodeOf(0) === 2);
  expect(state.opened).toEqual([1, 2]);
  expect(events).toEqual([]);
  expect(links.all.find((link) => link.node === 2)?.lanes).toHaveLength(2);
});

test("when a broker is gone goes to the one that leads instead", async () => {
  const { state, events, nodeOf } = await connected();
  state.gone.add(1);
  state.nodes = [3, 2];
  state.lose.get(1)!("ECONNRESET", "broker1: reset");
  await until("the new leader", () => nodeOf(0) === 3);
  expect(nodeOf(1)).toBe(2);
  expect(events).toEqual(["disconnected broker1: reset (ECONNRESET)", "reconnected broker3"]);
});

test("tries again as long as nobody leads, and leaves the others alone", async () => {
  const { state, problems, nodeOf } = await connected();
  state.gone.add(1);
  state.nodes = [-1, 2];
  state.lose.get(1)!("ECONNRESET", "reset");
  await until("several tries", () => state.refreshes > 3);
  expect([nodeOf(0), nodeOf(1)]).toEqual([undefined, 2]);
  state.nodes = [1, 2];
  await until("a refusal", () => problems.includes("BROKER_UNREACHABLE"));
  state.gone.clear();
  await until("it is back", () => nodeOf(0) === 1);
});

test("reaches those that can be reached beside one that cannot", async () => {
  const { state, nodeOf } = await connected();
  state.gone.add(1);
  state.lose.get(1)!("ECONNRESET", "reset");
  state.lose.get(2)!("ECONNRESET", "reset");
  await until("the other one", () => nodeOf(1) === 2);
  expect(nodeOf(0)).toBeUndefined();
});

test("ends its tries when it is closed", async () => {
  const { state, links } = await connected();
  state.nodes = [-1, -1];
  links.stale();
  await until("some tries", () => state.refreshes > 2);
  links.close();
  const { refreshes } = state;
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(state.refreshes).toBeLessThanOrEqual(refreshes + 1);
});

import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { amqplibDriver } from "../../src/drivers/rabbitmq/amqplib.ts";
import { addressesIn, withAddresses } from "../../src/faults/address.ts";
import { createProxy, type FaultProxy } from "../../src/faults/proxy.ts";
import type { FaultDeeds, FaultPlan } from "../../src/model/fault.ts";
import type { Topology } from "../../src/model/topology.ts";
import { until } from "../support/until.ts";
import { assertIntact } from "./contract/case.ts";
import { type ContractContext, openContext, type Receiver, type Sender } from "./contract/context.ts";
import { assertFirstSightsInOrder } from "./contract/returning.ts";

const PATIENCE_MS = 40_000;
vi.setConfig({ testTimeout: 120_000 });

const SPAN = { atNs: 0, forNs: 0, side: "both" } as const;

const abort = new AbortController();
let lease: BrokerLease;
let context: ContractContext;
let proxy: FaultProxy;
let proxied: string;

beforeAll(async () => {
  lease = await obtainBroker("rabbitmq", { nodes: 1, onProgress: () => {}, signal: abort.signal });
});
afterAll(async () => {
  await lease.release();
  abort.abort();
});
beforeEach(async () => {
  proxy = createProxy("amqp", () => Number(process.hrtime.bigint()));
  const at = await Promise.all(addressesIn(lease.url).map((address) => proxy.open(address)));
  proxied = withAddresses(lease.url, at);
  const make = () => amqplibDriver({ url: lease.url, mode: "classic", options: {} });
  context = await openContext({ name: "rabbitmq", make, patienceMs: PATIENCE_MS });
  context.defer(() => proxy.close());
});
afterEach(() => context.close());

interface Stream {
  readonly topology: Topology;
  readonly republish: boolean;
  readonly sender: Sender;
  readonly receiver: Receiver;
}

/** A producer and a consumer behind the proxy, on a queue for each of two partitions. */
async function open(mode: string, options: Readonly<Record<string, unknown>>): Promise<Stream> {
  const topology = context.plan({ partitions: 2, durability: "disk" });
  const direct = amqplibDriver({ url: lease.url, mode, options: {} });
  await direct.create(topology);
  await direct.close();
  const driver = amqplibDriver({ url: proxied, mode, options: { heartbeat: "1s", ...options } });
  context.defer(() => driver.close());
  const receiver = await context.consume(topology, { driver });
  const sender = await context.produce(topology, { driver });
  return { topology, republish: options.republish === true, sender, receiver };
}

const kindsOf = ({ sender, receiver }: Stream) =>
  [sender.book.events, receiver.got.events].map((events) => events.map(({ kind }) => kind));
const count = (all: readonly string[], kind: string) => all.filter((one) => one === kind).length;

/** Does something to all streams while they send, and waits until every message has its outcome. */
async function whileSending(streams: readonly Stream[], act: () => Promise<unknown>): Promise<void> {
  const books = streams.map(({ sender }) => sender.book);
  const before = books.map((book) => book.takenCount());
  const sent = streams.map(({ sender }) => sender.send({ count: MESSAGES }));
  await until("messages in flight", () =>
    books.every((book, i) => book.takenCount() > before[i]! + MESSAGES / 5 && book.inFlight() > 0),
  );
  await act();
  await Promise.all(sent);
  for (const book of books) await book.waitFor("every outcome", () => book.inFlight() === 0, PATIENCE_MS);
}

const MESSAGES = 1500;

async function inject(fault: FaultPlan, lasts: () => Promise<unknown>): Promise<FaultDeeds> {
  proxy.begin(fault);
  await lasts();
  return proxy.end();
}

/** Repeats that came without the broker's sign of one, and so are other copies. */
function copies({ got }: Receiver): number {
  const seen = new Set<string>();
  return got.list.filter(({ id, redelivered }) => {
    const isCopy = seen.has(id) && redelivered === 0;
    seen.add(id);
    return isCopy;
  }).length;
}

describe("a producer and a consumer of RabbitMQ behind a disturbed network", () => {
  test("come back, and lose nothing that was acknowledged", async () => {
    const streams = await Promise.all(
      ["classic", "quorum"].flatMap((mode) => [false, true].map((republish) => open(mode, { republish }))),
    );
    const lost = () => streams.map((s) => kindsOf(s).map((kinds) => count(kinds, "disconnected")));

    await whileSending(streams, async () => {
      const cut = await inject({ ...SPAN, kind: "cut" }, () => pause(150));
      expect(cut.connections).toBe(2 * streams.length);
      const refuse = await inject({ ...SPAN, kind: "refuse" }, () => pause(500));
      expect(refuse.refused).toBeGreaterThan(0);
    });
    expect(lost()).toEqual(streams.map(() => [1, 1]));

    // Noticed by nothing but the heartbeat.
    await whileSending(streams, async () => {
      const deeds = await inject({ ...SPAN, kind: "half-open", toward: "client" }, () =>
        until("the heartbeat", () => lost().every((ends) => ends.every((n) => n >= 2))),
      );
      expect(deeds.bytes).toBeGreaterThan(0);
    });
    await whileSending(streams, async () => {
      const deeds = await inject({ ...SPAN, kind: "half-open", toward: "broker" }, () => pause(200));
      expect(deeds.bytes).toBeGreaterThan(0);
    });
    await whileSending(streams, async () => {
      const deeds = await inject({ ...SPAN, kind: "drop-response" }, () => pause(300));
      expect(deeds).toEqual({ answers: 1, connections: 1 });
    });
    const [node] = lease.nodes;
    await whileSending(streams, async () => {
      await node!.kill();
      await node!.start();
    });

    for (const stream of streams) {
      const { sender, receiver, republish } = stream;
      await sender.sendAll({ count: 100 });
      const acked = sender.book.with("acked");
      const isAllSeen = () => {
        const seen = new Set(receiver.got.ids());
        return [...acked].every((id) => seen.has(id));
      };
      await receiver.got.waitFor("all that was acked", () => isAllSeen(), PATIENCE_MS);
      assertIntact(receiver);
      assertFirstSightsInOrder(receiver);
      expect(sender.book.breaches).toEqual([]);
      const { unknown = 0, ...rest } = sender.book.counts();
      expect(rest).toEqual({ acked: 5 * MESSAGES + 100 - unknown });
      if (republish) expect({ unknown }).toEqual({ unknown: 0 });
      else {
        expect(unknown).toBeGreaterThan(0);
        expect({ copies: copies(receiver) }).toEqual({ copies: 0 });
      }
      for (const kinds of kindsOf(stream)) {
        expect(kinds).not.toContain("broken");
        expect(count(kinds, "reconnected")).toBe(count(kinds, "disconnected"));
      }
    }
    // A cut loses confirms of what is stored: what is published again is there twice, and can be told from a redelivery.
    const twice = streams.filter(({ republish }) => republish).map(({ receiver }) => copies(receiver));
    expect(Math.max(...twice)).toBeGreaterThan(0);
  });

  test("stay away when they are told to, when it takes too long, and when they are refused for good", async () => {
    const off = await open("classic", { reconnect: "off" });
    const short = await open("classic", { reconnect: { giveUpAfter: "200ms" } });
    const gone = await open("quorum", {});
    const isBroken = (events: readonly { kind: string }[]) => events.some(({ kind }) => kind === "broken");
    const deeds = await inject({ ...SPAN, kind: "cut" }, async () => {
      const ended = ({ sender, receiver }: Stream) =>
        isBroken(sender.book.events) && isBroken(receiver.got.events);
      await until("the end of both", () => ended(off) && ended(short), PATIENCE_MS);
      await context.driver.drop(gone.topology);
    });
    expect(deeds.connections).toBe(6);
    expect(kindsOf(off)).toEqual([["broken"], ["broken"]]);
    const away = ["disconnected", "broken"];
    expect(kindsOf(short)).toEqual([away, away]);
    expect(short.sender.book.events.at(-1)?.detail).toMatch(/^given up after \d+ s and \d+ tries: /);

    const { book } = gone.sender;
    const { got } = gone.receiver;
    await got.waitFor("the refusal", () => isBroken(got.events), PATIENCE_MS);
    expect(got.events.at(-1)?.detail).toMatch(/no queue '/);
    await gone.sender.send({ count: 10 });
    await book.waitFor("the refusal", () => isBroken(book.events), PATIENCE_MS);
    expect(book.events.at(-1)?.detail).toMatch(/no exchange '/);
    expect(book.counts()).toEqual({ unknown: 10 });
  });
});

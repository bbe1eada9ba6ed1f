import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { meddler, noProxyTale, type ProxyLie } from "../support/amqp-lies.ts";
import { amqpPump, BASIC_DELIVER, BASIC_PUBLISH } from "../support/amqp-messages.ts";
import { sharedBroker } from "../support/brokers.ts";
import { messageFindings, runOnce } from "../support/run.ts";
import { type Pump, tcpProxy } from "../support/tcp-proxy.ts";

const MESSAGES = 10_000;
/** No divisor of the former: the last message has none to be swapped with. */
const EVERY = 49;

describe("a proxy that lies between mqbench and a real RabbitMQ", () => {
  let broker: BrokerLease;
  let out: string;
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), "mqbench-proxy-"));
    broker = await sharedBroker("rabbitmq");
  });
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  /** A run at full speed whose messages meet a liar on one way, and an honest meddler on the other. */
  async function through(
    way: "publish" | "deliver",
    lies: readonly ProxyLie[],
    o: { durability?: string; set?: string[] } = {},
  ) {
    const { port, username, password } = new URL(broker.url);
    const [tale, truth] = [noProxyTale(), noProxyTale()];
    const pump = (own: typeof way, method: number): Pump =>
      amqpPump(method, () => (own === way ? meddler(lies, EVERY, tale) : meddler([], EVERY, truth)));
    const proxy = await tcpProxy({ host: "127.0.0.1", port: Number(port) }, 0, {
      toBroker: pump("publish", BASIC_PUBLISH),
      toClient: pump("deliver", BASIC_DELIVER),
    });
    try {
      const r = await runOnce({
        profile: "throughput",
        urls: new Map([["rabbitmq", `amqp://${username}:${password}@127.0.0.1:${proxy.port}`]]),
        out: mkdtempSync(join(out, "run-")),
        flags: {
          on: ["rabbitmq:classic"],
          warmup: "0s",
          duration: "300s",
          messages: String(MESSAGES),
          durability: o.durability ?? "disk",
          set: [...(o.set ?? []), `options.rabbitmq.managementUrl=${broker.managementUrl}`],
        },
      });
      expect(r.counts).toMatchObject({ offered: MESSAGES, failed: 0, unknown: 0 });
      expect(tale.messages).toBe(MESSAGES);
      // What the broker was given it gave; what it gave it was given.
      const stored = way === "publish" ? MESSAGES - tale.drop + tale.double : MESSAGES;
      expect(truth).toEqual({ ...noProxyTale(), messages: stored });
      return { r, tale };
    } finally {
      await proxy.close();
    }
  }

  // These two at once: most of their time they wait to be sure that nothing more comes.
  // By being delivered, because a driver that numbers deliveries itself would answer those that never were.
  it.concurrent("removes, doubles and swaps deliveries: all is found, and nothing else", async () => {
    const { r, tale } = await through("deliver", ["drop", "double", "swap"], {
      set: ["consumers.acknowledge=auto"],
    });
    for (const lie of ["drop", "double", "swap"] as const)
      expect(tale[lie]).toBeGreaterThan((0.9 * MESSAGES) / EVERY / 3);
    expect(messageFindings(r)).toEqual([
      ["COPIED", tale.double],
      ["LOST", tale.drop],
      ["REORDERED", tale.swap],
    ]);
    expect(r.counts.delivered).toBe(MESSAGES - tale.drop + tale.double);
    expect(r.subscriptions[0]).toMatchObject({ closes: true, maxDisplacement: 1 });
    expect(r.exit.code).toBe(1);
  }, 180_000);

  // Without confirms, because the broker numbers what it gets: it would confirm the wrong ones. Consumers of
  // two agents take turns, so that only the conductor can see the copies.
  it.concurrent("removes and doubles what is published: all is found, and nothing else", async () => {
    const { r, tale } = await through("publish", ["drop", "double"], {
      durability: "none",
      set: ["consumers.count=2", "consumers.sharing=compete", "agents.consume=2"],
    });
    expect(r.counts.unasked).toBe(MESSAGES);
    for (const lie of ["drop", "double"] as const)
      expect(tale[lie]).toBeGreaterThan((0.9 * MESSAGES) / EVERY / 2);
    expect(messageFindings(r)).toEqual([
      ["COPIED", tale.double],
      ["MISSING", tale.drop],
    ]);
    expect(r.counts.delivered).toBe(MESSAGES - tale.drop + tale.double);
    expect(r.subscriptions[0]).toMatchObject({ closes: true, unique: MESSAGES - tale.drop });
  }, 180_000);

  it.each(["publish", "deliver"] as const)(
    "swaps messages on the way to %s: all is found, and nothing else",
    async (way) => {
      const { r, tale } = await through(way, ["swap"]);
      expect(tale.swap).toBeGreaterThan((0.9 * MESSAGES) / EVERY);
      expect(messageFindings(r)).toEqual([["REORDERED", tale.swap]]);
      expect(r.subscriptions[0]).toMatchObject({ closes: true, maxDisplacement: 1, unique: MESSAGES });
      expect(r.exit.code).toBe(1);
    },
    180_000,
  );

  it("is honest on both ways, and nothing is found (control)", async () => {
    const { r, tale } = await through("publish", []);
    expect(tale).toEqual({ ...noProxyTale(), messages: MESSAGES });
    expect(r.counts.acked).toBe(MESSAGES);
    expect(messageFindings(r)).toEqual([]);
    expect(r.exit.reasons).toEqual([]);
  }, 180_000);
});

describe("what the proxy does to the bytes", () => {
  it("is as told, to whole messages only, however the bytes are cut up", () => {
    const item = fc.record({
      isMessage: fc.boolean(),
      channel: fc.integer({ min: 0, max: 3 }),
      bodySizes: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 3 }),
    });
    const lies = fc.subarray(["drop", "double", "swap"] as const);
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 40 }),
        lies,
        fc.integer({ min: 2, max: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (items, told, every, cuts) => {
          const pieces = items.map((i, n) =>
            i.isMessage ? message(i.channel, n, i.bodySizes) : frame(1, i.channel, [60, 80], n),
          );
          const got: Buffer[] = [];
          const tale = noProxyTale();
          const pump = amqpPump(BASIC_DELIVER, () => meddler(told, every, tale))((bytes) => {
            got.push(bytes);
          });
          const sent = Buffer.concat([Buffer.from("AMQP\0\0\x09\x01", "latin1"), ...pieces]);
          for (let at = 0; at < sent.length; ) {
            const to = at + cuts.next().value;
            pump(sent.subarray(at, to));
            at = to;
          }
          const held = tale.messages - count(got) - tale.drop + tale.double;
          expect([0, 1]).toContain(held);
          expect(tale.messages).toBe(items.filter((i) => i.isMessage).length);
          const all = new Set(pieces.map((p) => p.toString("latin1")));
          // What came out is made of what went in, piece by piece.
          for (const bytes of got.slice(1)) expect(all).toContain(bytes.toString("latin1"));
          if (told.length === 0) expect(Buffer.concat(got)).toEqual(sent);
        },
      ),
      { numRuns: 150 },
    );
  });
});

const isDelivery = (bytes: Buffer): boolean => bytes[0] === 1 && bytes.readUInt32BE(7) === BASIC_DELIVER;
const count = (sent: readonly Buffer[]): number => sent.filter(isDelivery).length;

/** One frame whose payload starts with a class and method, or whatever two numbers. */
function frame(
  type: number,
  channel: number,
  [a, b]: readonly [number, number],
  rest: number | Buffer,
): Buffer {
  const tail = typeof rest === "number" ? Buffer.from([0, rest]) : rest;
  const bytes = Buffer.alloc(7 + 4 + tail.length + 1, 0xce);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt16BE(channel, 1);
  bytes.writeUInt32BE(4 + tail.length, 3);
  bytes.writeUInt16BE(a, 7);
  bytes.writeUInt16BE(b, 9);
  tail.copy(bytes, 11);
  return bytes;
}

function message(channel: number, n: number, bodySizes: readonly number[]): Buffer {
  const size = Buffer.alloc(10);
  size.writeBigUInt64BE(BigInt(bodySizes.reduce((sum, s) => sum + s + 4, 0)));
  const bodies = bodySizes.map((s) => frame(3, channel, [n, n], Buffer.alloc(s, n)));
  return Buffer.concat([frame(1, channel, [60, 60], n), frame(2, channel, [60, 0], size), ...bodies]);
}

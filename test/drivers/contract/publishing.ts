import assert from "node:assert/strict";
import { within } from "../../support/until.ts";
import {
  always,
  assertEachOnce,
  assertIntact,
  assertOutcomes,
  barrier,
  type ContractCase,
  confirms,
  idsOf,
} from "./case.ts";

/** Sizes around which clients and protocols change how they do it. */
const SIZES_BYTES = [44, 45, 100, 1023, 2047, 2048, 4096, 65_535, 131_072, 131_073, 1024 ** 2];

export const PUBLISHING_CASES: readonly ContractCase[] = [
  {
    title: "carries bodies from 44 bytes to 1 MiB byte for byte",
    applies: (_, c) => c.maxMessageBytes >= 1024 ** 2,
    async run(context) {
      const topology = await context.stream();
      const receiver = await context.consume(topology);
      const sender = await context.produce(topology);
      await sender.sendAll({ count: SIZES_BYTES.length, sizeBytes: (n) => SIZES_BYTES[n]! });
      await receiver.got.reach(SIZES_BYTES.length);
      assertEachOnce(idsOf(SIZES_BYTES.length), receiver);
      assert.deepEqual(
        receiver.got.list.map((a) => a.sizeBytes),
        SIZES_BYTES,
      );
    },
  },
  {
    title: "keeps bodies apart when many of every size are in flight at once",
    applies: always,
    async run(context) {
      const topology = await context.stream({ partitions: 2 });
      const receiver = await context.consume(topology, { prefetch: 1000 });
      const sender = await context.produce(topology, { maxInFlight: 500 });
      await sender.sendAll({ count: 400, sizeBytes: (n) => 44 + ((n * 997) % 9000), key: Buffer.from("k") });
      await receiver.got.reach(400);
      assertEachOnce(idsOf(400, 2), receiver);
    },
  },
  {
    title: "settles every message as acked, with each durability that acknowledges",
    applies: confirms,
    async run(context) {
      for (const durability of context.driver.capabilities.durability.filter((d) => d !== "none")) {
        const topology = await context.stream({ durability });
        const receiver = await context.consume(topology);
        const sender = await context.produce(topology);
        await sender.sendAll({ count: 300 });
        await receiver.got.reach(300);
        assertOutcomes(sender, { acked: 300 });
        assertEachOnce(idsOf(300), receiver);
      }
    },
  },
  {
    title: "settles every message as unasked when no acknowledgement is asked for",
    applies: (_, c) => c.durability.includes("none"),
    async run(context) {
      const topology = await context.stream({ durability: "none" });
      const receiver = await context.consume(topology, { prefetch: 1000 });
      const sender = await context.produce(topology, { maxInFlight: 64 });
      await sender.sendAll({ count: 1000 });
      await receiver.got.reach(1000);
      assertOutcomes(sender, { unasked: 1000 });
      assertEachOnce(idsOf(1000), receiver);
    },
  },
  {
    title: "settles as failed, with a code, what certainly was not stored",
    applies: (target, c) => target.breakStream !== undefined && confirms(target, c),
    async run(context) {
      const topology = await context.stream();
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 3 });
      await context.target.breakStream!(topology, context.driver);
      await sender.sendAll({ count: 20 });
      assertOutcomes(sender, { acked: 3, failed: 20 });
      for (const code of sender.book.codes()) assert.match(code ?? "", /^[A-Z][A-Z0-9_]*$/);
    },
  },
  {
    title: "settles as unknown what was in flight when the connection was cut",
    applies: (target, c) => target.route !== undefined && confirms(target, c),
    async run(context) {
      const route = await context.target.route!();
      context.defer(() => route.close());
      context.defer(() => route.driver.close());
      await route.driver.connect();
      const topology = await context.stream();
      const sender = await context.produce(topology, { driver: route.driver });
      await sender.sendAll({ count: 10 });
      await route.hold();
      await sender.send({ count: 50 });
      await route.cut();
      await sender.book.waitFor(
        "the end of every message",
        () => sender.book.inFlight() === 0,
        context.patienceMs,
      );
      assertOutcomes(sender, { acked: 10, unknown: 50 });
      const kinds = sender.book.events.map((e) => e.kind);
      assert.ok(
        kinds.some((kind) => kind === "broken" || kind === "disconnected"),
        "nobody was told of the cut",
      );
      await within("close() after the cut", sender.producer.close(), context.patienceMs);
      assertOutcomes(sender, { acked: 10, unknown: 50 });
    },
  },
  {
    title: "settles every message exactly once, also when closed in the middle",
    applies: always,
    async run(context) {
      const topology = await context.stream({ partitions: 3 });
      const sender = await context.produce(topology, { maxInFlight: 1000 });
      await sender.send({ count: 700 });
      await within("close()", sender.producer.close(), context.patienceMs);
      assert.equal(sender.book.inFlight(), 0, "close() left messages unsettled");
      const atClose = sender.book.counts();
      await barrier(context);
      assertOutcomes(sender, atClose);
      assert.equal(sender.book.with("failed").size, 0, "closing is not a certain failure");
    },
  },
  {
    title: "never has more in flight than allowed, and says when there is room again",
    applies: always,
    async run(context) {
      const topology = await context.stream();
      for (const maxInFlight of [1, 16]) {
        const sender = await context.produce(topology, { maxInFlight, index: maxInFlight });
        await sender.sendAll({ count: maxInFlight * 20 });
        assert.deepEqual(sender.book.breaches, []);
        assert.ok(
          sender.book.maxInFlight() <= maxInFlight,
          `${sender.book.maxInFlight()} in flight where ${maxInFlight} are allowed`,
        );
        assert.ok(sender.book.readies() > 0, "never said ready()");
        await sender.producer.close();
      }
    },
  },
  {
    title: "takes no more than it is offered, and nothing when nothing is due",
    applies: always,
    async run(context) {
      const topology = await context.stream();
      const sender = await context.produce(topology);
      const source = await sender.sendAll({ count: 2 });
      assert.equal(sender.producer.offer(source, 10), 0);
      const none = { peek: () => undefined, write: () => assert.fail("wrote a message that is not due") };
      assert.equal(sender.producer.offer(none, 5), 0);
      let written = 0;
      const endless = {
        peek: () => ({ lane: 0, sequence: 2 + written, partition: 0, sizeBytes: 50, key: undefined }),
        write: () => {
          sender.book.taken(0, 2 + written);
          written += 1;
        },
      };
      assert.equal(sender.producer.offer(endless, 3), 3);
      assert.equal(written, 3);
      await within("flush()", sender.producer.flush(), context.patienceMs);
      assert.equal(sender.book.inFlight(), 0, "flush() came back before everything was settled");
    },
  },
  {
    title: "delivers each lane in the order it was sent, from several producers to several partitions",
    applies: (_, c) => c.order === "lane",
    async run(context) {
      const partitions = 3;
      const topology = await context.stream({ partitions });
      const receiver = await context.consume(topology);
      const senders = await Promise.all([0, 1].map((index) => context.produce(topology, { index })));
      await Promise.all(senders.map((s) => s.sendAll({ count: 600 })));
      await receiver.got.reach(1200);
      assertEachOnce([...idsOf(600, 3, 0), ...idsOf(600, 3, 1)], receiver);
      const next = new Map<number, number>();
      for (const { lane, sequence, partition } of receiver.got.list) {
        assert.equal(partition, lane % partitions, `lane ${lane} came out of partition ${partition}`);
        assert.equal(sequence, next.get(lane) ?? 0, `lane ${lane} is out of order`);
        next.set(lane, sequence + 1);
      }
      assertIntact(receiver);
    },
  },
];

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Positions, Transaction } from "../../../src/drivers/driver.ts";
import { COMPRESSIONS } from "../../../src/drivers/kafka/settings.ts";
import type { Topology } from "../../../src/model/topology.ts";
import { until } from "../../support/until.ts";
import { assertEachOnce, barrier, idsOf } from "../contract/case.ts";
import { type ContractContext, openContext } from "../contract/context.ts";
import {
  assertSeen,
  client,
  commitNext,
  openReaders,
  openSender,
  store,
} from "./wire-transactions-support.ts";

describe("transactions of the wire driver on a real broker", () => {
  let context: ContractContext;
  beforeEach(async () => {
    context = await openContext(client.target);
  });
  afterEach(() => context.close());

  test("commits and aborts: what was aborted is there for who reads everything only", async () => {
    const topology = await context.stream({ partitions: 3 });
    const { committed, all } = await openReaders(context, topology);
    const sender = await openSender(context, topology);
    for (const isCommitted of [true, false, true, false, true]) {
      await sender.tx.begin();
      await store(sender, 30);
      expect(sender.book.inFlight()).toBe(30);
      if (isCommitted) await sender.tx.commit();
      else await sender.tx.abort();
      expect(sender.book.inFlight()).toBe(0);
    }
    expect(sender.book.breaches).toEqual([]);
    expect(sender.book.counts()).toEqual({ acked: 90, failed: 60 });
    expect(new Set(sender.book.codes())).toEqual(new Set(["TRANSACTION_ABORTED"]));
    await all.got.reach(150);
    assertEachOnce(idsOf(150, 3), all);
    await assertSeen(context, committed, 90, sender);
  });

  test.each(COMPRESSIONS)("compressed by %s, in many batches of several partitions", async (compression) => {
    const topology = await context.stream({ partitions: 4 });
    const driver = await client.driverWith(context, { compression });
    const { committed } = await openReaders(context, topology);
    const sender = await openSender(context, topology, { driver, batchBytes: 2000, maxInFlight: 500 });
    for (const isCommitted of [true, false, true]) {
      await sender.tx.begin();
      await store(sender, 500);
      await (isCommitted ? sender.tx.commit() : sender.tx.abort());
    }
    await committed.got.reach(1000);
    assertEachOnce([...sender.book.with("acked")], committed);
    expect(sender.book.counts()).toEqual({ acked: 1000, failed: 500 });
  });

  test("hides what is behind an open transaction until that ends", async () => {
    const topology = await context.stream();
    const { committed, all } = await openReaders(context, topology);
    const sender = await openSender(context, topology);
    const plain = await context.produce(topology, { index: 1 });
    await sender.tx.begin();
    await store(sender, 5);
    await plain.sendAll({ count: 5 });
    await all.got.reach(10);
    await barrier(context);
    expect(committed.got.ids()).toEqual([]);
    await sender.tx.abort();
    await committed.got.reach(5);
    await barrier(context);
    assertEachOnce(idsOf(5, 1, 1), committed);
  });

  test("commits a consumer's positions with the transaction, and nothing when it aborts", async () => {
    const input = await context.stream({ partitions: 2 });
    const output = await context.stream({ partitions: 2 });
    const source = await context.produce(input);
    await source.sendAll({ count: 40 });
    const sender = await openSender(context, output);
    const relay = await context.consume(input, { acknowledge: "transaction", answering: false });
    await relay.got.reach(40);
    // Up to the eleventh of what came: how many of each partition that is, is the broker's choice.
    relay.consumer.answer(10, "ack", true);
    const positions = relay.consumer.positions!();
    expect([...positions.offsets.values()].reduce((sum, offset) => sum + offset, 0)).toBe(11);

    await sender.tx.begin();
    await store(sender, 11);
    await sender.tx.sendOffsets(positions);
    await sender.tx.abort();
    await relay.consumer.flush();
    expect(await waiting(input)).toBe(40);
    const again = await context.consume(input, { acknowledge: "transaction" });
    await again.got.reach(40);
    await again.consumer.close();

    await sender.tx.begin();
    await store(sender, 11);
    await sender.tx.sendOffsets(relay.consumer.positions!());
    await sender.tx.commit();
    await relay.consumer.close();
    const rest = await context.consume(input, { acknowledge: "transaction" });
    await rest.got.reach(29);
    await barrier(context);
    assertEachOnce(relay.got.ids().slice(11), rest);
    expect(await waiting(input)).toBe(29);
    expect(sender.book.counts()).toEqual({ failed: 11, acked: 11 });
  });

  test("commits positions alone, and takes a transaction in which nothing happened", async () => {
    const input = await context.stream();
    await (await context.produce(input)).sendAll({ count: 4 });
    const sender = await openSender(context, input);
    const relay = await context.consume(input, { acknowledge: "transaction" });
    await relay.got.reach(4);
    for (const end of ["commit", "abort"] as const) {
      await sender.tx.begin();
      await sender.tx[end]();
    }
    await sender.tx.begin();
    await sender.tx.sendOffsets(relay.consumer.positions!());
    await sender.tx.commit();
    await until("nothing to wait", async () => (await waiting(input)) === 0);
  });

  test("can only abort when the broker refused a message, and then goes on", async () => {
    const topology = await context.stream({ maxMessageBytes: 1000 });
    const { committed } = await openReaders(context, topology);
    const sender = await openSender(context, topology);
    await sender.tx.begin();
    await sender.send({ count: 3, sizeBytes: (n) => (n === 1 ? 2 * 1024 ** 2 : 100) });
    await expect(sender.tx.commit()).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
    expect(sender.book.inFlight()).toBe(3);
    const none = { peek: () => undefined, write: () => undefined };
    expect(sender.producer.offer(none, 5)).toBe(0);
    await sender.tx.abort();
    expect(sender.book.counts()).toEqual({ failed: 3 });
    expect(sender.book.codes()).toContain("MESSAGE_TOO_LARGE");
    await commitNext(sender, 4);
    await assertSeen(context, committed, 4, sender);
  });

  test("refuses calls out of turn, and transactions without acks=all", async () => {
    const topology = await context.stream();
    const sender = await openSender(context, topology);
    const empty: Positions = { topology, subscription: "all", offsets: new Map() };
    for (const call of [
      (tx: Transaction) => tx.commit(),
      (tx: Transaction) => tx.abort(),
      (tx: Transaction) => tx.sendOffsets(empty),
    ])
      await expect(call(sender.tx)).rejects.toThrow(/idle/);
    await sender.tx.begin();
    await expect(sender.tx.begin()).rejects.toThrow(/open/);
    const loose = await context.stream({ durability: "memory" });
    await expect(openSender(context, loose)).rejects.toMatchObject({ code: "BAD_OPTION" });
  });

  test("leaves no transaction open when it is closed", async () => {
    const topology = await context.stream();
    const { committed } = await openReaders(context, topology);
    const sender = await openSender(context, topology);
    await sender.tx.begin();
    await store(sender, 3);
    await sender.producer.close();
    expect(sender.book.counts()).toEqual({ unknown: 3 });
    await (await context.produce(topology, { index: 1 })).sendAll({ count: 2 });
    await committed.got.reach(2);
    assertEachOnce(idsOf(2, 1, 1), committed);
  });

  /** Messages that the group has not committed, as the broker says. */
  const waiting = async (topology: Topology): Promise<number> =>
    (await context.driver.depth!(topology)).reduce((sum, { messages }) => sum + messages, 0);
});

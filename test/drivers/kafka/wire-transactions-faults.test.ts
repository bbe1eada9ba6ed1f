import { describeTransactionsV0, endTxnV3 } from "@platformatic/kafka";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseAddresses } from "../../../src/drivers/kafka/address.ts";
import { createCluster } from "../../../src/drivers/kafka/wire/cluster.ts";
import { sharedBroker } from "../../support/brokers.ts";
import { assertEachOnce, barrier, idsOf } from "../contract/case.ts";
import { type ContractContext, openContext } from "../contract/context.ts";
import {
  assertSeen,
  client,
  commitNext,
  FENCED,
  newId,
  openReaders,
  openSender,
  store,
} from "./wire-transactions-support.ts";

describe("transactions of the wire driver when something goes wrong", () => {
  let context: ContractContext;
  beforeEach(async () => {
    context = await openContext(client.target);
  });
  afterEach(() => context.close());

  test.each([
    ["before the first of them", 0],
    ["after some", 10],
  ])("fences a producer when another one has its id, %s", async (_, before) => {
    const topology = await context.stream();
    const { committed, all } = await openReaders(context, topology);
    const transactional = { id: newId(), timeoutNs: 60e9 };
    const first = await openSender(context, topology, { transactional });
    if (before > 0) {
      await commitNext(first, before);
    }
    await first.tx.begin();
    await store(first, 5);
    const second = await openSender(context, topology, { transactional, index: 1 });
    await expect(first.tx.commit()).rejects.toMatchObject({ code: expect.stringMatching(FENCED) });
    expect(first.book.inFlight()).toBe(0);
    expect(first.book.counts().failed).toBe(5);
    await expect(first.tx.begin()).rejects.toMatchObject({ code: "PRODUCER_FENCED" });
    await commitNext(second, 7);
    await committed.got.reach(before + 7);
    await all.got.reach(before + 5 + 7);
    await barrier(context);
    assertEachOnce([...first.book.with("acked"), ...second.book.with("acked")], committed);
  });

  test("refuses what a fenced producer sends, and says so at the end", async () => {
    const topology = await context.stream();
    const { committed } = await openReaders(context, topology);
    const transactional = { id: newId(), timeoutNs: 60e9 };
    const zombie = await openSender(context, topology, { transactional });
    await zombie.tx.begin();
    await store(zombie, 3);
    const heir = await openSender(context, topology, { transactional, index: 1 });
    await heir.tx.begin();
    await store(heir, 2);
    await zombie.send({ count: 4 });
    await expect(zombie.tx.commit()).rejects.toMatchObject({ code: expect.stringMatching(FENCED) });
    if (zombie.book.inFlight() > 0)
      await expect(zombie.tx.abort()).rejects.toMatchObject({ code: expect.stringMatching(FENCED) });
    await heir.tx.commit();
    await committed.got.reach(2);
    await barrier(context);
    assertEachOnce(idsOf(2, 1, 1), committed);
    expect(zombie.book.counts()).toEqual({ failed: 7 });
  });

  test("goes on after a cut in the middle, without a loss or a copy", async () => {
    const route = await client.openRoute(context);
    const topology = await context.stream({ partitions: 2 });
    const { committed, all } = await openReaders(context, topology);
    const sender = await openSender(context, topology, {
      driver: route.driver,
      batchBytes: 1,
      publishTimeoutNs: 10e9,
    });
    await sender.tx.begin();
    await store(sender, 20);
    await route.hold();
    // These reach the broker, but nobody is told.
    await sender.send({ count: 5 });
    await all.got.reach(25);
    await route.cut();
    const committing = sender.tx.commit();
    route.restore();
    await committing;
    expect(sender.book.counts()).toEqual({ acked: 25 });
    await commitNext(sender, 5);
    await assertSeen(context, committed, 30, sender);
  });

  test("aborts what a cut left undecided, so that nothing of it is seen later", async () => {
    const route = await client.openRoute(context);
    const topology = await context.stream();
    const { committed } = await openReaders(context, topology);
    const sender = await openSender(context, topology, {
      driver: route.driver,
      batchBytes: 1,
      publishTimeoutNs: 10e9,
    });
    await sender.tx.begin();
    await store(sender, 3);
    await route.hold();
    await sender.send({ count: 5 });
    await route.cut();
    const aborting = sender.tx.abort();
    route.restore();
    await aborting;
    expect(sender.book.counts()).toEqual({ failed: 8 });
    await commitNext(sender, 4);
    await assertSeen(context, committed, 4, sender);
  });

  test("asks again for a commit whose answer was lost, and keeps it out of the next transaction", async () => {
    const route = await client.openRoute(context);
    const topology = await context.stream();
    const { committed } = await openReaders(context, topology);
    const sender = await openSender(context, topology, { driver: route.driver, publishTimeoutNs: 10e9 });
    await sender.tx.begin();
    await store(sender, 6);
    await route.hold();
    const committing = sender.tx.commit();
    // The broker has done it already.
    await committed.got.reach(6);
    await route.cut();
    route.restore();
    await committing;
    expect(sender.book.counts()).toEqual({ acked: 6 });
    await sender.tx.begin();
    await store(sender, 4);
    await sender.tx.abort();
    await commitNext(sender, 2);
    await assertSeen(context, committed, 8, sender);
  });

  test.each([
    // The control: this is what version 1 of the protocol allows.
    ["ends the next one where every request was answered", false],
    ["is refused where one had no answer", true],
  ])("a late end of the transaction before %s", async (_, isCut) => {
    const route = await client.openRoute(context);
    const topology = await context.stream();
    const { committed } = await openReaders(context, topology);
    const id = newId();
    const sender = await openSender(context, topology, {
      driver: route.driver,
      transactional: { id, timeoutNs: 60e9 },
      publishTimeoutNs: 10e9,
    });
    await sender.tx.begin();
    await store(sender, 6);
    const cluster = createCluster({
      brokers: parseAddresses((await sharedBroker("kafka")).url),
      clientId: "test",
    });
    context.defer(() => cluster.close());
    const { transactionStates } = await describeTransactionsV0.api.async(await cluster.control(), [id]);
    const { producerId, producerEpoch } = transactionStates[0]!;
    if (isCut) await route.hold();
    const committing = sender.tx.commit();
    await committed.got.reach(6);
    if (isCut) await route.cut();
    route.restore();
    await committing;

    await sender.tx.begin();
    await store(sender, 4);
    const late = endTxnV3.api.async(await cluster.control(), id, producerId, producerEpoch, true);
    if (isCut) {
      await expect(late).rejects.toThrow();
      await sender.tx.abort();
      await barrier(context);
      assertEachOnce(idsOf(6), committed);
      expect(sender.book.counts()).toEqual({ acked: 6, failed: 4 });
    } else {
      await late;
      await committed.got.reach(10);
      await expect(sender.tx.abort()).rejects.toMatchObject({ code: "INVALID_TXN_STATE" });
      expect(sender.book.counts()).toEqual({ acked: 6, unknown: 4 });
    }
  });

  test("leaves unknown what a commit without an answer decides, and goes on with the next", async () => {
    const route = await client.openRoute(context);
    const topology = await context.stream();
    const { committed } = await openReaders(context, topology);
    const sender = await openSender(context, topology, { driver: route.driver, publishTimeoutNs: 2e9 });
    await sender.tx.begin();
    await store(sender, 6);
    await route.hold();
    const committing = sender.tx.commit().catch((error: unknown) => error);
    // The broker got it: they are there, though nobody was told.
    await committed.got.reach(6);
    await route.cut();
    expect(await committing).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
    expect(sender.book.counts()).toEqual({ unknown: 6 });
    route.restore();
    await commitNext(sender, 4);
    await committed.got.reach(10);
    await barrier(context);
    assertEachOnce(idsOf(10), committed);
    expect(sender.book.counts()).toEqual({ unknown: 6, acked: 4 });
  });

  test("through a route that is cut again and again: what is committed is there once and in order, nothing else", async () => {
    const route = await client.openRoute(context);
    const partitions = 3;
    const topology = await context.stream({ partitions });
    const { committed, all } = await openReaders(context, topology);
    const sender = await openSender(context, topology, { driver: route.driver, batchBytes: 1000 });
    let cuts = 0;
    const cutAt = async (step: number, round: number): Promise<void> => {
      // Each step of a round in its turn, and some rounds without.
      if (round % 5 !== step) return;
      cuts++;
      await route.cut();
      route.restore();
    };
    for (let round = 0; round < 30; round++) {
      const isCommitted = round % 3 > 0;
      await sender.tx.begin();
      await cutAt(0, round);
      await sender.send({ count: 30 });
      await cutAt(1, round);
      await store(sender, 30);
      await cutAt(2, round);
      const ending = isCommitted ? sender.tx.commit() : sender.tx.abort();
      await cutAt(3, round);
      await ending;
    }
    expect(sender.book.breaches).toEqual([]);
    expect(sender.book.counts()).toEqual({ acked: 20 * 60, failed: 10 * 60 });
    const disconnected = sender.book.events.filter(({ kind }) => kind === "disconnected");
    expect(cuts).toBe(24);
    expect(disconnected.length).toBeGreaterThan(10);
    await assertSeen(context, committed, 20 * 60, sender);
    for (let lane = 0; lane < partitions; lane++) {
      const sequences = committed.got.list.filter((a) => a.lane === lane).map((a) => a.sequence);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    }
    // The control: the broker did store some of what was aborted.
    const stored = new Set(all.got.ids());
    expect([...sender.book.with("failed")].filter((id) => stored.has(id)).length).toBeGreaterThan(0);
  });
});

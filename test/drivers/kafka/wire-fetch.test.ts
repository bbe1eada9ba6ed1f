import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Consumer, Driver } from "../../../src/drivers/driver.ts";
import { parseAddresses } from "../../../src/drivers/kafka/address.ts";
import { COMPRESSIONS, readSettings } from "../../../src/drivers/kafka/settings.ts";
import { createCluster } from "../../../src/drivers/kafka/wire/cluster.ts";
import { createWireConsumer } from "../../../src/drivers/kafka/wire/consumer.ts";
import type { Dial } from "../../../src/drivers/kafka/wire/dial.ts";
import { wireDriver } from "../../../src/drivers/kafka/wire/wire.ts";
import type { Topology } from "../../../src/model/topology.ts";
import { sharedBroker } from "../../support/brokers.ts";
import { until } from "../../support/until.ts";
import { Arrivals } from "../contract/arrivals.ts";
import { assertEachOnce, assertIntact, idsOf } from "../contract/case.ts";
import { type ContractContext, openContext } from "../contract/context.ts";
import { cutRoute } from "./route.ts";
import { deleteBefore, flipping, transactions } from "./wire-fetch-support.ts";

const url = async (): Promise<string> => (await sharedBroker("kafka")).url;

describe("the wire driver's consumer on a real broker", () => {
  let context: ContractContext;
  beforeEach(async () => {
    context = await openContext({ name: "kafka:log@wire", make: () => driverWith({}) });
  });
  afterEach(() => context.close());

  const driverWith = async (options: Record<string, unknown>): Promise<Driver> =>
    wireDriver({ url: await url(), mode: "log", options });

  const using = async (options: Record<string, unknown>): Promise<Driver> => {
    const driver = await driverWith(options);
    context.defer(() => driver.close());
    return driver;
  };

  /** A consumer whose connections for messages go through `dial`. */
  const dialled = async (topology: Topology, dial: Dial): Promise<{ got: Arrivals; consumer: Consumer }> => {
    const cluster = createCluster({ brokers: parseAddresses(await url()), clientId: "test", dial });
    context.defer(() => cluster.close());
    const got = new Arrivals(true, context.patienceMs);
    const consumer = await createWireConsumer(
      { cluster, settings: readSettings({}, COMPRESSIONS) },
      {
        topology,
        subscription: "all",
        index: 0,
        sharing: "exclusive",
        partitions: Array.from({ length: topology.partitions }, (_, i) => i),
        prefetch: 1000,
        acknowledge: "manual",
      },
      got.deliveries,
    );
    got.attach(consumer);
    context.defer(() => consumer.close());
    return { got, consumer };
  };

  test("goes on in each partition where the group's commits end", async () => {
    const topology = await context.stream({ partitions: 5 });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 1000 });
    const first = await context.consume(topology, { answering: false, prefetch: 500 });
    await first.got.reach(500);
    // Of each partition another number, in no order.
    const kept = first.got.list.filter((a) => a.sequence < 10 * a.partition);
    for (const { tag } of kept.toReversed()) first.consumer.answer(tag, "ack", false);
    await first.consumer.close();
    const second = await context.consume(topology);
    await second.got.reach(1000 - kept.length);
    const gone = new Set(kept.map((a) => a.id));
    assertEachOnce(
      idsOf(1000, 5).filter((id) => !gone.has(id)),
      second,
    );
    for (const p of [0, 1, 2, 3, 4])
      expect(second.got.list.find((a) => a.partition === p)?.offset).toBe(
        kept.filter((a) => a.partition === p).length,
      );
  });

  test.each(COMPRESSIONS)(
    "stops within a batch when the prefetch is used up, compressed with %s",
    async (compression) => {
      const driver = await using({ compression });
      const topology = await context.stream({ partitions: 2 });
      const sender = await context.produce(topology, { driver, lingerNs: 20e6 });
      await sender.sendAll({ count: 600, sizeBytes: 300 });
      const receiver = await context.consume(topology, { answering: false, prefetch: 7 });
      for (let want = 7; want < 600; want += 7) {
        await receiver.got.reach(want);
        expect(receiver.got.list.length).toBe(want);
        receiver.consumer.answer(want - 1, "ack", true);
      }
      await receiver.got.reach(600);
      assertEachOnce(idsOf(600, 2), receiver);
      for (const p of [0, 1]) {
        const offsets = receiver.got.list.filter((a) => a.partition === p).map((a) => a.offset);
        expect(offsets).toEqual(offsets.map((_, i) => i));
      }
    },
  );

  test("gets messages that are larger than all its limits", async () => {
    const driver = await using({ fetchMaxBytes: 1000, fetchMaxBytesPerPartition: 500 });
    const topology = await context.stream({ partitions: 3 });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 60, sizeBytes: (n) => (n % 4 ? 100 : 300_000) });
    const receiver = await context.consume(topology, { driver });
    await receiver.got.reach(60);
    assertEachOnce(idsOf(60, 3), receiver);
  });

  test("hides an aborted transaction with read_committed, and with nothing else", async () => {
    const topology = await context.stream();
    const committed = await context.consume(topology, {
      driver: await using({ isolation: "read_committed" }),
      answering: false,
    });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 3 });
    await transactions(await url(), topology.name, [true, false, true]);
    await sender.sendAll({ count: 4 });
    // 3 of ours, 5 committed, 5 aborted, 5 committed, 4 of ours, and a marker behind each transaction; the
    // broker writes the last marker when it likes, before or behind ours.
    await committed.got.reach(17);
    const offsets = committed.got.list.map((a) => a.offset);
    expect(offsets.slice(0, 13)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 15, 16, 17, 18, 19]);
    const all = await context.consume(topology);
    await all.got.reach(22);
    expect(all.got.list.map((a) => a.offset)).toEqual([
      ...offsets.slice(0, 8),
      ...[9, 10, 11, 12, 13],
      ...offsets.slice(8),
    ]);
    // What it passed over is committed with what it answered.
    const later = await context.stream();
    const reader = await context.consume(later, { driver: await using({ isolation: "read_committed" }) });
    await transactions(await url(), later.name, [true, false]);
    await reader.got.reach(5);
    await until("nothing to wait", async () => {
      const [depth] = await context.driver.depth!(later);
      return depth?.messages === 0;
    });
  });

  test("goes on behind a cut, with no message twice and none left out", async () => {
    const route = await cutRoute(await url(), (at) => wireDriver({ url: at, mode: "log", options: {} }));
    context.defer(() => route.close());
    context.defer(() => route.driver.close());
    await route.driver.connect();
    const topology = await context.stream({ partitions: 2 });
    const receiver = await context.consume(topology, { driver: route.driver });
    const sender = await context.produce(topology);
    for (let cuts = 1; cuts <= 3; cuts++) {
      await sender.sendAll({ count: 500 });
      if (cuts < 3) await receiver.got.reach(1);
      await route.cut();
      await until(
        "word of the cut",
        () => receiver.got.events.filter((e) => e.kind === "disconnected").length >= cuts,
      );
      await sender.sendAll({ count: 500 });
      route.restore();
      await receiver.got.reach(1000 * cuts);
      expect(receiver.got.events.at(-1)?.kind).toBe("reconnected");
    }
    assertEachOnce(idsOf(3000, 2), receiver);
    await receiver.consumer.flush();
  });

  test("finds a byte that was changed on the way, and reads again", async () => {
    const topology = await context.stream();
    const sender = await context.produce(topology, { batchBytes: 4000 });
    await sender.sendAll({ count: 500 });
    const { got } = await dialled(topology, flipping({ times: 1, from: 3 }));
    await got.reach(500);
    assertEachOnce(idsOf(500), { got } as Parameters<typeof assertEachOnce>[1]);
    expect(got.list.map((a) => a.offset)).toEqual(got.list.map((_, i) => i));
    const [told] = got.events.filter((e) => e.kind === "disconnected");
    expect(told?.detail).toContain("CRC");
    expect(got.events.at(-1)?.kind).toBe("reconnected");
  });

  test("gives up when the same place is damaged again and again, and delivers nothing of it", async () => {
    const topology = await context.stream();
    const sender = await context.produce(topology, { batchBytes: 1 });
    await sender.sendAll({ count: 5 });
    const { got } = await dialled(topology, flipping({ times: Number.POSITIVE_INFINITY, from: 2 }));
    await until("word of it", () => got.events.some((e) => e.kind === "broken"));
    assertIntact({ got } as Parameters<typeof assertIntact>[0]);
    expect(got.ids()).toEqual(idsOf(2));
  });

  test("says so, and reads on from what is there, when what it would read next was deleted", async () => {
    const topology = await context.stream();
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 20 });
    const first = await context.consume(topology, { answering: false, prefetch: 5 });
    await first.got.reach(5);
    first.consumer.answer(4, "ack", true);
    await first.consumer.close();
    await deleteBefore(await url(), topology.name, 12);
    const second = await context.consume(topology);
    await second.got.reach(8);
    expect(second.got.list.map((a) => a.offset)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    const told = second.got.events.find((e) => e.kind === "disconnected")?.detail ?? "";
    expect(told).toContain("12 to 19 and not 5");
    // A group that never committed has lost nothing.
    const third = await context.consume({ ...topology, subscriptions: ["other"] });
    await third.got.reach(8);
    expect(third.got.events.map((e) => e.kind)).toEqual(["connected"]);
  });

  test("breaks when its topic is deleted", async () => {
    const topology = await context.stream();
    const receiver = await context.consume(topology);
    await context.driver.drop(topology);
    await until("word of it", () => receiver.got.events.some((e) => e.kind === "broken"), 30_000);
    expect(receiver.got.events.at(-1)?.detail).toContain(topology.name);
  }, 40_000);

  test("closes at once while the broker holds back its answer", async () => {
    const driver = await using({ fetchMaxWaitMs: 60_000, fetchMinBytes: 1_000_000 });
    const topology = await context.stream();
    const { consumer } = await context.consume(topology, { driver });
    const start = performance.now();
    await consumer.close();
    // A bound far from the 60 s, not a promise of speed.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

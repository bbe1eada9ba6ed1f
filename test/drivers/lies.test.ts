import { describe, expect, test } from "vitest";
import { memoryDriver } from "../../src/drivers/memory.ts";
import { openContext } from "./contract/context.ts";
import type { ContractTarget } from "./contract.ts";
import * as lying from "./lying.ts";

const memory = (options: Record<string, unknown>): ContractTarget => ({
  name: "memory",
  make: () => memoryDriver({ url: "", mode: "queue", options }),
});
const wrapped = (options: Record<string, unknown>): ContractTarget => ({
  name: `${lying.system}:${lying.mode}@${lying.client}`,
  make: () => lying.factory({ url: "", mode: lying.mode, options: { ...options, under: "memory" } }),
});

/** Sends 20 messages through one partition; returns what came, and what the broker still holds. */
async function twenty(target: ContractTarget, expected: number) {
  const context = await openContext(target);
  try {
    const topology = await context.stream();
    const receiver = await context.consume(topology, { prefetch: 5 });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 20 });
    await receiver.got.reach(expected);
    await expect
      .poll(() => context.driver.depth!(topology))
      .toEqual([{ subscription: "all", partition: 0, messages: 0 }]);
    expect(receiver.got.breaches).toEqual([]);
    expect(receiver.got.list.every((a) => a.redelivered === 0)).toBe(true);
    return receiver.got.list.map((a) => (a.id === "corrupt" ? a.id : a.sequence));
  } finally {
    await context.close();
  }
}

const all = Array.from({ length: 20 }, (_, i) => i);

describe("a lying driver", () => {
  test.each([
    { lie: "honest", target: memory({}), want: all },
    { lie: "drop", target: memory({ drop: { at: [5] } }), want: all.toSpliced(4, 1) },
    {
      lie: "drop every 7",
      target: memory({ drop: { every: 7 } }),
      want: all.filter((i) => (i + 1) % 7 !== 0),
    },
    { lie: "copy", target: memory({ copy: { at: [5] } }), want: all.toSpliced(4, 1, 4, 4) },
    { lie: "swap", target: memory({ swap: { at: [5] } }), want: all.toSpliced(4, 2, 5, 4) },
    { lie: "swap the last, which has no next", target: memory({ swap: { at: [20] } }), want: all },
    {
      lie: "corrupt",
      target: memory({ corrupt: { at: [5] } }),
      want: all.toSpliced(4, 1, "corrupt" as never),
    },
    {
      lie: "foreign",
      target: memory({ foreign: { at: [5], body: Buffer.alloc(60).toString("base64") } }),
      want: all.toSpliced(4, 0, "corrupt" as never),
    },
    {
      lie: "several",
      target: memory({ drop: { at: [3] }, copy: { at: [9, 10] } }),
      want: all.toSpliced(8, 2, 8, 8, 9, 9).toSpliced(2, 1),
    },
    { lie: "drop, as a driver module", target: wrapped({ lie: "drop", at: [5] }), want: all.toSpliced(4, 1) },
    {
      lie: "swap, as a driver module",
      target: wrapped({ lie: "swap", at: [5] }),
      want: all.toSpliced(4, 2, 5, 4),
    },
    {
      lie: "copy, as a driver module",
      target: wrapped({ lie: "copy", at: [5, 9] }),
      want: all.toSpliced(8, 1, 8, 8).toSpliced(4, 1, 4, 4),
    },
    {
      lie: "late, as a driver module",
      target: wrapped({ lie: "late", at: [5] }),
      want: all.toSpliced(10, 0, 4).toSpliced(4, 1),
    },
    {
      lie: "late at the end, where nothing overtakes it, as a driver module",
      target: wrapped({ lie: "late", at: [20] }),
      want: all,
    },
    {
      lie: "flip, as a driver module",
      target: wrapped({ lie: "flip", every: 10 }),
      want: all.toSpliced(19, 1, "corrupt" as never).toSpliced(9, 1, "corrupt" as never),
    },
  ])("tells exactly the lie it was asked for: $lie", async ({ target, want }) => {
    expect(await twenty(target, want.length)).toEqual(want);
  });

  test("counts over all consumers of a subscription, and each subscription for itself", async () => {
    const context = await openContext(memory({ drop: { every: 10 } }));
    const topology = await context.stream({ partitions: 2, subscriptions: ["a", "b"] });
    const readers = await Promise.all(
      ["a", "b"].flatMap((subscription) =>
        [0, 1].map((p) => context.consume(topology, { subscription, index: p, partitions: [p] })),
      ),
    );
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 100 });
    const counts = () => readers.map((r) => r.got.list.length);
    await expect.poll(() => counts()[0]! + counts()[1]!).toBe(90);
    await expect.poll(() => counts()[2]! + counts()[3]!).toBe(90);
    await context.close();
  });
});

describe("a memory broker under orders", () => {
  test("acknowledges and delivers nothing during a stall, and everything after it", async () => {
    const context = await openContext(memory({ stall: { at: "30ms", for: "300ms" } }));
    const topology = await context.stream();
    const receiver = await context.consume(topology, { prefetch: 1000 });
    const sender = await context.produce(topology, { maxInFlight: 10_000 });
    const earliest = performance.now();
    await sender.send({ count: 1 });
    const latest = performance.now();
    /** What was seen at each look that was certainly within the stall. */
    const looks: string[] = [];
    let sent = 1;
    while (performance.now() < latest + 330) {
      await sender.send({ count: 1 });
      sent += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
      const { acked = 0 } = sender.book.counts();
      // The broker's clock started between the two.
      if (performance.now() > latest + 31 && performance.now() < earliest + 330)
        looks.push(`${acked} acked, ${receiver.got.list.length} delivered`);
    }
    await sender.producer.flush();
    await receiver.got.reach(sent);
    expect(looks.length).toBeGreaterThan(0);
    expect(new Set(looks).size).toBe(1);
    expect(sender.book.counts()).toEqual({ acked: sent });
    await context.close();
  });

  test("takes no more than its capacity, and goes on once there is room", async () => {
    const context = await openContext(memory({ capacity: 10 }));
    const topology = await context.stream({ subscriptions: ["a", "b"] });
    const sender = await context.produce(topology);
    const sending = sender.sendAll({ count: 25 });
    expect(sender.book.takenCount()).toBe(10);
    const readers = await Promise.all(
      ["a", "b"].map((subscription) => context.consume(topology, { subscription })),
    );
    await sending;
    for (const { got } of readers) await got.reach(25);
    expect(sender.book.counts()).toEqual({ acked: 25 });
    await context.close();
  });

  test("serves one message after another", async () => {
    const context = await openContext(memory({ serviceTime: "2ms" }));
    const topology = await context.stream();
    const receiver = await context.consume(topology);
    const sender = await context.produce(topology);
    const start = performance.now();
    await sender.sendAll({ count: 50 });
    await receiver.got.reach(50);
    // 50 × 2 ms at the least; how much longer depends on the machine.
    expect(performance.now() - start).toBeGreaterThanOrEqual(100);
    await context.close();
  });
});

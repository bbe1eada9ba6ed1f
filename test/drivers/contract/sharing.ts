import assert from "node:assert/strict";
import { assertEachOnce, assertIntact, type ContractCase, idsOf } from "./case.ts";

export const SHARING_CASES: readonly ContractCase[] = [
  {
    title: "gives every message to each subscription",
    applies: (_, c) => c.sharing.length > 0,
    async run(context) {
      const subscriptions = ["a", "b", "c"];
      const topology = await context.stream({ partitions: 2, subscriptions });
      const receivers = await Promise.all(
        subscriptions.map((subscription) => context.consume(topology, { subscription })),
      );
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 200 });
      for (const receiver of receivers) {
        await receiver.got.reach(200);
        assertEachOnce(idsOf(200, 2), receiver);
      }
    },
  },
  {
    title: "keeps messages for a subscription that nobody reads yet",
    applies: (_, c) => c.sharing.length > 0,
    async run(context) {
      const topology = await context.stream({ subscriptions: ["early", "late"] });
      const early = await context.consume(topology, { subscription: "early" });
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 100 });
      await early.got.reach(100);
      const late = await context.consume(topology, { subscription: "late" });
      await late.got.reach(100);
      assertEachOnce(idsOf(100), late);
    },
  },
  {
    title: "gives each message to one of the consumers that compete",
    applies: (_, c) => c.sharing.includes("compete"),
    async run(context) {
      const topology = await context.stream();
      const receivers = await Promise.all(
        [0, 1].map((index) =>
          context.consume(topology, { index, sharing: "compete", prefetch: 5, answering: false }),
        ),
      );
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 10 });
      // With five unanswered at most for each, both are needed to get all ten.
      for (const { got } of receivers) await got.reach(5);
      assertEachOnce(idsOf(10), ...receivers);
    },
  },
  {
    title: "gives the unanswered messages of a consumer that leaves to the one that stays",
    applies: (_, c) => c.sharing.includes("compete"),
    async run(context) {
      const topology = await context.stream();
      const [leaves, stays] = await Promise.all(
        [0, 1].map((index) =>
          context.consume(topology, { index, sharing: "compete", prefetch: 5, answering: index === 1 }),
        ),
      );
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 20 });
      await leaves!.got.reach(5);
      await stays!.got.reach(15);
      await leaves!.consumer.close();
      await stays!.got.reach(20);
      assertEachOnce(idsOf(20), stays!);
      const again = stays!.got.list.filter((a) => a.redelivered > 0).map((a) => a.id);
      if (context.driver.capabilities.redeliveryFlag)
        assert.deepEqual(again.sort(), leaves!.got.ids().sort(), "the flag and what came again differ");
    },
  },
  {
    title: "gives each exclusive consumer its own partitions and nothing else",
    applies: (_, c) => c.sharing.includes("exclusive"),
    async run(context) {
      const topology = await context.stream({ partitions: 3 });
      const split = [[0, 2], [1]];
      const receivers = await Promise.all(
        split.map((partitions, index) =>
          context.consume(topology, { index, sharing: "exclusive", partitions }),
        ),
      );
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 300 });
      await receivers[0]!.got.reach(200);
      await receivers[1]!.got.reach(100);
      assertEachOnce(idsOf(300, 3), ...receivers);
      assertIntact(...receivers);
      for (const [i, { got }] of receivers.entries())
        assert.ok(
          got.list.every((a) => split[i]!.includes(a.partition) && a.lane === a.partition),
          "a message came to the wrong consumer",
        );
    },
  },
];

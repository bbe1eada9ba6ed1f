import assert from "node:assert/strict";
import { until, within } from "../../support/until.ts";
import { assertEachOnce, assertIntact, barrier, type ContractCase, idsOf } from "./case.ts";
import type { ContractContext, Receiver } from "./context.ts";

const answers =
  (answer: "ack" | "requeue" | "reject"): ContractCase["applies"] =>
  (_, c) =>
    c.answers.includes(answer);

export const CONSUMING_CASES: readonly ContractCase[] = [
  {
    title: "says of a first delivery that it is one, and gives offsets as declared",
    applies: answers("ack"),
    async run(context) {
      const { offsets } = context.driver.capabilities;
      const topology = await context.stream({ partitions: 2 });
      const receiver = await context.consume(topology);
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 40 });
      await receiver.got.reach(40);
      assertEachOnce(idsOf(40, 2), receiver);
      const last = [-1, -1];
      for (const { offset, partition, redelivered } of receiver.got.list) {
        assert.equal(redelivered, 0);
        if (offsets) assert.ok(offset > last[partition]!, `offset ${offset} after ${last[partition]}`);
        else assert.equal(offset, -1);
        last[partition] = offset;
      }
    },
  },
  {
    title: "does not deliver again what was acknowledged one by one",
    applies: answers("ack"),
    async run(context) {
      await onlyTheMarkerIsLeft(context, async (receiver) => {
        for (const { tag } of receiver.got.list) receiver.consumer.answer(tag, "ack", false);
      });
    },
  },
  {
    title: "does not deliver again what was acknowledged up to a tag",
    applies: answers("ack"),
    async run(context) {
      await onlyTheMarkerIsLeft(context, async (receiver) => {
        receiver.consumer.answer(3, "ack", true);
        receiver.consumer.answer(9, "ack", true);
      });
    },
  },
  {
    title: "does not deliver again what was acknowledged by being delivered",
    applies: answers("ack"),
    async run(context) {
      const topology = await context.stream();
      const sender = await context.produce(topology);
      const first = await context.consume(topology, { acknowledge: "auto" });
      await sender.sendAll({ count: 10 });
      await first.got.reach(10);
      await within("flush()", first.consumer.flush(), context.patienceMs);
      await within("close()", first.consumer.close(), context.patienceMs);
      const second = await context.consume(topology);
      await sender.sendAll({ count: 1 });
      await second.got.reach(1);
      assertEachOnce(idsOf(11), first, second);
    },
  },
  {
    title: "delivers again, and says so, what a consumer left unanswered when it closed",
    applies: answers("ack"),
    async run(context) {
      const topology = await context.stream();
      const sender = await context.produce(topology);
      const first = await context.consume(topology, { answering: false });
      await sender.sendAll({ count: 10 });
      await first.got.reach(10);
      first.consumer.answer(4, "ack", true);
      await within("flush()", first.consumer.flush(), context.patienceMs);
      await within("close()", first.consumer.close(), context.patienceMs);
      const second = await context.consume(topology);
      await sender.sendAll({ count: 1 });
      await second.got.reach(6);
      assertEachOnce(idsOf(11).slice(5), second);
      assertSaysAgain(context, first, second, idsOf(10).slice(5));
    },
  },
  {
    title: "delivers again what a consumer left unanswered when its connection was cut",
    applies: (target, c) => target.route !== undefined && c.answers.includes("ack"),
    async run(context) {
      const route = await context.target.route!();
      context.defer(() => route.close());
      context.defer(() => route.driver.close());
      await route.driver.connect();
      const topology = await context.stream();
      const sender = await context.produce(topology);
      const first = await context.consume(topology, { driver: route.driver, answering: false });
      await sender.sendAll({ count: 10 });
      await first.got.reach(10);
      await route.cut();
      await until("word of the cut", () => first.got.events.length > 0, context.patienceMs);
      await within("close() after the cut", first.consumer.close(), context.patienceMs);
      const second = await context.consume(topology);
      await second.got.reach(10);
      assertEachOnce(idsOf(10), second);
      assertSaysAgain(context, first, second, idsOf(10));
    },
  },
  {
    title: "delivers again, and says so, what was requeued",
    applies: answers("requeue"),
    async run(context) {
      for (const upTo of [false, true]) {
        const topology = await context.stream();
        const sender = await context.produce(topology);
        const receiver = await context.consume(topology, { answering: false });
        await sender.sendAll({ count: 3 });
        await receiver.got.reach(3);
        receiver.consumer.answer(2, "requeue", upTo);
        const want = upTo ? ["0/0", "0/1", "0/2"] : ["0/2"];
        await receiver.got.reach(3 + want.length);
        assertIntact(receiver);
        const again = receiver.got.list.slice(3);
        assert.deepEqual(again.map((a) => a.id).sort(), want);
        if (context.driver.capabilities.redeliveryFlag)
          assert.ok(
            again.every((a) => a.redelivered > 0),
            "a requeued message came without a sign of it",
          );
      }
    },
  },
  {
    title: "never delivers again what was rejected",
    applies: answers("reject"),
    async run(context) {
      await onlyTheMarkerIsLeft(context, async (receiver) => {
        receiver.consumer.answer(0, "reject", false);
        receiver.consumer.answer(9, "reject", true);
      });
    },
  },
  {
    title: "has no more unanswered deliveries than the prefetch allows",
    applies: answers("ack"),
    async run(context) {
      const topology = await context.stream();
      const sender = await context.produce(topology);
      const receiver = await context.consume(topology, { answering: false, prefetch: 7 });
      await sender.sendAll({ count: 50 });
      for (let answered = 0; answered < 50; ) {
        const want = Math.min(50, answered + 7);
        await receiver.got.reach(want);
        // Once is enough: where a bound is ignored, it is ignored from the first message on.
        if (answered === 0) await barrier(context);
        assert.equal(receiver.got.list.length, want, "more deliveries than the prefetch");
        receiver.consumer.answer(want - 1, "ack", true);
        answered = want;
      }
      assertEachOnce(idsOf(50), receiver);
    },
  },
  {
    title: "tells how much waits, unacknowledged deliveries included",
    applies: answers("ack"),
    async run(context) {
      const { driver, patienceMs } = context;
      if (!driver.depth) return;
      const topology = await context.stream({ partitions: 2, subscriptions: ["a", "b"] });
      const sender = await context.produce(topology);
      const receiver = await context.consume(topology, { subscription: "a", answering: false });
      const told = async () => {
        const depths = await driver.depth!(topology);
        return depths.map((d) => `${d.subscription}${d.partition} ${d.messages}`).sort();
      };
      const waiting = async (want: string[]) => {
        await until(
          `a depth of ${want}`,
          async () => `${await told()}` === `${want}`,
          patienceMs,
          () => want,
        );
      };
      await sender.sendAll({ count: 10, partition: 1 });
      await receiver.got.reach(10);
      await waiting(["a0 0", "a1 10", "b0 0", "b1 10"]);
      receiver.consumer.answer(3, "ack", true);
      await receiver.consumer.flush();
      await waiting(["a0 0", "a1 6", "b0 0", "b1 10"]);
      receiver.consumer.answer(9, "ack", true);
      await receiver.consumer.flush();
      await waiting(["a0 0", "a1 0", "b0 0", "b1 10"]);
    },
  },
];

/** Ten messages are delivered and answered; a consumer that comes afterwards sees only the eleventh. */
async function onlyTheMarkerIsLeft(
  context: ContractContext,
  answer: (receiver: Receiver) => Promise<void>,
): Promise<void> {
  const topology = await context.stream();
  const sender = await context.produce(topology);
  const first = await context.consume(topology, { answering: false });
  await sender.sendAll({ count: 10 });
  await first.got.reach(10);
  await answer(first);
  await within("flush()", first.consumer.flush(), context.patienceMs);
  await within("close()", first.consumer.close(), context.patienceMs);
  const second = await context.consume(topology);
  await sender.sendAll({ count: 1 });
  await second.got.reach(1);
  assertEachOnce(idsOf(11), first, second);
}

/** By flag or by offset, whichever the driver declares. */
function assertSaysAgain(
  context: ContractContext,
  first: Receiver,
  second: Receiver,
  ids: readonly string[],
): void {
  const { redeliveryFlag, offsets } = context.driver.capabilities;
  for (const id of ids) {
    const before = first.got.list.find((a) => a.id === id);
    const again = second.got.list.find((a) => a.id === id);
    assert.ok(again, `${id} did not come again`);
    if (redeliveryFlag) assert.ok(again.redelivered > 0, `${id} came again without a sign of it`);
    if (offsets) assert.equal(again.offset, before?.offset, `${id} came again at another offset`);
  }
  const fresh = second.got.list.filter((a) => !ids.includes(a.id));
  assert.ok(
    fresh.every((a) => a.redelivered === 0),
    "a first delivery is marked as a repeat",
  );
}

import assert from "node:assert/strict";
import { assertEachOnce, assertIntact, barrier, type ContractCase, confirms, idsOf } from "./case.ts";
import type { ContractContext, CutRoute, Receiver, Sender } from "./context.ts";

const applies: ContractCase["applies"] = (target, c) =>
  target.route !== undefined && c.reconnects === true && confirms(target, c);

export const RETURNING_CASES: readonly ContractCase[] = [
  {
    title: "connects again after a cut: sends on, and delivers all that was acknowledged, in order",
    applies,
    async run(context) {
      const route = await openRoute(context);
      const topology = await context.stream({ partitions: 2 });
      const receiver = await context.consume(topology, { driver: route.driver });
      const sender = await context.produce(topology, { driver: route.driver });
      await sender.sendAll({ count: 20 });
      await receiver.got.reach(20);
      await route.hold();
      await sender.send({ count: 30 });
      await route.cut();
      await told(context, sender, receiver, "disconnected");
      await route.restore!();
      await sender.sendAll({ count: 20 });
      await told(context, sender, receiver, "reconnected");

      assert.deepEqual(sender.book.breaches, []);
      const { acked = 0, unknown = 0, failed = 0 } = sender.book.counts();
      assert.equal(failed, 0, "what was sent before the cut may be stored");
      // A driver that was told to publish again what was not confirmed has no unknown outcomes.
      assert.ok(acked === 70 || (acked === 40 && unknown === 30), JSON.stringify(sender.book.counts()));
      const got = () => new Set(receiver.got.ids());
      await sender.book.waitFor(
        "all that was acknowledged",
        () => [...sender.book.with("acked")].every((id) => got().has(id)),
        context.patienceMs,
      );
      assertIntact(receiver);
      assertFirstSightsInOrder(receiver);
      if (unknown > 0) assertRepeatsAreSaid(context, receiver);
    },
  },
  {
    title: "drops answers to the deliveries of a connection that is gone, whose messages come again",
    applies,
    async run(context) {
      const route = await openRoute(context);
      const topology = await context.stream();
      const receiver = await context.consume(topology, { driver: route.driver, answering: false });
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 10 });
      await receiver.got.reach(10);
      await route.cut();
      await until(context, receiver, "disconnected");
      receiver.consumer.answer(3, "ack", true);
      await route.restore!();
      await receiver.got.reach(20);
      assert.deepEqual(receiver.got.ids(), [...idsOf(10), ...idsOf(10)]);
      assertRepeatsAreSaid(context, receiver);
      receiver.consumer.answer(9, "ack", true);
      receiver.consumer.answer(0, "ack", false);
      await barrier(context);
      receiver.consumer.answer(14, "ack", true);
      await receiver.consumer.flush();
      await receiver.consumer.close();
      assert.deepEqual(receiver.got.breaches, []);
      const rest = await context.consume(topology);
      await sender.sendAll({ count: 1 });
      await rest.got.reach(6);
      assertEachOnce(idsOf(11).slice(5), rest);
    },
  },
];

async function openRoute(context: ContractContext): Promise<CutRoute> {
  const route = await context.target.route!();
  context.defer(() => route.close());
  context.defer(() => route.driver.close());
  await route.driver.connect();
  assert.ok(route.restore, "the route of a driver that connects again can be restored");
  return route;
}

async function told(
  context: ContractContext,
  sender: Sender,
  receiver: Receiver,
  kind: string,
): Promise<void> {
  await sender.book.waitFor(
    `"${kind}" of the producer`,
    () => sender.book.events.some((e) => e.kind === kind),
    context.patienceMs,
  );
  await until(context, receiver, kind);
}

async function until(context: ContractContext, { got }: Receiver, kind: string): Promise<void> {
  await got.waitFor(
    `"${kind}" of the consumer`,
    () => got.events.some((e) => e.kind === kind),
    context.patienceMs,
  );
}

/** What was not seen before comes in the order of its lane, whatever came again in between. */
export function assertFirstSightsInOrder({ got }: Receiver): void {
  const highest = new Map<number, number>();
  const seen = new Set<string>();
  for (const { id, lane, sequence } of got.list) {
    if (seen.has(id)) continue;
    seen.add(id);
    const before = highest.get(lane) ?? -1;
    assert.ok(sequence > before, `${id} was first seen after ${lane}/${before}`);
    highest.set(lane, sequence);
  }
}

/** By flag or by offset, whichever the driver declares. */
function assertRepeatsAreSaid(context: ContractContext, { got }: Receiver): void {
  const { redeliveryFlag, offsets } = context.driver.capabilities;
  const first = new Map<string, number>();
  for (const { id, redelivered, offset } of got.list) {
    const before = first.get(id);
    if (before === undefined) first.set(id, offset);
    else if (offsets) assert.equal(offset, before, `${id} came again at another offset`);
    else if (redeliveryFlag) assert.ok(redelivered > 0, `${id} came again without a sign of it`);
  }
}

import assert from "node:assert/strict";
import type { Driver } from "../../../src/drivers/driver.ts";
import type { Topology } from "../../../src/model/topology.ts";
import { within } from "../../support/until.ts";
import { type ContractCase, idsOf } from "./case.ts";
import type { ContractContext } from "./context.ts";
import { readBody } from "./source.ts";

const applies: ContractCase["applies"] = (_, c) => c.reread !== undefined;

export const REREADING_CASES: readonly ContractCase[] = [
  {
    title: "reads again what the broker has, each record once, intact and in its order",
    applies,
    async run(context) {
      const { topology, left } = await used(context);
      const records = await reread(context, context.driver, topology);
      assert.ok(!records.some((r) => r.id === "corrupt"), "a record differs from what was written");
      if (context.driver.capabilities.reread === "log") {
        assert.deepEqual(idsIn(records, -1), idsOf(20, 2).sort());
        for (const partition of [0, 1]) {
          const offsets = records.filter((r) => r.partition === partition).map((r) => r.offset);
          assert.ok(offsets.every((o, i) => i === 0 || o > offsets[i - 1]!));
        }
      } else {
        assert.deepEqual(idsIn(records, 0), left);
        assert.deepEqual(idsIn(records, 1), idsOf(20, 2).sort());
      }
      for (const subscription of [-1, 0, 1])
        for (const partition of [0, 1]) {
          const lane = records.filter((r) => r.subscription === subscription && r.partition === partition);
          assert.ok(
            lane.every((r, i) => i === 0 || r.sequence > lane[i - 1]!.sequence),
            "not in order",
          );
        }
    },
  },
  {
    title: "gives the same again from a log, and nothing again from queues",
    applies,
    async run(context) {
      const { topology } = await used(context);
      const first = await reread(context, context.driver, topology);
      const again = await reread(context, context.driver, topology);
      assert.deepEqual(again, context.driver.capabilities.reread === "log" ? first : []);
      const empty = await context.stream();
      assert.deepEqual(await reread(context, context.driver, empty), []);
    },
  },
  {
    title: "stops to read again when it is told to",
    applies,
    async run(context) {
      const { topology } = await used(context);
      assert.deepEqual(await reread(context, context.driver, topology, AbortSignal.abort()), []);
    },
  },
];

interface Seen {
  readonly id: string;
  readonly sequence: number;
  readonly subscription: number;
  readonly partition: number;
  readonly offset: number;
}

/** A stream with 20 messages, of which the first subscription has acknowledged some. */
async function used(context: ContractContext): Promise<{ topology: Topology; left: string[] }> {
  const topology = await context.stream({ partitions: 2, subscriptions: ["a", "b"] });
  const receiver = await context.consume(topology, { subscription: "a", answering: false });
  const sender = await context.produce(topology);
  await sender.sendAll({ count: 20 });
  await receiver.got.reach(20);
  const done = receiver.got.list.slice(0, 12);
  for (const { tag } of done) receiver.consumer.answer(tag, "ack", false);
  await within("flush()", receiver.consumer.flush(), context.patienceMs);
  await within("close()", receiver.consumer.close(), context.patienceMs);
  await sender.producer.close();
  return { topology, left: receiver.got.ids().slice(12).sort() };
}

async function reread(
  context: ContractContext,
  driver: Driver,
  topology: Topology,
  signal = new AbortController().signal,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  await within(
    "reread()",
    driver.reread!(
      { topology, signal },
      {
        record(bytes, start, end, subscription, partition, offset) {
          const { lane, sequence } = readBody(bytes, start, end) ?? { lane: -1, sequence: -1 };
          const id = lane < 0 ? "corrupt" : `${lane}/${sequence}`;
          seen.push({ id, sequence, subscription, partition, offset });
        },
      },
    ),
    context.patienceMs,
  );
  return seen;
}

const idsIn = (records: readonly Seen[], subscription: number): string[] =>
  records
    .filter((r) => r.subscription === subscription)
    .map((r) => r.id)
    .sort();

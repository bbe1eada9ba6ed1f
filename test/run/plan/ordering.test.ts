import { expect, it } from "vitest";
import { UserError } from "../../../src/model/errors.ts";
import type { PlanFlags } from "../../../src/run/plan/flags.ts";
import { preparePlans } from "../../../src/run/prepare.ts";

const prepare = (flags: PlanFlags, profile = "quick") => preparePlans({ profile, flags, env: {} });
const KEYED = ["message.keys.count=10"];
const GROWING = { fault: ["add-partitions at=1s to=4"], set: ["stream.follow=true"] };

it.each<readonly [PlanFlags, RegExp]>([
  [{ on: ["kafka@kafkajs"], ...GROWING }, /cannot use partitions that are added while it runs/],
  [{ on: ["kafka"], partitions: "4", ...GROWING }, /add-partitions to=4 adds nothing to 4 partitions/],
  [
    {
      on: ["kafka"],
      ...GROWING,
      fault: [...GROWING.fault, "crash at=500ms side=consumer point=before-process restart=100ms"],
    },
    /does not know of partitions that were added|overlaps/,
  ],
  [{ on: ["kafka"], set: ["stream.follow=maybe"] }, /stream\.follow/],
  [{ on: ["kafka"], set: [...KEYED, "message.keys.partitioner=mixed"] }, /there is only one/],
  [{ on: ["kafka"], set: [...KEYED, "message.keys.partitioner=md5"] }, /is not one of murmur2, crc32, mixed/],
  [{ on: ["kafka"], set: ["message.urgent=10%"] }, /kafka:log@wire has no priorities/],
  [{ on: ["rabbitmq"], set: ["message.urgent=110%"] }, /message\.urgent/],
  [{ on: ["kafka"], set: ["consumers.parallel=4"] }, /need no time are never at work together/],
  [
    { on: ["kafka"], set: ["consumers.parallel=4", "consumers.work=1ms", "consumers.acknowledge=before"] },
    /acknowledge each message by itself/,
  ],
  [
    {
      on: ["kafka"],
      set: ["consumers.parallel=4", "consumers.work=1ms"],
      fault: ["crash at=1s side=consumer point=before-process"],
    },
    /take one step after the other/,
  ],
  [{ on: ["kafka"], fault: ["join at=1s"] }, /there is nothing for a consumer that joins/],
  [{ on: ["kafka"], fault: ["join at=1s side=producer"] }, /join has no parameter "side"/],
  [
    {
      on: ["rabbitmq"],
      set: ["consumers.sharing=compete", "consumers.start=after-producers"],
      fault: ["join at=1s"],
    },
    /nobody can join consumers that start after the measure phase/,
  ],
  [
    { on: ["kafka"], set: ["options.kafka.group=classic"] },
    /group: "classic" is not possible with this client/,
  ],
  [{ on: ["kafka@platformatic"], set: ["options.kafka.group=eager"] }, /group: "eager" is not possible/],
  [
    {
      on: ["kafka@platformatic"],
      consumers: "2",
      partitions: "2",
      set: ["options.kafka.group=consumer", "agents.consume=2"],
    },
    /only one agent can see/,
  ],
  [
    {
      on: ["kafka@platformatic"],
      set: ["options.kafka.group=consumer"],
      fault: ["crash at=1s side=consumer point=before-process"],
    },
    /who do not know what it was given/,
  ],
])("%j is refused before anything starts", async (flags, message) => {
  const error = (await prepare(flags).catch((e: unknown) => e)) as Error;
  // Exit code 2.
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toMatch(message);
});

it("lanes are numbered by the most partitions that there will be, where anybody uses them", async () => {
  const { runs } = await prepare({ on: ["kafka"], ...GROWING });
  expect(runs[0]!.plan.stream).toEqual({ partitions: 1, subscriptions: 1, grownTo: 4 });
  const ignored = await prepare({ on: ["kafka"], fault: GROWING.fault });
  expect(ignored.runs[0]!.plan.stream).not.toHaveProperty("grownTo");
  const none = await prepare({ on: ["kafka"], set: GROWING.set });
  expect(none.runs[0]!.plan.stream).not.toHaveProperty("grownTo");
});

it("what is not asked for is not in a plan", async () => {
  const { plan } = (await prepare({ on: ["rabbitmq"], set: [...KEYED, "message.keys.partitioner=murmur2"] }))
    .runs[0]!;
  expect(plan.message).not.toHaveProperty("urgent");
  expect(plan.message.keys).not.toHaveProperty("partitioner");
  expect(plan.consumers).not.toHaveProperty("parallel");
});

it("several producers: nothing is said of an order between them", async () => {
  const { runs } = await prepare({}, "ordering-publishers");
  for (const { plan } of runs) {
    expect(plan).toMatchObject({ producers: { count: 4 }, verify: { order: "full" } });
    expect(plan).not.toHaveProperty("prediction");
  }
});

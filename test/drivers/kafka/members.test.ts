import { Consumer } from "@platformatic/kafka";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { platformaticDriver } from "../../../src/drivers/kafka/platformatic/platformatic.ts";
import { until } from "../../support/until.ts";
import { idsOf } from "../contract/case.ts";
import { type ContractContext, openContext, type Receiver } from "../contract/context.ts";
import { kafkaClient } from "./client.ts";

const client = kafkaClient("platformatic", platformaticDriver);

/** Members of a group that hand partitions over while there is something to read: at least once, whoever has what. */
describe.each(["classic", "consumer"])("members of a group by the %s protocol", (group) => {
  let context: ContractContext;
  beforeEach(async () => {
    context = await openContext(client.target);
  });
  afterEach(() => context.close());

  const COUNT = 2000;
  const filled = async () => {
    const topology = await context.stream({ durability: "disk", partitions: 4 });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: COUNT });
    return topology;
  };
  const distinct = (receivers: readonly Receiver[]) => new Set(receivers.flatMap((r) => r.got.ids()));

  test("that come at the same time miss nothing", { timeout: 120_000 }, async () => {
    const topology = await filled();
    const receivers = await Promise.all(
      [0, 1, 2, 3].map(async (index) => {
        const driver = await client.driverWith(context, { group });
        return await context.consume(topology, { driver, index });
      }),
    );
    const seen = () => `${distinct(receivers).size} of ${COUNT}`;
    await until("every message", () => distinct(receivers).size === COUNT, 60_000, seen);
    expect([...distinct(receivers)].toSorted()).toEqual(idsOf(COUNT, 4).toSorted());
  });

  test("lose nothing when the group moves partitions before they listen", { timeout: 60_000 }, async () => {
    const topology = await context.stream({ durability: "disk" });
    const sender = await context.produce(topology);
    await sender.sendAll({ count: COUNT });
    const member = async (index: number) => {
      const driver = await client.driverWith(context, { group });
      return await context.consume(topology, { driver, index, answering: false, prefetch: COUNT });
    };
    const first = await member(0);
    const { consume } = Consumer.prototype;
    const moved = vi.spyOn(Consumer.prototype, "consume").mockImplementation(async function (
      this: Consumer,
      options,
    ) {
      const stream = await consume.call(this, options);
      // What the library does to its streams when something is revoked: of a stream that nobody listens to, all is gone.
      const has = () => this.assignments?.some(({ partitions }) => partitions.length > 0);
      void until("the group to give it something", () => has() === true).then(() => stream.pause().resume());
      return stream;
    } as typeof consume);
    context.defer(() => moved.mockRestore());
    // It waits for the group to give it something, which has nothing before the first one leaves.
    const second = member(1);
    await until("the second to join", () => moved.mock.settledResults.length > 0);
    await first.consumer.close();
    const { got } = await second;
    await got.reach(COUNT);
    expect(got.ids()).toEqual(idsOf(COUNT));
  });
});

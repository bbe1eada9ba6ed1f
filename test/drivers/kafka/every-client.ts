import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../support/until.ts";
import { assertEachOnce, idsOf } from "../contract/case.ts";
import { type ContractContext, openContext } from "../contract/context.ts";
import { setTopic } from "./admin.ts";
import type { KafkaClient } from "./client.ts";

/** What is true of Kafka, whichever client speaks to it. */
export function everyKafkaClient({ target, driverAt }: KafkaClient): void {
  describe(`${target.name}, as every client of Kafka`, () => {
    let context: ContractContext;
    beforeEach(async () => {
      context = await openContext(target);
    });
    afterEach(() => context.close());

    test("fails with the broker's code what is larger than the topic takes", async () => {
      const topology = await context.stream({ maxMessageBytes: 1000 });
      const sender = await context.produce(topology);
      await sender.sendAll({ count: 3, sizeBytes: (n) => (n === 1 ? 2 * 1024 ** 2 : 100) });
      expect(sender.book.counts()).toEqual({ acked: 2, failed: 1 });
      expect(sender.book.codes()).toEqual(["MESSAGE_TOO_LARGE"]);
    });

    test("fails what the topic's rules refuse, and goes on when they allow it", async () => {
      const topology = await context.stream({ durability: "disk" });
      const sender = await context.produce(topology);
      // A compacted topic takes nothing without a key.
      await setTopic(topology.name, "cleanup.policy", "compact");
      await until("a message to be refused", async () => {
        await sender.sendAll({ count: 1 });
        return sender.book.with("failed").size > 0;
      });
      expect(sender.book.codes()).toContain("INVALID_RECORD");
      await setTopic(topology.name, "cleanup.policy", "delete");
      const before = sender.book.with("acked").size;
      await until("messages to be taken again", async () => {
        await sender.sendAll({ count: 1 });
        return sender.book.with("acked").size > before;
      });
      expect(sender.book.counts().unknown).toBeUndefined();
    });

    test("reads the topic's settings back, and flushes each message for fsync only", async () => {
      const { options } = await context.driver.connect();
      await context.stream({ durability: "disk" });
      expect(options["topic.flush.messages"]).not.toBe("1");
      await context.stream({ durability: "fsync", maxMessageBytes: 3_000_000 });
      expect(options["topic.flush.messages"]).toBe("1");
      expect(Number(options["topic.max.message.bytes"])).toBeGreaterThan(3_000_000);
    });

    test("refuses options that it does not know", () => {
      expect(() => driverAt("127.0.0.1:1", { compression: "brotli" })).toThrow(/brotli/);
      expect(() => driverAt("127.0.0.1:1", { compresion: "gzip" })).toThrow(/compresion/);
    });
  });
}

/** What is true of the clients that send an unanswered request again only as another one. */
export function libraryKafkaClient({ target, openRoute }: KafkaClient): void {
  describe(`${target.name}, as a library's client`, () => {
    test("loses nothing acknowledged after an idempotent request had no answer", async ({
      onTestFinished,
    }) => {
      const context = await openContext(target);
      onTestFinished(() => context.close());
      const route = await openRoute(context);
      const topology = await context.stream({ durability: "disk" });
      const sender = await context.produce(topology, {
        driver: route.driver,
        idempotent: true,
        publishTimeoutNs: 1e9,
      });
      await sender.sendAll({ count: 10 });
      await route.hold();
      // These reach the broker, but nobody is told. What follows must not be taken for a copy of them.
      await sender.sendAll({ count: 30 });
      expect(sender.book.counts()).toEqual({ acked: 10, unknown: 30 });
      route.restore();
      await sender.sendAll({ count: 30 });
      expect(sender.book.counts()).toEqual({ acked: 40, unknown: 30 });
      const receiver = await context.consume(topology);
      await receiver.got.reach(70);
      assertEachOnce(idsOf(70), receiver);
    });
  });
}

import { expect, onTestFinished, test } from "vitest";
import { createAlarm } from "../../../src/drivers/kafka/wire/alarm.ts";
import {
  type ProduceAnswer,
  produceHead,
  readProduceAnswer,
} from "../../../src/drivers/kafka/wire/produce-request.ts";
import { until } from "../../support/until.ts";
import {
  bench,
  createBench,
  NOT_LEADER,
  outcomes,
  PER_BATCH,
  TIMED_OUT,
  TOO_LARGE,
} from "./wire-produce-engine.ts";

test("writes the head of a request as the protocol has it", () => {
  const head = produceHead({ clientId: "me", topic: "top", partition: 7, acks: -1, timeoutMs: 30_000 });
  expect(head.toString("hex")).toBe(
    [
      "00000000", // length, by the connection
      "0000" + "0007", // Produce, version 7
      "00000000", // correlation id, by the connection
      "0002" + "6d65", // client id
      "ffff", // no transaction
      "ffff", // acks
      "00007530", // time-out
      "00000001" + "0003" + "746f70", // one topic
      "00000001" + "00000007", // one partition
      "00000000", // length of the batch
    ].join(""),
  );
});

test.each([0, 1, -1] as const)("asks for acks=%i", (acks) => {
  const head = produceHead({ clientId: "", topic: "t", partition: 0, acks, timeoutMs: 1 });
  expect(head.readInt16BE(16)).toBe(acks);
});

test("refuses every answer that is shorter or longer than the layout says", () => {
  const whole = Buffer.alloc(44 + 1);
  whole.writeInt32BE(1, 0);
  whole.writeInt16BE(1, 4);
  const into: ProduceAnswer = { errorCode: -7, throttleMs: -7 };
  expect(readProduceAnswer(whole, 0, whole.length, 1, into)).toBe(true);
  expect(into).toEqual({ errorCode: 0, throttleMs: 0 });
  for (let end = 0; end < whole.length; end++) expect(readProduceAnswer(whole, 0, end, 1, into)).toBe(false);
  expect(readProduceAnswer(Buffer.alloc(60), 0, 60, 1, into)).toBe(false);
  expect(readProduceAnswer(Buffer.alloc(45), 0, 45, 1, into)).toBe(false);
});

test("has as many requests under way as it may, and settles each as a range", () => {
  const b = bench();
  expect(b.offer(20)).toBe(20);
  expect(b.sent).toHaveLength(5);
  for (let i = 0; i < 10; i++) b.reply(0);
  expect(b.settled.map((s) => s.count)).toEqual(new Array(10).fill(PER_BATCH));
  expect(outcomes(b)[9]).toBe("18+2 acked");
});

test("takes no more than may be in flight, and says once when there is room", () => {
  const b = bench({ maxInFlight: 6 });
  expect(b.offer(10)).toBe(6);
  expect(b.offer(1)).toBe(0);
  b.reply(0);
  expect(b.readies).toBe(1);
  b.reply(0);
  expect(b.readies).toBe(1);
});

test("does not linger when nothing can join the batch", () => {
  const b = bench({ maxInFlight: 3, lingerMs: 1e6 });
  b.offer(2);
  expect(b.sent).toHaveLength(0);
  b.offer(2);
  // The first is full, and goes; the other waits for the room that its answer makes.
  expect(b.sent.map((s) => s.count)).toEqual([2]);
  b.reply(0);
  expect(b.sent.map((s) => s.count)).toEqual([2, 1]);
});

test("without idempotence sends nothing twice, and tells failed from unknown", () => {
  const b = bench();
  b.offer(10);
  b.reply(0);
  b.reply(TOO_LARGE);
  b.reply(NOT_LEADER);
  b.cut();
  expect(outcomes(b)).toEqual(["0+2 acked", "2+2 failed", "4+2 unknown", "6+2 unknown", "8+2 unknown"]);
  expect(b.sent).toHaveLength(5);
  expect(b.stales).toBeGreaterThan(0);
});

test("an answer that cannot be read leaves the batch unknown", () => {
  const b = bench();
  b.offer(1);
  b.sent[0]!.answer.answered(Buffer.alloc(3), 0, 3);
  expect(b.settled).toEqual([{ from: 0, count: 1, outcome: "unknown", code: "BAD_ANSWER" }]);
});

test("is silent as long as the broker asks, and says so", async () => {
  const b = bench();
  b.offer(2);
  b.reply(0, 60);
  expect(b.events).toEqual(["throttled 60 ms"]);
  b.offer(2);
  expect(b.sent).toHaveLength(1);
  await until("the end of the silence", () => b.sent.length === 2);
  expect(performance.now()).toBeGreaterThanOrEqual(b.link.throttledUntilMs);
});

test("closing leaves everything unknown, once", () => {
  const b = createBench();
  b.offer(20);
  b.reply(0);
  b.engine.close();
  b.engine.close();
  expect(b.settled.filter((s) => s.outcome === "unknown").map((s) => s.count)).toEqual(
    new Array(9).fill(PER_BATCH),
  );
  expect(b.settled).toHaveLength(10);
});

test("an alarm rings at the soonest of its times, at once when that is over, and warns of nothing", async () => {
  const warnings: string[] = [];
  const hear = (warning: Error): unknown => warnings.push(warning.name);
  process.on("warning", hear);
  onTestFinished(() => void process.off("warning", hear));
  let rings = 0;
  const alarm = createAlarm(() => void rings++);
  onTestFinished(() => alarm.stop());
  alarm.set(performance.now() + 1e9);
  alarm.set(performance.now() - 100);
  await until("the ring", () => rings === 1);
  alarm.stop();
  alarm.set(0);
  expect(warnings).toEqual([]);
  expect(rings).toBe(1);
});

test("with retries and no idempotence, what was under way when a connection broke is sent again newest first", () => {
  const b = bench({ retries: 1 });
  b.offer(3 * PER_BATCH);
  b.cut();
  expect(b.settled).toEqual([]);
  b.engine.lanes[0]!.pausedUntilMs = 0;
  b.engine.pump();
  expect(b.sent.slice(3).map((s) => s.from)).toEqual([4, 2, 0]);
  for (let i = 0; i < 3; i++) b.reply(0);
  expect(outcomes(b).sort()).toEqual(["0+2 acked", "2+2 acked", "4+2 acked"]);
});

test("with retries and one request at a time nothing is overtaken", () => {
  const b = bench({ retries: 1, maxInFlightRequests: 1 });
  b.offer(3 * PER_BATCH);
  b.cut();
  b.engine.lanes[0]!.pausedUntilMs = 0;
  b.engine.pump();
  for (let i = 0; i < 3; i++) b.reply(0);
  expect(b.sent.map((s) => s.from)).toEqual([0, 0, 2, 4]);
});

test("what was tried as often as it may be is unknown, since any of the attempts may be stored", () => {
  const b = bench({ retries: 1 });
  b.offer(PER_BATCH);
  b.reply(TIMED_OUT);
  b.engine.lanes[0]!.pausedUntilMs = 0;
  b.engine.pump();
  b.cut();
  expect(outcomes(b)).toEqual(["0+2 unknown"]);
  expect(b.sent).toHaveLength(2);
});

test("an error that trying again will not mend is not tried again", () => {
  const b = bench({ retries: 5 });
  b.offer(PER_BATCH);
  b.reply(TOO_LARGE);
  expect(outcomes(b)).toEqual(["0+2 failed"]);
});

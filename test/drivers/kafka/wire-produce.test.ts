import { expect, onTestFinished, test } from "vitest";
import { createAlarm } from "../../../src/drivers/kafka/wire/alarm.ts";
import {
  type ProduceAnswer,
  produceHead,
  readProduceAnswer,
} from "../../../src/drivers/kafka/wire/produce-request.ts";
import { until } from "../../support/until.ts";
import { type Bench, createBench } from "./wire-produce-engine.ts";

const DUPLICATE = 46;
const OUT_OF_ORDER = 45;
const NOT_LEADER = 6;
const TOO_LARGE = 10;
const TIMED_OUT = 7;

/** 400 bytes hold two messages of 100 bytes. */
const PER_BATCH = 2;

function bench(wish: Parameters<typeof createBench>[0] = {}): Bench {
  const made = createBench(wish);
  onTestFinished(() => made.engine.close());
  return made;
}

const outcomes = ({ settled }: Bench) => settled.map((s) => `${s.from}+${s.count} ${s.outcome}`);
const sequences = ({ sent }: Bench) => sent.map((s) => `${s.producerId}.${s.epoch}:${s.baseSequence}`);

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

test("counts sequences through a partition's batches", () => {
  const b = bench({ idempotent: true });
  b.offer(7);
  expect(sequences(b)).toEqual(["100.0:0", "100.0:2", "100.0:4", "100.0:6"]);
});

test("has five batches of an idempotent partition under way at most", () => {
  const b = bench({ idempotent: true, maxInFlightRequests: 50 });
  b.offer(40);
  expect(b.sent).toHaveLength(5);
});

test("after a cut sends the same again in order, one after another, before anything newer", async () => {
  const b = bench({ idempotent: true });
  b.offer(8);
  b.cut();
  b.offer(2);
  expect(b.settled).toEqual([]);
  await until("the first again", () => b.sent.length === 5);
  // The first was stored, the others were not.
  b.reply(DUPLICATE);
  for (let i = 0; i < 4; i++) b.reply(0);
  expect(sequences(b).slice(4)).toEqual(["100.0:0", "100.0:2", "100.0:4", "100.0:6", "100.0:8"]);
  expect(outcomes(b)).toEqual(["0+2 acked", "2+2 acked", "4+2 acked", "6+2 acked", "8+2 acked"]);
});

test("after a leader is gone what followed out of order is no gap", async () => {
  const b = bench({ idempotent: true });
  b.offer(6);
  b.reply(NOT_LEADER);
  b.reply(OUT_OF_ORDER);
  b.reply(OUT_OF_ORDER);
  await until("the first again", () => b.sent.length === 4);
  b.reply(NOT_LEADER);
  await until("the first once more", () => b.sent.length === 5);
  for (let i = 0; i < 3; i++) b.reply(0);
  expect(sequences(b).slice(3)).toEqual(["100.0:0", "100.0:0", "100.0:2", "100.0:4"]);
  expect(outcomes(b)).toEqual(["0+2 acked", "2+2 acked", "4+2 acked"]);
  expect(b.renewals).toBe(0);
});

test("a gap at the head of the lane takes a new epoch; what may be stored is unknown", async () => {
  const b = bench({ idempotent: true });
  b.offer(6);
  b.reply(TIMED_OUT);
  b.reply(0);
  b.reply(0);
  await until("it again", () => b.sent.length === 4);
  b.offer(2);
  expect(sequences(b).slice(3)).toEqual(["100.0:0", "100.0:6"]);
  b.reply(OUT_OF_ORDER);
  b.reply(OUT_OF_ORDER);
  expect(outcomes(b)).toEqual(["2+2 acked", "4+2 acked", "0+2 unknown"]);
  await until("the newer one", () => b.sent.length === 6);
  expect(sequences(b)[5]).toBe("100.1:0");
  b.reply(0);
  expect(outcomes(b)[3]).toBe("6+2 acked");
});

test("what certainly was not stored goes under the new epoch, in order", async () => {
  const b = bench({ idempotent: true });
  b.offer(6);
  b.reply(TOO_LARGE);
  b.reply(OUT_OF_ORDER);
  b.reply(OUT_OF_ORDER);
  expect(outcomes(b)).toEqual(["0+2 failed"]);
  await until("the rest again", () => b.sent.length === 4);
  b.reply(0);
  b.reply(0);
  expect(sequences(b).slice(3)).toEqual(["100.1:0", "100.1:2"]);
  expect(outcomes(b)).toEqual(["0+2 failed", "2+2 acked", "4+2 acked"]);
});

/** Two are stored; of the next ten nobody is told, and the first of them is sent again. */
async function inDoubt(b: Bench): Promise<void> {
  b.offer(PER_BATCH);
  b.reply(0);
  b.offer(5 * PER_BATCH);
  b.cut();
  await until("the first again", () => b.sent.length === 7);
}

test("behind a broker that remembers the last batch only, that it has this one proves those before it", async () => {
  const b = bench({ idempotent: true });
  await inDoubt(b);
  for (let i = 0; i < 4; i++) b.reply(OUT_OF_ORDER);
  expect(outcomes(b)).toEqual(["0+2 acked"]);
  // As a broker answers to the copy of one that it remembers.
  b.reply(0);
  expect(sequences(b).slice(6)).toEqual(["100.0:2", "100.0:4", "100.0:6", "100.0:8", "100.0:10"]);
  expect(outcomes(b)).toEqual(["0+2", "2+2", "4+2", "6+2", "8+2", "10+2"].map((range) => `${range} acked`));
  expect(b.renewals).toBe(0);
});

test("where it has the last of them neither, there is a gap: all are unknown (control)", async () => {
  const b = bench({ idempotent: true });
  await inDoubt(b);
  b.offer(PER_BATCH);
  for (let i = 0; i < 6; i++) b.reply(OUT_OF_ORDER);
  expect(outcomes(b).slice(1)).toEqual(["2+2", "4+2", "6+2", "8+2", "10+2"].map((range) => `${range} unknown`));
  await until("the newer one again", () => b.sent.length === 13);
  expect(sequences(b).slice(11)).toEqual(["100.0:12", "100.1:0"]);
});

test("the first of a producer is proved by nothing: a broker that does not know it takes any sequence", async () => {
  const b = bench({ idempotent: true });
  b.offer(2 * PER_BATCH);
  b.cut();
  await until("the first again", () => b.sent.length === 3);
  b.reply(OUT_OF_ORDER);
  expect(outcomes(b)).toEqual(["0+2 unknown", "2+2 unknown"]);
});

test("what waits for a proof ends with its time, or with the producer", async () => {
  const [late, closed] = [bench({ idempotent: true }), createBench({ idempotent: true })];
  for (const b of [late, closed]) {
    await inDoubt(b);
    b.reply(OUT_OF_ORDER);
  }
  late.engine.abandon("OVER");
  late.cut();
  closed.engine.close();
  for (const b of [late, closed])
    expect(outcomes(b).slice(1).sort()).toEqual(
      ["10+2", "2+2", "4+2", "6+2", "8+2"].map((range) => `${range} unknown`),
    );
});

test("a refusal with nothing behind it leaves no gap", () => {
  const b = bench({ idempotent: true });
  b.offer(2);
  b.reply(TOO_LARGE);
  b.offer(2);
  expect(sequences(b)).toEqual(["100.0:0", "100.0:0"]);
  expect(b.renewals).toBe(0);
});

test("gives up what is older than the publish time-out, and what waits without a connection", async () => {
  const b = bench({ idempotent: true, publishTimeoutMs: 1 });
  b.offer(2);
  const sinceMs = performance.now();
  await until("its time to be over", () => performance.now() > sinceMs + 2);
  b.cut();
  expect(outcomes(b)).toEqual(["0+2 unknown"]);
  b.link.connection = undefined;
  b.offer(2);
  await until("the end of the wait", () => {
    b.engine.expire("BROKER_UNREACHABLE");
    return b.settled.length === 2;
  });
  expect(b.settled[1]).toMatchObject({ outcome: "failed", code: "BROKER_UNREACHABLE" });
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

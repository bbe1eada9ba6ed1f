import { expect, test } from "vitest";
import { until } from "../../support/until.ts";
import {
  type Bench,
  bench,
  createBench,
  NOT_LEADER,
  outcomes,
  PER_BATCH,
  TIMED_OUT,
  TOO_LARGE,
} from "./wire-produce-engine.ts";

const DUPLICATE = 46;
const OUT_OF_ORDER = 45;

const sequences = ({ sent }: Bench) => sent.map((s) => `${s.producerId}.${s.epoch}:${s.baseSequence}`);

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
  expect(outcomes(b).slice(1)).toEqual(
    ["2+2", "4+2", "6+2", "8+2", "10+2"].map((range) => `${range} unknown`),
  );
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

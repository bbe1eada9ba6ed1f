import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Arrivals } from "../../src/load/arrivals.ts";
import { createBody } from "../../src/load/body.ts";
import { Consuming } from "../../src/load/consuming.ts";
import { createStamp, ENVELOPE_BYTES, Reader } from "../../src/load/envelope.ts";
import { HeldBack } from "../../src/load/held-back.ts";
import { createRecorders, type RecordedName, type Recorders } from "../../src/load/metrics.ts";
import { Recorder } from "../../src/load/recorder.ts";
import type { ConsumersPlan, Plan } from "../../src/model/plan.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

const RUN = 9;
const SIZE = ENVELOPE_BYTES + 20;
const body = createBody(1, 0, 256);
const stamp = createStamp(RUN, body);
const START_NS = 1000;
const END_NS = 9000;

/** A consumer whose clock and deliveries are the test's. */
function setUp(o: { consumers?: Partial<ConsumersPlan>; offsets?: boolean }) {
  const plan: Plan = {
    ...SAMPLE_PLAN,
    stream: { partitions: 1, subscriptions: 1 },
    phases: { warmupNs: START_NS, measureNs: END_NS - START_NS, maxMessages: 0, drainNs: 0 },
    consumers: { ...SAMPLE_PLAN.consumers, ...o.consumers },
  };
  const time = { nowNs: 0 };
  const recorders = createRecorders();
  const arrivals = new Arrivals(1);
  const consuming = new Consuming("c", 1, arrivals, {
    plan,
    clock: { now: () => time.nowNs, setOrigin() {} },
    reader: new Reader(RUN, body),
    recorders,
    offsets: o.offsets ?? false,
    event() {},
  });
  const answers: number[] = [];
  const client = {
    answer: (tag: number) => void answers.push(tag),
    async flush() {},
    async close() {},
  };
  let tag = 0;
  const give = (sequence: number, intendedNs: number, sentNs: number, redelivered = 0): void => {
    const bytes = Buffer.alloc(SIZE);
    stamp.write(bytes, 0, SIZE, { lane: 0, sequence, intendedNs, sentNs, key: -1 });
    consuming.message(bytes, 0, SIZE, tag, 0, tag, redelivered);
    tag++;
  };
  return { consuming, arrivals, recorders, time, answers, client, give };
}

function content(r: Recorder) {
  const buckets: [number, number][] = [];
  r.buckets.forEach((n, i) => {
    if (n > 0) buckets.push([i, n]);
  });
  return { count: r.count, sum: r.sum, min: r.min, max: r.max, anomalies: r.anomalies, buckets };
}
const contents = (r: Recorders, names: readonly RecordedName[]) => names.map((name) => content(r[name]));

describe("Recorder.recordMany", () => {
  it("is as many records", () => {
    const value = fc.oneof(fc.double({ min: -10, max: 1e7, noNaN: true }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.nat(20))), (values) => {
        const many = new Recorder();
        const one = new Recorder();
        for (const [v, n] of values.map(([v, n]) => [Math.round(v), n] as const)) {
          if (n > 0) many.recordMany(v, n);
          for (let i = 0; i < n; i++) one.record(v);
        }
        expect(content(many)).toEqual(content(one));
        expect(many.sumOfSquares).toBeCloseTo(one.sumOfSquares, -3);
      }),
    );
  });
});

describe("HeldBack", () => {
  it("records the wait of each message, oldest first, as a list of them would", () => {
    const step = fc.oneof(
      fc.record({ arrive: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ take: fc.nat(50) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const held = new HeldBack();
        const list: number[] = [];
        const got = new Recorder();
        const want = new Recorder();
        steps.forEach((s, nowNs) => {
          if ("arrive" in s)
            for (let i = 0; i < s.arrive; i++) {
              held.add(nowNs);
              list.push(nowNs);
            }
          else {
            held.acknowledged(s.take, nowNs, 2, 8, got);
            for (const at of list.splice(0, s.take)) if (at >= 2 && at < 8) want.record(nowNs - at);
          }
          expect(held.count).toBe(list.length);
        });
        expect(content(got)).toEqual(content(want));
      }),
    );
  });
});

describe("Consuming", () => {
  it("records what a record for each first sight would, whoever shares times with whom", () => {
    const times = fc.constantFrom(0, 500, START_NS, 2000, END_NS - 1, END_NS);
    const message = fc.tuple(fc.nat(12), times, times);
    const batch = fc.tuple(times, fc.array(message, { maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 8 }), (batches) => {
        const { consuming, arrivals, recorders, time, client, give } = setUp({});
        consuming.attach(client);
        const want = createRecorders();
        const seen = new Set<number>();
        let inWindow = 0;
        for (const [receivedNs, messages] of batches) {
          time.nowNs = receivedNs;
          consuming.begin();
          for (const [sequence, intendedNs, sentNs] of messages) {
            give(sequence, intendedNs, sentNs);
            if (seen.has(sequence)) continue;
            seen.add(sequence);
            if (receivedNs >= START_NS && receivedNs < END_NS) inWindow++;
            if (intendedNs < START_NS || intendedNs >= END_NS) continue;
            want.e2e_service.record(receivedNs - sentNs);
            want.e2e_response.record(receivedNs - intendedNs);
          }
          consuming.end();
        }
        const names = ["e2e_service", "e2e_response"] as const;
        expect(contents(recorders, names)).toEqual(contents(want, names));
        expect(arrivals.counters.consumedInWindow).toBe(inWindow);
        expect(arrivals.counters.delivered).toBe(batches.reduce((n, [, m]) => n + m.length, 0));
      }),
    );
  });

  it.each([
    { offsets: false, acknowledgeEvery: 1, want: [[0, 1, 2, 3, 4, 5, 6]] },
    { offsets: false, acknowledgeEvery: 3, want: [[2, 5]] },
    { offsets: true, acknowledgeEvery: 1, want: [[6]] },
    { offsets: true, acknowledgeEvery: 3, want: [[5]] },
    { offsets: true, acknowledgeEvery: 8, want: [[]] },
  ])(
    "answers full groups of $acknowledgeEvery (offsets: $offsets)",
    ({ offsets, acknowledgeEvery, want }) => {
      const { consuming, recorders, time, answers, client, give } = setUp({
        consumers: { acknowledgeEvery },
        offsets,
      });
      consuming.attach(client);
      time.nowNs = START_NS;
      consuming.begin();
      for (let s = 0; s < 7; s++) give(s, START_NS, START_NS);
      time.nowNs += 50;
      consuming.end();
      expect([answers]).toEqual(want);
      const inGroups = Math.floor(7 / acknowledgeEvery) * acknowledgeEvery;
      expect(recorders.acknowledge.count).toBe(inGroups);
      // What was held back is answered when its time has come, once.
      consuming.answerHeldBack();
      consuming.answerHeldBack();
      expect(answers.at(-1)).toBe(6);
      expect(recorders.acknowledge.count).toBe(7);
      if (offsets) expect([recorders.acknowledge.min, recorders.acknowledge.max]).toEqual([50, 50]);
    },
  );

  it("counts groups on over batches, and keeps what comes before the client is known", () => {
    const { consuming, recorders, time, answers, client, give } = setUp({
      consumers: { acknowledgeEvery: 4 },
      offsets: true,
    });
    time.nowNs = START_NS;
    consuming.begin();
    for (let s = 0; s < 5; s++) give(s, START_NS, START_NS);
    consuming.end();
    expect(answers).toEqual([]);
    consuming.attach(client);
    expect(answers).toEqual([4]);
    for (let s = 5; s < 12; s++) {
      consuming.begin();
      give(s, START_NS, START_NS);
      consuming.end();
    }
    expect(answers).toEqual([4, 8]);
    consuming.answerHeldBack();
    expect(answers).toEqual([4, 8, 11]);
    expect(recorders.acknowledge.count).toBe(12);
  });
});

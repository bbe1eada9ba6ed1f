import { expect, it } from "vitest";
import { ProcessingOrder } from "../../src/load/processing-order.ts";
import { addDisplacement, displacementAt, type LogOrder, laneOrder } from "../../src/model/order.ts";
import { PLAIN } from "../../src/report/style.ts";
import { orderLines } from "../../src/report/text-order.ts";
import { type OrderEvidence, orderOf } from "../../src/verify/order.ts";
import { Records } from "../../src/verify/records.ts";
import { sampleRun } from "../fixtures/run.ts";

const [SUBSCRIPTION] = sampleRun().subscriptions;

function read(...sequences: number[]): Records {
  const records = new Records(1);
  for (const sequence of sequences) records.add(0, sequence);
  return records;
}

it.each([
  { what: "in order", log: [0, 1, 2, 3], late: 0, copied: 0, max: 0 },
  { what: "a gap is not late", log: [0, 1, 5, 6], late: 0, copied: 0, max: 0 },
  { what: "two swapped", log: [0, 2, 1, 3], late: 1, copied: 0, max: 1 },
  { what: "one copied at once", log: [0, 1, 1, 2], late: 0, copied: 1, max: 0 },
  { what: "one copied later is no late one", log: [0, 1, 2, 0], late: 0, copied: 1, max: 0 },
  { what: "newest first", log: [4, 3, 2, 1, 0], late: 4, copied: 0, max: 4 },
  { what: "a late one and its copy", log: [0, 3, 1, 1, 2], late: 2, copied: 1, max: 2 },
])("a log: $what", ({ log, late, copied, max }) => {
  const records = read(...log);
  expect(records.order).toMatchObject({ late, maxDisplacement: max, messages: new Set(log).size });
  expect(records).toMatchObject({ copied, records: log.length, unique: new Set(log).size });
});

it("tells late, copied and foreign ones apart over the border of a page, with examples", () => {
  const records = new Records(2);
  for (let i = 0; i < 70_000; i++) if (i !== 65_535) records.add(1, i);
  records.add(1, 65_535);
  records.add(1, 65_536);
  records.add(7, 1);
  records.other("foreign");
  expect(records.order).toMatchObject({ late: 1, maxDisplacement: 69_999 - 65_535 });
  expect(records.lateExamples).toEqual([[1, 65_535]]);
  expect(records.copiedExamples).toEqual([[1, 65_536]]);
  expect(records).toMatchObject({ records: 70_003, unique: 70_001, foreign: 1, corrupt: 0 });
});

it("displacements are told by powers of two, and never above the largest", () => {
  const buckets: number[] = [];
  for (const d of [1, 1, 1, 2, 3, 100]) addDisplacement(buckets, d);
  expect(buckets).toEqual([3, 2, 0, 0, 0, 0, 1]);
  expect(displacementAt(buckets, 0.5, 100)).toBe(1);
  expect(displacementAt(buckets, 0.8, 100)).toBe(3);
  expect(displacementAt(buckets, 0.99, 100)).toBe(100);
  expect(displacementAt([], 0.5, 0)).toBe(0);
});

const log = (late: number): LogOrder => ({
  ...laneOrder(100, late === 0 ? 0 : 1, late === 0 ? [] : [late]),
  copied: 0,
});

function evidence(change: Partial<OrderEvidence>, late: number, byRedelivery = 0): OrderEvidence {
  const maxDisplacement = late === 0 ? 0 : 1;
  return {
    subscriptions: [
      {
        ...SUBSCRIPTION!,
        reordered: late - byRedelivery,
        reorderedByRedelivery: byRedelivery,
        maxDisplacement,
      },
    ],
    displacements: [late === 0 ? [] : [late]],
    processing: [undefined],
    log: undefined,
    isKeyed: true,
    isOneProducer: true,
    ...change,
  };
}

it.each([
  { log: log(0), late: 0, by: 0, side: "nowhere" },
  { log: log(3), late: 3, by: 0, side: "producer" },
  // Who did not come to the end of the log saw less of it.
  { log: log(3), late: 2, by: 0, side: "producer" },
  { log: log(0), late: 2, by: 0, side: "consumer" },
  { log: log(3), late: 5, by: 2, side: "both" },
  { log: undefined, late: 2, by: 2, side: "consumer" },
  { log: undefined, late: 2, by: 1, side: "unknown" },
  { log: undefined, late: 0, by: 0, side: "nowhere" },
])("order broke at: $side", ({ log: read, late, by, side }) => {
  expect(orderOf(evidence({ log: read }, late, by)).brokeAt).toBe(side);
});

it("the order of processing is known by lane, by key and over all lanes", () => {
  const order = new ProcessingOrder(2, 2);
  order.add(0, 0, 7, 10);
  order.add(0, 2, 8, 30);
  order.add(1, 0, 9, 20); // due before the one that came before, in another lane
  order.add(0, 1, 7, 20); // late in its lane, not for its key
  order.add(0, 4, 7, 50);
  order.add(0, 3, 7, 40); // late for its key, too
  expect(order.counters).toMatchObject({
    messages: 6,
    displacements: [2],
    maxDisplacement: 1,
    keysSeen: 3,
    keysHit: 1,
    keyLate: 1,
    globalLate: 3,
    globalMaxBehindNs: 10,
  });
  const { processing } = orderOf(evidence({ processing: [order.counters] }, 0));
  expect(processing).toMatchObject([
    { late: 2, keys: { seen: 3, hit: 1, late: 1 }, global: { late: 3, maxBehindNs: 10 } },
  ]);
  expect(orderOf(evidence({ processing: [order.counters] }, 0)).brokeAt).toBe("consumer");
  expect(orderOf(evidence({ log: log(0), processing: [order.counters] }, 0)).brokeAt).toBe("consumer");
  const several = orderOf(
    evidence({ processing: [order.counters], isOneProducer: false, isKeyed: false }, 0),
  );
  expect(several.processing?.[0]).not.toHaveProperty("global");
  expect(several.processing?.[0]).not.toHaveProperty("keys");
});

it("a key that goes on in another partition is judged by the times at which its messages were due", () => {
  const order = new ProcessingOrder(4, 2);
  order.add(0, 0, 7, 10);
  order.add(1, 0, 7, 40); // the key goes on in the other partition
  order.add(0, 1, 7, 20); // in order in its own, behind the other
  order.add(0, 2, 7, 50);
  order.add(1, 1, 8, 60);
  order.add(2, 0, 8, 30); // another producer's: not late, but the same key in another partition
  expect(order.counters).toMatchObject({
    displacements: [],
    keysSeen: 2,
    keysHit: 1,
    keyLate: 1,
    keyMaxBehindNs: 20,
    keysSplit: 2,
  });
});

it("a report tells order where something was late or asked for, and nothing elsewhere", () => {
  expect(orderLines(sampleRun({ order: orderOf(evidence({}, 0)) }), PLAIN)).toEqual([]);
  const text = orderLines(
    sampleRun({
      order: orderOf(evidence({ log: log(3) }, 3)),
      reread: {
        kind: "log",
        because: "some were lost",
        records: 101,
        unique: 100,
        copied: 1,
        foreign: 0,
        corrupt: 0,
        tookNs: 12e6,
        absent: [{ subscription: "sub-0", stored: 2, gone: 5 }],
      },
    }),
    PLAIN,
  ).join("\n");
  expect(text).toMatch(/log +100 +3 +1 +1 +1/);
  expect(text).toContain("on the producer's side");
  expect(text).toMatch(/101 records in\s+12.0ms, 100 messages, 1 copy\n/);
  expect(text).toMatch(/still has 2 and\s+has lost 5/);
});

import { expect, it } from "vitest";
import { readSights, SIGHT_FIELDS, SightLog, type Sights } from "../../src/load/sight-log.ts";
import { mergedOrder } from "../../src/run/merged-order.ts";

/** [lane, sequence, key, due, done] of each, shipped in parts of `size`. */
function shipped(rows: readonly (readonly [number, number, number, number, number])[], size = 2): Sights[] {
  const log = new SightLog();
  const parts: Sights[] = [];
  rows.forEach((row, i) => {
    log.add(...row);
    if (i % size === size - 1) parts.push(readSights(log.take(3)!));
  });
  const rest = log.take(3);
  return rest === undefined ? parts : [...parts, readSights(rest)];
}

it("what agents did is merged by the times at which it was done", () => {
  const one = shipped([
    [0, 0, 7, 0, 10],
    [0, 3, 7, 30, 40],
    [0, 4, 7, 40, 60],
  ]);
  const other = shipped([
    [0, 1, 7, 10, 20],
    [0, 2, 8, 20, 50], // behind number 3, which the first agent had done
    [0, 4, 7, 40, 70], // done before by the first agent: a repeat
  ]);
  expect(one.map(({ rows }) => rows.length / SIGHT_FIELDS)).toEqual([2, 1]);
  expect(one[0]).toMatchObject({ subscription: 3, isCut: false });
  const order = mergedOrder(new Map(Object.entries({ one, other })), 1, 1);
  expect(order).toMatchObject({
    messages: 5,
    displacements: [1],
    maxDisplacement: 1,
    keysSeen: 2,
    keyLate: 0,
    globalLate: 1,
    globalMaxBehindNs: 10,
  });
});

it("each agent by itself is in order, and both together are not", () => {
  const even = shipped([0, 2, 4, 6].map((n) => [0, n, -1, n, 10 + n] as const));
  const odd = shipped([1, 3, 5, 7].map((n) => [0, n, -1, n, 20 + n] as const));
  const late = (agents: Record<string, Sights[]>) =>
    mergedOrder(new Map(Object.entries(agents)), 1, 1).displacements.reduce((a, b) => a + b, 0);
  expect(late({ even })).toBe(0);
  expect(late({ odd })).toBe(0);
  expect(late({ even, odd })).toBe(3);
});

it("nothing is said of what came after the log of an agent was full", () => {
  const full = shipped([[0, 0, -1, 0, 10]]).map((part) => ({ ...part, isCut: true }));
  const other = shipped([
    [0, 2, -1, 20, 5],
    [0, 1, -1, 10, 30],
  ]);
  expect(mergedOrder(new Map(Object.entries({ full, other })), 1, 1)).toMatchObject({
    messages: 2,
    displacements: [0, 1],
  });
});

it("a log is full after a million, and says so", () => {
  const log = new SightLog();
  for (let n = 0; n < 1_000_000; n++) log.add(0, n, -1, n, n);
  expect(readSights(log.take(0)!).isCut).toBe(false);
  expect(log.take(0)).toBeUndefined();
  log.add(0, 1_000_000, -1, 0, 0);
  expect(readSights(log.take(0)!)).toMatchObject({ isCut: true, rows: new Float64Array(0) });
  expect(log.take(0)).toBeUndefined();
});

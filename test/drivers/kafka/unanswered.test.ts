import fc from "fast-check";
import { expect, test } from "vitest";
import { createUnanswered } from "../../../src/drivers/kafka/unanswered.ts";

const step = fc.oneof(
  fc.record({ deliver: fc.integer({ min: 0, max: 2 }), many: fc.integer({ min: 1, max: 700 }) }),
  fc.record({ answer: fc.nat(4000), upTo: fc.boolean() }),
);

test("knows how far each partition is answered without a gap, as a list of all deliveries would", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const unanswered = createUnanswered();
      const list: { partition: number; offset: number; done: boolean }[] = [];
      const committed = new Map<number, number>();
      const next = [0, 0, 0];
      for (const one of steps) {
        if ("deliver" in one)
          for (let i = 0; i < one.many; i++) {
            const offset = next[one.deliver]!++;
            expect(unanswered.deliver(one.deliver, offset)).toBe(list.length);
            list.push({ partition: one.deliver, offset, done: false });
          }
        else {
          unanswered.answer(one.answer, one.upTo);
          if (one.answer < list.length)
            for (let tag = one.upTo ? 0 : one.answer; tag <= one.answer; tag++) list[tag]!.done = true;
        }
        for (const [partition, offset] of unanswered.takeMoved()) committed.set(partition, offset);
        expect(unanswered.count).toBe(list.filter((d) => !d.done).length);
        for (const partition of [0, 1, 2]) {
          const open = list.find((d) => d.partition === partition && !d.done);
          expect(committed.get(partition) ?? 0).toBe(open?.offset ?? next[partition]);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("never goes back when offsets are delivered again, and says again what was put back", () => {
  const unanswered = createUnanswered();
  for (const offset of [0, 1, 2, 1, 2]) unanswered.deliver(0, offset);
  unanswered.answer(2, true);
  const moved = unanswered.takeMoved();
  expect(moved).toEqual([[0, 3]]);
  expect(unanswered.takeMoved()).toEqual([]);
  unanswered.putBack(moved);
  unanswered.answer(3, false);
  expect(unanswered.takeMoved()).toEqual([[0, 3]]);
});

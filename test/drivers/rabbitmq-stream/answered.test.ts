import fc from "fast-check";
import { expect, test } from "vitest";
import { Answered } from "../../../src/drivers/rabbitmq/stream/answered.ts";

test("the offset that may be stored is the last one before the oldest unanswered of its partition", () => {
  const deliveries = fc.array(fc.record({ partition: fc.nat(2), gap: fc.nat(3) }), {
    minLength: 1,
    maxLength: 3000,
  });
  const answers = fc.array(fc.record({ tag: fc.nat(3000), upTo: fc.boolean() }), { maxLength: 200 });
  fc.assert(
    fc.property(deliveries, answers, (given, said) => {
      const answered = new Answered(3);
      const next = [0, 0, 0];
      const open = given.map(({ partition, gap }, tag) => {
        const offset = next[partition]! + gap;
        next[partition] = offset + 1;
        expect(answered.deliver(partition, offset)).toBe(tag);
        return { partition, offset, isOpen: true };
      });
      const stored = new Map<number, number>();
      for (const { tag, upTo } of said) {
        answered.answer(tag, upTo);
        open.forEach((one, t) => {
          if (tag < open.length && (t === tag || (upTo && t < tag))) one.isOpen = false;
        });
        for (const [partition, offset] of answered.takeMoved()) stored.set(partition, offset);
      }
      expect(answered.unanswered).toBe(open.filter((one) => one.isOpen).length);
      for (const partition of [0, 1, 2]) {
        const mine = open.filter((one) => one.partition === partition);
        const gap = mine.findIndex((one) => one.isOpen);
        const done = gap < 0 ? mine.length : gap;
        expect(stored.get(partition)).toBe(done === 0 ? undefined : mine[done - 1]!.offset);
      }
    }),
    { numRuns: 60 },
  );
});

test("what could not be stored is to be stored again", () => {
  const answered = new Answered(1);
  answered.answer(answered.deliver(0, 7), false);
  const moved = answered.takeMoved();
  expect(moved).toEqual([[0, 7]]);
  expect(answered.takeMoved()).toEqual([]);
  answered.putBack(moved);
  expect(answered.takeMoved()).toEqual([[0, 7]]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createUnanswered } from "../../../src/drivers/kafka/unanswered.ts";

type Step =
  | { readonly kind: "deliver"; readonly partition: number; readonly count: number; readonly gap: number }
  | { readonly kind: "answer"; readonly at: number; readonly upTo: boolean }
  | { readonly kind: "take" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("deliver" as const),
    partition: fc.nat(2),
    count: fc.integer({ min: 1, max: 40 }),
    gap: fc.constantFrom(0, 0, 0, 2),
  }),
  fc.record({ kind: fc.constant("answer" as const), at: fc.nat(), upTo: fc.boolean() }),
  fc.record({ kind: fc.constant("answer" as const), at: fc.nat(), upTo: fc.constant(false) }),
  fc.record({ kind: fc.constant("take" as const) }),
);

/** What the ledger is to say, from a list of all deliveries. */
function eachDelivery() {
  const list: { readonly partition: number; readonly offset: number; done: boolean }[] = [];
  const told = new Map<number, number>();
  return {
    get count() {
      return list.filter((d) => !d.done).length;
    },
    deliver(partition: number, offset: number): void {
      if (!told.has(partition)) told.set(partition, offset);
      list.push({ partition, offset, done: false });
    },
    answer(tag: number, upTo: boolean): void {
      if (tag >= list.length) return;
      for (let t = upTo ? 0 : tag; t <= tag; t++) if (list[t]) list[t]!.done = true;
    },
    takeMoved(): readonly (readonly [partition: number, offset: number])[] {
      return [...told].flatMap(([partition, before]) => {
        const own = list.filter((d) => d.partition === partition);
        const offset = own.find((d) => !d.done)?.offset ?? own.at(-1)!.offset + 1;
        told.set(partition, Math.max(before, offset));
        return offset > before ? [[partition, offset] as const] : [];
      });
    },
  };
}

describe("the ledger of deliveries", () => {
  test("counts and commits as the one that knows each delivery does", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const ledger = createUnanswered();
        const model = eachDelivery();
        const next = [0, 0, 0];
        let tags = 0;
        /** Offsets that were to be committed, with gaps at their ends passed over. */
        const [got, want] = [new Map<number, number>(), new Map<number, number>()];
        const take = (): void => {
          for (const [partition, offset] of ledger.takeMoved()) got.set(partition, offset);
          for (const [partition, offset] of model.takeMoved()) want.set(partition, offset);
          for (const [partition, offset] of want) {
            const ours = got.get(partition) ?? -1;
            // A gap that follows belongs to nobody: either side of it says the same.
            expect(ours === offset || ours === offset + 2).toBe(true);
          }
        };
        for (const one of steps) {
          if (one.kind === "take") take();
          else if (one.kind === "answer") {
            const tag = tags === 0 ? 0 : one.at % (tags + 2);
            ledger.answer(tag, one.upTo);
            model.answer(tag, one.upTo);
          } else {
            next[one.partition]! += one.gap;
            for (let i = 0; i < one.count; i++) {
              const offset = next[one.partition]!++;
              expect(ledger.deliver(one.partition, offset)).toBe(tags);
              model.deliver(one.partition, offset);
              tags++;
            }
          }
          expect(ledger.count).toBe(model.count);
        }
        ledger.answer(tags - 1, true);
        model.answer(tags - 1, true);
        take();
        expect(ledger.count).toBe(0);
        expect([...got].sort()).toEqual([...want].sort());
      }),
      { numRuns: 500 },
    );
  });

  test("commits behind what was passed over, but not before all in front of it is answered", () => {
    const ledger = createUnanswered();
    for (const offset of [10, 11, 12]) ledger.deliver(4, offset);
    ledger.passed(4, 20);
    expect(ledger.takeMoved()).toEqual([]);
    ledger.answer(1, true);
    expect(ledger.takeMoved()).toEqual([[4, 12]]);
    ledger.answer(2, false);
    expect(ledger.takeMoved()).toEqual([[4, 20]]);
    ledger.passed(4, 20);
    expect(ledger.takeMoved()).toEqual([]);
    ledger.deliver(4, 25);
    ledger.answer(3, false);
    expect(ledger.takeMoved()).toEqual([[4, 26]]);
  });

  test("forgets what is answered, however much comes", () => {
    const ledger = createUnanswered();
    for (let i = 0; i < 200_000; i++) {
      const tag = ledger.deliver(i % 7, Math.floor(i / 7));
      if (tag % 10 === 9) ledger.answer(tag, true);
    }
    expect(ledger.count).toBe(0);
    expect(ledger.takeMoved()).toHaveLength(7);
  });

  test("tells again what could not be committed, as it is then", () => {
    const ledger = createUnanswered();
    ledger.deliver(0, 0);
    ledger.deliver(0, 1);
    ledger.answer(0, false);
    const moved = ledger.takeMoved();
    ledger.answer(1, false);
    ledger.putBack(moved);
    expect(ledger.takeMoved()).toEqual([[0, 2]]);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outcomes } from "../../../src/drivers/driver.ts";
import { ConfirmWindow } from "../../../src/drivers/rabbitmq/confirm-window.ts";
import { Unanswered } from "../../../src/drivers/rabbitmq/unanswered.ts";

type Range = { lane: number; from: number; count: number; outcome: string };

function recording() {
  const ranges: Range[] = [];
  const on: Outcomes = {
    settled: (lane, from, count, outcome) => ranges.push({ lane, from, count, outcome }),
    settledList: () => {},
    ready: () => {},
    event: () => {},
  };
  return { ranges, on };
}

/** Publishes `count` messages to the partitions in turn; tag n is sequence (n - 1) / partitions. */
function filled(count: number, partitions: number, on: Outcomes): ConfirmWindow {
  const window = new ConfirmWindow(count, partitions, on);
  for (let n = 0; n < count; n++)
    window.push(10 + (n % partitions), n % partitions, Math.floor(n / partitions));
  return window;
}

describe("the confirm window", () => {
  test.each([
    [
      "one by one",
      (w: ConfirmWindow) => [1, 2].map((t) => w.confirm(t, false, "acked")),
      ["10:0+1", "11:0+1"],
    ],
    [
      "many at once, as one range for each lane",
      (w: ConfirmWindow) => w.confirm(6, true, "acked"),
      ["10:0+3", "11:0+3"],
    ],
    [
      "with a hole that was confirmed before",
      (w: ConfirmWindow) => {
        w.confirm(3, false, "acked");
        w.confirm(6, true, "acked");
      },
      ["10:1+1", "10:0+1", "10:2+1", "11:0+3"],
    ],
    [
      "twice, which counts once",
      (w: ConfirmWindow) => [1, 1].map((t) => w.confirm(t, false, "acked")),
      ["10:0+1"],
    ],
    ["beyond what was published", (w: ConfirmWindow) => w.confirm(99, true, "acked"), ["10:0+3", "11:0+3"]],
  ])("settles what is confirmed %s", (_, act, want) => {
    const { ranges, on } = recording();
    act(filled(6, 2, on));
    expect(ranges.map((r) => `${r.lane}:${r.from}+${r.count}`)).toEqual(want);
  });

  test("settles what came back as failed, although the broker acknowledges it", () => {
    const { ranges, on } = recording();
    const window = filled(5, 1, on);
    window.markReturned(3);
    window.confirm(5, true, "acked");
    expect(ranges).toEqual([
      { lane: 10, from: 2, count: 1, outcome: "failed" },
      { lane: 10, from: 0, count: 2, outcome: "acked" },
      { lane: 10, from: 3, count: 2, outcome: "acked" },
    ]);
  });

  test("settles every message once with its outcome, whatever the broker confirms in which order", () => {
    const confirms = fc.array(
      fc.record({
        do: fc.constantFrom("push", "push", "push", "ack", "nack", "return"),
        multiple: fc.boolean(),
        back: fc.nat(12),
      }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(confirms, fc.integer({ min: 1, max: 3 }), (steps, partitions) => {
        const { ranges, on } = recording();
        const window = new ConfirmWindow(8, partitions, on);
        const want = new Map<number, string>();
        const returned = new Set<number>();
        let published = 0;
        const outcomeOf = (tag: number, outcome: string) => (returned.has(tag) ? "failed" : outcome);
        const end = (tag: number, multiple: boolean, outcome: string) => {
          for (let t = multiple ? 1 : tag; t <= tag; t++)
            if (!want.has(t)) want.set(t, outcomeOf(t, outcome));
        };
        for (const step of steps) {
          const tag = Math.max(1, published - step.back);
          if (step.do === "push") {
            if (!window.hasRoom()) continue;
            window.push(published % partitions, published % partitions, Math.floor(published / partitions));
            published += 1;
          } else if (published === 0) continue;
          else if (step.do === "return") {
            window.markReturned(tag);
            if (!want.has(tag)) returned.add(tag);
          } else {
            const outcome = step.do === "ack" ? "acked" : "unknown";
            window.confirm(tag, step.multiple, outcome);
            end(tag, step.multiple, outcome);
          }
        }
        window.settleAll("unknown");
        end(published, true, "unknown");
        const got = new Map<number, string>();
        for (const { lane, from, count, outcome } of ranges)
          for (let s = from; s < from + count; s++) {
            const tag = s * partitions + lane + 1;
            expect(got.has(tag)).toBe(false);
            got.set(tag, outcome);
          }
        expect(new Map([...got].sort(([a], [b]) => a - b))).toEqual(
          new Map([...want].filter(([t]) => t <= published).sort(([a], [b]) => a - b)),
        );
        expect(window.inFlight).toBe(0);
      }),
    );
  });
});

describe("the unanswered deliveries", () => {
  test("are those that nobody answered, however many there are", () => {
    const steps = fc.array(fc.record({ answer: fc.boolean(), upTo: fc.boolean(), back: fc.nat(40) }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (list) => {
        const unanswered = new Unanswered(2);
        const open = new Set<number>();
        let next = 0;
        for (const { answer, upTo, back } of list) {
          for (let i = 0; i < 30; i++) {
            unanswered.push(next % 2);
            open.add(next++);
          }
          if (!answer) continue;
          const tag = next - 1 - back;
          if (upTo) {
            const below = [...open].filter((t) => t <= tag);
            expect(unanswered.takeUpTo(tag)).toBe(below.at(-1) ?? -1);
            for (const t of below) open.delete(t);
          } else expect(unanswered.take(tag)).toBe(open.delete(tag));
        }
        const odd = [...open].filter((t) => t % 2 === 1).length;
        expect([...unanswered.perPartition]).toEqual([open.size - odd, odd]);
      }),
      { numRuns: 50 },
    );
  });
});

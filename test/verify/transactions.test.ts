import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LanePages } from "../../src/load/pages.ts";
import type { Plan } from "../../src/model/plan.ts";
import { BitPages } from "../../src/verify/bit-pages.ts";
import { judgeEffects } from "../../src/verify/effects.ts";
import { type Judgement, judge } from "../../src/verify/judge.ts";
import { Ledger } from "../../src/verify/ledger.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";
import { NO_SUMS } from "./sums.ts";

const PLAN: Plan = {
  ...SAMPLE_PLAN,
  stream: { partitions: 2, subscriptions: 1 },
  producers: { ...SAMPLE_PLAN.producers, count: 1, transaction: { messages: 100, abort: 0.25 } },
  consumers: { ...SAMPLE_PLAN.consumers, isolation: "committed" },
};

type End = "acked" | "failed" | "unknown";

/** One producer's transactions of 50 messages in each of two lanes, ended so. */
function transacted(ends: readonly End[]): Ledger {
  const ledger = new Ledger(2, ["s"]);
  for (const lane of [0, 1]) {
    ledger.offered(lane, ends.length * 50);
    ends.forEach((end, i) => {
      ledger.began(lane, i * 50, i);
      ledger.settled(lane, i * 50, 50, end);
    });
  }
  return ledger;
}

/** Delivers to the subscription all messages but those that `isAbsent` says. */
function deliver(ledger: Ledger, count: number, isAbsent: (lane: number, sequence: number) => boolean) {
  let delivered = 0;
  for (const lane of [0, 1]) {
    const pages = new LanePages();
    for (let sequence = 0; sequence < count; sequence++)
      if (!isAbsent(lane, sequence)) {
        pages.mark(sequence, false);
        delivered++;
      }
    pages.take((p) =>
      ledger.arrived(0, lane, p.number, p.low, p.fresh.subarray(p.low, p.high + 1), undefined),
    );
  }
  return delivered;
}

function judged(ledger: Ledger, delivered: number, plan = PLAN, settled = true): Judgement {
  const sums = { ...NO_SUMS, delivered };
  return judge({
    plan,
    totals: ledger.totals,
    verdicts: ledger.verdict([sums]),
    reorderedExamples: [[]],
    lateAnswers: 0,
    bytesOffered: 0,
    settled,
    ordered: true,
    ...(plan.producers.transaction === undefined ? {} : { transactions: ledger.transactions() }),
  });
}

const codes = (j: Judgement): unknown[] => j.findings.map((f) => [f.code, f.severity, f.count]);

describe("transactions as a whole", () => {
  const ENDS: readonly End[] = ["acked", "failed", "unknown", "acked"];
  const within = (from: number) => (_: number, sequence: number) => sequence >= from && sequence < from + 50;

  it("that were committed and seen, aborted and not seen, are nothing to speak of", () => {
    const ledger = transacted(ENDS);
    const j = judged(ledger, deliver(ledger, 200, within(50)));
    expect(j.closes).toBe(true);
    expect(j.transactions).toEqual({ total: 4, committed: 2, aborted: 1, unknown: 1 });
    expect(j.counts).toMatchObject({ abortedRead: 0, torn: 0, phantom: 0, lost: 0, recovered: 100 });
    expect(codes(j)).toEqual([
      ["RECOVERED", "info", 100],
      ["ABORTED", "info", 100],
      ["PUBLISH_UNKNOWN", "warn", 100],
    ]);
  });

  it("a planted message of an aborted one is found and named, not called a phantom", () => {
    const ledger = transacted(ENDS);
    const delivered = deliver(ledger, 200, (lane, s) => within(50)(lane, s) && !(lane === 1 && s === 77));
    const j = judged(ledger, delivered);
    expect(j.counts).toMatchObject({ abortedRead: 1, phantom: 0, torn: 0 });
    expect(j.findings.find((f) => f.code === "ABORTED_READ")).toMatchObject({
      severity: "fail",
      count: 1,
      examples: [{ producer: 0, partition: 1, sequence: 77 }],
    });
  });

  it("without transactions in the plan the same message is a phantom", () => {
    const ledger = transacted(ENDS);
    const { transaction: _, ...producers } = PLAN.producers;
    const j = judged(
      ledger,
      deliver(ledger, 200, (l, s) => !(l === 0 && s === 60)),
      {
        ...PLAN,
        producers,
      },
    );
    expect(j.counts.phantom).toBe(1);
    expect(j.counts).not.toHaveProperty("abortedRead");
  });

  it.each([
    ["a committed one with a message left out", (lane: number, s: number) => lane === 0 && s === 160, 1],
    [
      "a committed one with one of its partitions left out",
      (lane: number, s: number) => lane === 0 && s >= 150,
      1,
    ],
    [
      "one of unknown end with one message seen",
      (lane: number, s: number) => s >= 100 && s < 150 && !(lane === 0 && s === 120),
      1,
    ],
    ["two", (_: number, s: number) => s === 0 || s === 199, 2],
    ["a committed one that is absent as a whole: lost, not torn", (_: number, s: number) => s >= 150, 0],
    ["one of unknown end that is absent as a whole", (_: number, s: number) => s >= 100 && s < 150, 0],
  ])("torn: %s", (_, isAbsent, torn) => {
    const ledger = transacted(ENDS);
    const isAborted = within(50);
    const absent = (lane: number, s: number): boolean => isAborted(lane, s) || isAbsent(lane, s);
    const delivered = deliver(ledger, 200, absent);
    const j = judged(ledger, delivered);
    expect(j.counts.torn).toBe(torn);
    const found = j.findings.find((f) => f.code === "TORN");
    expect(found?.examples.every((m) => absent(m.partition, m.sequence)) ?? true).toBe(true);
    expect(found?.examples.length ?? 0).toBe(torn);
    // While messages may still come nobody can tell.
    expect(judged(ledger, delivered, PLAN, false).counts.torn).toBe(0);
  });

  it("counts bits of any range as one that looks at each", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(140_000), fc.nat(300)), { maxLength: 20 }),
        fc.nat(140_000),
        fc.nat(70_000),
        (ranges, from, count) => {
          const pages = new BitPages();
          for (const [at, n] of ranges) pages.setRange(at, n);
          let want = 0;
          for (let s = from; s < from + count; s++) if (pages.has(s)) want++;
          expect(pages.within(from, count)).toBe(want);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("effects", () => {
  const ledger = transacted(["acked"]);
  deliver(ledger, 50, () => false);
  const all = [0, 1].flatMap((lane) => Array.from({ length: 50 }, (_, s) => [lane, s] as const));

  it("one for each message that was processed: nothing is wrong", () => {
    const v = judgeEffects({ applied: all, suppressed: 7 }, 2, ledger, 0);
    expect(v).toEqual({
      applied: 100,
      suppressed: 7,
      duplicates: { count: 0, examples: [] },
      missing: { count: 0, examples: [] },
    });
  });

  it("a planted second one, and one that is missing, are found and named", () => {
    const rows = [...all.filter(([lane, s]) => !(lane === 1 && s === 9)), [0, 3], [0, 3]] as const;
    const v = judgeEffects({ applied: rows, suppressed: 0 }, 2, ledger, 0);
    expect(v.applied).toBe(101);
    expect(v.duplicates).toEqual({
      count: 2,
      examples: [
        [0, 3],
        [0, 3],
      ],
    });
    expect(v.missing).toEqual({ count: 1, examples: [[1, 9]] });
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LanePages } from "../../src/load/pages.ts";
import { BitPages } from "../../src/verify/bit-pages.ts";
import { type ArrivalSums, Ledger } from "../../src/verify/ledger.ts";
import { NO_SUMS } from "./sums.ts";

/** Two agents that ship what they got, as agents do. */
function deliver(
  ledger: Ledger,
  agents: readonly (readonly (readonly [sequence: number, flagged: boolean])[])[],
  lane = 0,
): ArrivalSums {
  let copied = 0;
  let redelivered = 0;
  for (const got of agents) {
    const pages = new LanePages();
    for (const [sequence, flagged] of got)
      if (pages.mark(sequence, flagged)) {
        if (flagged) redelivered++;
        else copied++;
      }
    pages.take((p) =>
      ledger.arrived(
        0,
        lane,
        p.number,
        p.low,
        p.fresh.subarray(p.low, p.high + 1),
        p.flagged?.subarray(p.low, p.high + 1),
      ),
    );
  }
  return { ...NO_SUMS, copied, redelivered, delivered: agents.flat().length };
}

const plain = (...sequences: number[]): [number, boolean][] => sequences.map((s) => [s, false]);
const upTo = (n: number, but: readonly number[] = []): [number, boolean][] =>
  Array.from({ length: n }, (_, i): [number, boolean] => [i, false]).filter(([i]) => !but.includes(i));

function acked(n: number, lanes = 1): Ledger {
  const ledger = new Ledger(lanes, ["s"]);
  ledger.offered(0, n);
  ledger.settled(0, 0, n, "acked");
  return ledger;
}

describe("Ledger", () => {
  it("finds nothing when everything came once, over several pages", () => {
    const ledger = acked(200_000);
    const [v] = ledger.verdict([deliver(ledger, [upTo(200_000)])]);
    expect(v).toMatchObject({ unique: 200_000, redelivered: 0 });
    expect([
      v!.absent.count,
      v!.copied.count,
      v!.missing.count,
      v!.phantom.count,
      v!.unexpected.count,
    ]).toEqual([0, 0, 0, 0, 0]);
    expect(ledger.outstanding).toBe(0);
  });

  it("names exactly the messages that are absent", () => {
    const ledger = acked(140_000);
    const [v] = ledger.verdict([deliver(ledger, [upTo(140_000, [0, 65_535, 65_536, 139_999])])]);
    expect(v!.absent).toEqual({
      count: 4,
      examples: [
        [0, 0],
        [0, 65_535],
        [0, 65_536],
        [0, 139_999],
      ],
    });
  });

  it("counts what was acked from the first absent one on, in the lanes that lack some", () => {
    const ledger = acked(140_000, 2);
    ledger.offered(1, 50);
    ledger.settled(1, 0, 50, "acked");
    // Lane 0 ends at 100 000, but for one that came later; lane 1 is whole.
    const sums = deliver(ledger, [upTo(100_000), plain(139_999)]);
    deliver(ledger, [upTo(50)], 1);
    const [v] = ledger.verdict([sums]);
    expect(v).toMatchObject({ absent: { count: 39_999 }, absentAmong: 40_000 });
  });

  it("agrees with a plain count of them, whatever is acked and arrives", () => {
    const bools = fc.array(fc.boolean(), { minLength: 100, maxLength: 200 });
    fc.assert(
      fc.property(bools, bools, (isAcked, isSeen) => {
        const ledger = new Ledger(1, ["s"]);
        ledger.offered(0, isAcked.length);
        isAcked.forEach((yes, i) => {
          ledger.settled(0, i, 1, yes ? "acked" : "failed");
        });
        const seen = isAcked.map((_, i) => i).filter((i) => isSeen[i] === true);
        const [v] = ledger.verdict([deliver(ledger, [plain(...seen)])]);
        const first = isAcked.findIndex((yes, i) => yes && isSeen[i] !== true);
        const want = first < 0 ? 0 : isAcked.slice(first).filter(Boolean).length;
        return v!.absentAmong === want;
      }),
    );
  });

  it("counts repeats within an agent, across agents and across seconds, and tells copies from redeliveries", () => {
    const ledger = acked(10);
    const first = deliver(ledger, [upTo(10), plain(3)]);
    const second = deliver(ledger, [
      [
        [4, true],
        [5, false],
        [5, false],
      ],
    ]);
    const sums = {
      ...first,
      copied: first.copied + second.copied,
      redelivered: first.redelivered + second.redelivered,
    };
    const [v] = ledger.verdict([sums]);
    expect(v).toMatchObject({ unique: 10, redelivered: 1 });
    // 3 from another agent; 5 once against the first second, once within the second.
    expect(v!.copied.count).toBe(3);
  });

  it("takes the flag of either sight, whichever agent ships first", () => {
    const ledger = acked(2);
    deliver(ledger, [[[1, true]], plain(0, 1)]);
    expect(ledger.verdict([NO_SUMS])[0]).toMatchObject({ unique: 2, redelivered: 1 });
  });

  it("tells missing, recovered, phantom and unexpected apart by the outcome", () => {
    const ledger = new Ledger(1, ["s"]);
    ledger.offered(0, 6);
    ledger.settled(0, 0, 2, "acked");
    ledger.settled(0, 2, 2, "unknown");
    ledger.settled(0, 4, 2, "failed");
    const [v] = ledger.verdict([deliver(ledger, [plain(0, 1, 3, 5, 9)])]);
    expect(v!.missing.examples).toEqual([[0, 2]]);
    expect(v!.recovered.examples).toEqual([[0, 3]]);
    expect(v!.phantom.examples).toEqual([[0, 5]]);
    expect(v!.unexpected.examples).toEqual([[0, 9]]);
    expect(v!.absent.count).toBe(0);
  });

  it("agrees with sets on random deliveries", () => {
    const run = fc.array(fc.array(fc.nat(300), { maxLength: 200 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(run, (agents) => {
        const ledger = acked(301);
        const sums = deliver(
          ledger,
          agents.map((got) => plain(...got)),
        );
        const [v] = ledger.verdict([sums]);
        const flat = agents.flat();
        const unique = new Set(flat).size;
        expect(v!.unique).toBe(unique);
        expect(v!.copied.count).toBe(flat.length - unique);
        expect(v!.absent.count).toBe(301 - unique);
      }),
    );
  });
});

describe("BitPages", () => {
  it("sets any range exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(140_000), fc.nat(70_000)), { maxLength: 5 }), (ranges) => {
        const pages = new BitPages();
        const want = new Uint8Array(220_000);
        for (const [from, count] of ranges) {
          pages.setRange(from, count);
          want.fill(1, from, from + count);
        }
        expect(pages.count).toBe(want.reduce((a, b) => a + b, 0));
        for (const [from, count] of ranges)
          for (const at of [from - 1, from, from + count - 1, from + count])
            if (at >= 0) expect(pages.has(at)).toBe(want[at] === 1);
      }),
      { numRuns: 30 },
    );
  });
});

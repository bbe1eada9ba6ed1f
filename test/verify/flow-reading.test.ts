import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FlowLine, Moment } from "../../src/model/flow.ts";
import { ackToSight, longestStretch, longestWithin } from "../../src/verify/flow-reading.ts";
import { FlowSum } from "../../src/verify/flow-sum.ts";

const MS = 1e6;
const BUCKET = 10 * MS;

/** Batches of one message at these times. */
function lineOf(ms: readonly number[]): FlowLine {
  return flowOf({ seen: ms }).seen;
}

function flowOf(times: Partial<Record<Moment, readonly number[]>>): FlowSum {
  const flow = new FlowSum(BUCKET);
  for (const [kind, all] of Object.entries(times))
    for (const ms of all)
      flow.add(
        [
          {
            kind: kind as Moment,
            bucket: Math.floor(ms / 10),
            count: 1,
            firstNs: ms * MS,
            lastNs: ms * MS,
            worstNs: 0,
          },
        ],
        0,
      );
  return flow;
}

describe("the longest stretch without a batch", () => {
  it.each<[string, number[], [number, number], number]>([
    ["is the one that the fault made", [0, 20, 98, 605, 620], [100, 600], 507],
    ["begins before the fault, if it does", [0, 40, 605], [100, 600], 565],
    ["may end long after it", [0, 99, 900, 1500], [100, 200], 801],
    ["is not one that begins later", [0, 99, 150, 210, 1000], [100, 200], 60],
    ["is not one that ended before", [0, 90, 110, 150, 205], [100, 200], 55],
    ["counts from the fault's start where nothing was before", [700], [100, 600], 600],
    ["counts to the end of the run where nothing comes any more", [0, 90], [100, 200], 1910],
    ["is that to the last batch where the fault ends with it", [0, 90, 100, 190, 205], [100, 200], 90],
    ["of nothing at all lasts from the fault's start", [], [100, 200], 1900],
  ])("%s", (_, ms, [from, to], want) => {
    expect(longestStretch(lineOf(ms), { fromNs: from * MS, toNs: to * MS }, 2000 * MS) / MS).toBe(want);
  });

  it("is found within calm time only between two batches of it", () => {
    const line = lineOf([0, 15, 45, 55, 300]);
    expect(longestWithin(line, { fromNs: 0, toNs: 100 * MS })).toBe(30 * MS);
    expect(longestWithin(line, { fromNs: 50 * MS, toNs: 200 * MS })).toBeNull();
  });

  it("is never shorter than what separates the batches around any span, to an interval", () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 2000 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: 0, max: 1500 }),
        fc.integer({ min: 1, max: 400 }),
        (all, from, length) => {
          const ms = all.sort((a, b) => a - b);
          const to = from + length;
          // Told by the batches themselves, one by one.
          const gaps = ms.slice(1).flatMap((b, i) => (b > from && ms[i]! <= to ? [b - ms[i]!] : []));
          if (ms[0]! > from) gaps.push(ms[0]! - from);
          if (ms.at(-1)! < to) gaps.push(3000 - ms.at(-1)!);
          const want = Math.max(0, ...gaps);
          const got = longestStretch(lineOf(ms), { fromNs: from * MS, toNs: to * MS }, 3000 * MS) / MS;
          // Batches of one interval are not told apart.
          if (want >= 10) expect(got).toBe(want);
          else expect(got).toBeLessThanOrEqual(want);
        },
      ),
    );
  });
});

describe("from acknowledgement to first sight", () => {
  const all = { fromNs: 0, toNs: 10e9 };
  const longest = (acked: number[], seen: number[], subscriptions = 1): number => {
    const flow = flowOf({ acked, seen });
    return ackToSight(flow.acked, flow.seen, BUCKET, subscriptions, all) / MS;
  };

  it("is matched by number", () => {
    expect(longest([5, 105, 205], [8, 120, 700])).toBe(495);
    expect(longest([5, 105, 205], [4, 104, 204]), "seen before the answer came").toBe(0);
  });

  it("takes every subscription's sight of the same message", () => {
    expect(longest([5, 105], [8, 9, 300, 310], 2)).toBe(205);
  });

  it("leaves out what was never seen, and what was never acknowledged", () => {
    expect(longest([5, 105, 205], [25])).toBe(20);
    expect(longest([5], [25, 500])).toBe(20);
  });

  it("looks only at sights of the shadow", () => {
    const flow = flowOf({ acked: [5, 1005], seen: [400, 1010] });
    expect(ackToSight(flow.acked, flow.seen, BUCKET, 1, { fromNs: 1000 * MS, toNs: 2000 * MS })).toBe(5 * MS);
  });
});

describe("repeats that only the ledger found", () => {
  const row = (kind: Moment, bucket: number, count: number) => ({
    kind,
    bucket,
    count,
    firstNs: bucket * BUCKET,
    lastNs: bucket * BUCKET,
    worstNs: 0,
  });

  it("are the first ones with a sign of redelivery, and then the last ones", () => {
    const flow = new FlowSum(BUCKET);
    flow.add(
      [row("seen", 1, 5), row("marked", 1, 2), row("seen", 2, 5), row("marked", 2, 1), row("seen", 3, 5)],
      4,
    );
    expect(flow.seen.count).toEqual([0, 3, 4, 4]);
    expect(flow.again.count).toEqual([0, 2, 1, 1]);
  });

  it("are none where the ledger found none, whatever the sign says (control)", () => {
    const flow = new FlowSum(BUCKET);
    flow.add([row("seen", 1, 5), row("marked", 1, 5)], 0);
    expect([flow.seen.count, flow.again.count]).toEqual([[0, 5], []]);
  });
});

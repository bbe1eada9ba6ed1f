import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InFlight, type Taken } from "../../src/load/in-flight.ts";

/** One message in a line, as a simple account would have it. */
interface Row {
  readonly sequence: number;
  readonly intendedNs: number;
  readonly sentNs: number;
  readonly sizeBytes: number;
}

/** Runs as rows; the sizes of a run are only known together. */
function rows(runs: readonly Taken[]): Omit<Row, "sizeBytes">[] {
  return runs.flatMap(({ from, count, intendedNs, sentNs }) =>
    Array.from({ length: count }, (_, i) => ({ sequence: from + i, intendedNs, sentNs })),
  );
}

describe("InFlight", () => {
  it("finds each message once, however long one stays unsettled", () => {
    const inFlight = new InFlight(64, false);
    const got: Taken[] = [];
    const keep = (run: Taken): void => {
      got.push({ ...run });
    };
    inFlight.put(10, 11, 100);
    for (let s = 1; s < 10_000; s++) {
      inFlight.put(s * 10, s * 10 + 1, 100);
      expect(inFlight.take(s, 1, keep)).toBe(1);
      expect(inFlight.take(s, 1, keep)).toBe(0);
    }
    got.length = 0;
    expect(inFlight.take(0, 10_000, keep)).toBe(1);
    expect(got).toEqual([{ from: 0, count: 1, intendedNs: 10, sentNs: 11, sizeBytes: 100 }]);
    expect(inFlight.take(0, 1, keep)).toBe(0);
  });

  it("finds nothing that was never put", () => {
    const inFlight = new InFlight(64, true);
    inFlight.put(1, 1, 100);
    for (const [from, count] of [
      [1, 5],
      [-3, 3],
      [2 ** 40, 1000],
    ] as const)
      expect(
        inFlight.take(from, count, () => {}),
        `${from} + ${count}`,
      ).toBe(0);
    expect(inFlight.take(-3, 2 ** 40, () => {})).toBe(1);
  });

  it("keeps the same account as a map would, in any order of answers", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 40 }), jump: fc.nat(2) }) },
      fc.record({ from: fc.nat(900), count: fc.integer({ min: 1, max: 300 }) }),
    );
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.integer({ min: 1, max: 300 }),
        fc.array(step, { maxLength: 60 }),
        (sameTimes, maxInFlight, steps) => {
          const inFlight = new InFlight(maxInFlight, sameTimes);
          const oracle = new Map<number, Row>();
          let next = 0;
          let now = 0;
          for (const s of steps) {
            if ("put" in s) {
              for (let i = 0; i < s.put; i++) {
                // Neighbours mostly share their times, as they do where the clock is read for several.
                if (i % 16 === 0) now += s.jump;
                const intendedNs = sameTimes ? now : now - (i % 3);
                inFlight.put(intendedNs, now, 50 + (i % 5));
                oracle.set(next, { sequence: next, intendedNs, sentNs: now, sizeBytes: 50 + (i % 5) });
                next++;
              }
              continue;
            }
            const want: Row[] = [];
            for (let q = s.from; q < s.from + s.count; q++) {
              const row = oracle.get(q);
              if (row) want.push(row);
              oracle.delete(q);
            }
            const runs: Taken[] = [];
            expect(inFlight.take(s.from, s.count, (run) => runs.push({ ...run }))).toBe(want.length);
            expect(rows(runs)).toEqual(want.map(({ sizeBytes: _, ...row }) => row));
            expect(runs.reduce((n, r) => n + r.sizeBytes, 0)).toBe(want.reduce((n, r) => n + r.sizeBytes, 0));
          }
          const rest: Taken[] = [];
          inFlight.takeAll((run) => rest.push({ ...run }));
          const left = [...oracle.keys()];
          expect(
            rows(rest)
              .map((r) => r.sequence)
              .sort((a, b) => a - b),
          ).toEqual(left);
          expect(inFlight.take(0, next, () => {})).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

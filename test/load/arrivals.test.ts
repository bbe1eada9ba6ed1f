import { expect, it } from "vitest";
import { Arrivals } from "../../src/load/arrivals.ts";

it("a repeat is a redelivery if either sight says so, and a copy if none does", () => {
  const arrivals = new Arrivals(1);
  const highest = new Float64Array(1).fill(-1);
  for (const [sequence, flagged] of [
    [0, false],
    [0, true], // given again, and done after
    [1, true],
    [1, false], // given again, and done before
    [2, false],
    [2, false], // stored twice
  ] as const)
    arrivals.mark(0, sequence, flagged, highest);
  expect(arrivals.counters).toMatchObject({ redelivered: 2, copied: 1, copiedExamples: [[0, 2]] });
});

import { expect, test } from "vitest";
import type { Row } from "../../bench/bench.ts";
import { renderResults } from "../../bench/results.ts";

const row = (name: string, ours: readonly number[], peer?: readonly number[]): Row => ({
  name,
  measure: "received, msg/s",
  better: "higher",
  ours,
  ...(peer ? { peer } : {}),
  against: peer ? "other" : "budget 250",
  notes: "v1",
});
const day = new Date("2026-01-02T03:04:05Z");

test("a row says both medians and the ratio of the pairs with its range", () => {
  expect(
    renderResults(
      { before: "", rows: [row("x", [12_000, 33_000, 24_000], [10_000, 30_000, 20_000])], benches: [] },
      "rows",
      day,
    ),
  ).toBe(
    "| x | received, msg/s (higher is better) | 24 000 | other 20 000 | 1.2 (1.1…1.2) | – | 3 | 2026-01-02 | v1 |\n",
  );
});

test("a wide range is called noisy, and without a peer there is no ratio", () => {
  const rows = renderResults(
    { before: "", rows: [row("x", [1, 2], [1, 1]), row("y", [200])], benches: [] },
    "rows",
    day,
  );
  expect(rows).toContain("1.5 (1…2) noisy");
  expect(rows).toContain("| 200 (200…200) | budget 250 | – |");
});

test("rows of benches that did not run again stay; those that did are replaced", () => {
  const before = renderResults(
    { before: "", rows: [row("a", [1]), row("b", [2])], benches: [] },
    "file",
    day,
  );
  const after = renderResults({ before, rows: [row("b", [5])], benches: [] }, "file", day);
  expect(after.match(/^\| a \|/gm)).toHaveLength(1);
  expect(after.match(/^\| b \|.*$/gm)?.map((l) => l.includes("| 5 (5…5) |"))).toEqual([true]);
  expect(after.match(/^\| bench \|/gm)).toHaveLength(1);
});

test("rows of another machine go", () => {
  const before = renderResults({ before: "", rows: [row("a", [1])], benches: [] }, "file", day).replace(
    /Machine: .*/,
    "Machine: a toaster.",
  );
  expect(renderResults({ before, rows: [row("b", [5])], benches: [] }, "file", day)).not.toMatch(/^\| a \|/m);
});

test("a goal is met or missed by the median ratio, or by the number where there is no peer", () => {
  const lines = (rows: readonly Row[]) =>
    renderResults({ before: "", rows, benches: [] }, "rows", day).split("\n");
  const [met, missed, lower, alone] = lines([
    { ...row("x", [22, 30, 20], [10, 10, 10]), goal: 2.2 },
    { ...row("x", [22, 30, 20], [10, 10, 10]), goal: 2.3 },
    { ...row("x", [3], [10]), better: "lower", goal: 0.3 },
    { ...row("x", [251]), better: "lower", goal: 250 },
  ]);
  expect(met).toContain("| ≥ 2.2 met |");
  expect(missed).toContain("| ≥ 2.3 **missed** |");
  expect(lower).toContain("| ≤ 0.3 met |");
  expect(alone).toContain("| ≤ 250 **missed** |");
});

test("below the table each bench says what it compares", () => {
  const benches = [
    { name: "x", what: "a / b", settings: ["one queue", "two cores"], peerLeavesOut: "all checking." },
  ];
  const text = renderResults({ before: "", rows: [row("x", [1])], benches }, "file", day);
  expect(text).toContain("### x: a / b\n\n- one queue\n- two cores\n\nThe peer leaves out: all checking.\n");
  // And is not taken for rows when the file is written again.
  expect(
    renderResults({ before: text, rows: [], benches: [] }, "file", day).match(/^\| x \|/gm),
  ).toHaveLength(1);
});

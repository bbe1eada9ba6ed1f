import { describe, expect, it } from "vitest";
import { CELLS } from "../../bench/soak/cells.ts";
import { drawFaults, measureMs, shuffled } from "../../bench/soak/draw.ts";
import { type Score, scoreOf } from "../../bench/soak/score.ts";
import { nameOf, soakTable } from "../../bench/soak/table.ts";
import type { FaultResult } from "../../src/model/fault.ts";
import { createRandom } from "../../src/model/random.ts";
import type { Finding, FindingCode, RunResult } from "../../src/model/result.ts";
import { preparePlans } from "../../src/run/prepare.ts";
import { sampleRun } from "../fixtures/run.ts";

const kinds = [...new Map(CELLS.map((c) => [c.kind.draw(createRandom(1, 1)), c])).values()];

describe("drawing faults", () => {
  it.each(kinds)("$kind.label: one plan holds all of them, and another seed has others", async (cell) => {
    const faults = drawFaults(cell.kind, 20, createRandom(7, 1));
    const { runs } = await preparePlans({
      profile: "quick",
      flags: { on: [cell.target], fault: faults, duration: `${measureMs(cell.kind, 20)}ms` },
      env: {},
    });
    const plan = runs[0]!.plan;
    expect(plan.faults).toHaveLength(20);
    expect(plan.faults.every((f, i) => i === 0 || f.atNs > plan.faults[i - 1]!.atNs)).toBe(true);
    expect(drawFaults(cell.kind, 20, createRandom(7, 1))).toEqual(faults);
    expect(drawFaults(cell.kind, 20, createRandom(8, 1))).not.toEqual(faults);
  });

  it("the cells have names of their own, and the order of each round is another one of all", () => {
    const names = CELLS.map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    const [a, b] = [0, 1].map((round) => shuffled(CELLS, createRandom(1, round)));
    expect(a).not.toEqual(b);
    expect(new Set(a)).toEqual(new Set(b));
  });
});

const fault = (atS: number, change: Partial<FaultResult> = {}): FaultResult => ({
  kind: "crash",
  side: "consumer",
  plannedAtNs: atS * 1e9,
  startNs: atS * 1e9,
  endNs: (atS + 0.5) * 1e9,
  bit: true,
  evidence: { killed: 1, messages: 1, inFlight: 1 },
  ...change,
});
const finding = (code: FindingCode, sequences: readonly number[], count = sequences.length): Finding => ({
  code,
  severity: "fail",
  count,
  examples: sequences.map((sequence) => ({ producer: 0, partition: 0, sequence })),
});
/** 5000 messages a second: number 5000 is due after one second. */
const run = (
  faults: readonly FaultResult[],
  findings: readonly Finding[],
  change: Partial<RunResult> = {},
): RunResult => sampleRun({ faults, findings, exit: { code: 0, reasons: [] }, ...change });

describe("scoring a run", () => {
  it("finds nothing wrong with what the cell may show", () => {
    const score = scoreOf(
      { may: ["REDELIVERED"] },
      run([fault(6)], [finding("REDELIVERED", [], 3), finding("NEVER_STEADY", [], 1)]),
    );
    expect(score).toEqual({ injections: 1, bit: 1, wrong: [], told: 0, shown: 0 });
  });

  it("finds everything else wrong, and a run that ended otherwise (control)", () => {
    const exit = {
      code: 6,
      reasons: [
        { kind: "broker", message: "gone" },
        { kind: "threshold", message: "rate" },
      ],
    } as const;
    const score = scoreOf({ may: ["REDELIVERED"] }, run([fault(6)], [finding("LOST", [1, 2])], { exit }));
    expect(score.wrong).toEqual(["LOST 2", "broker: gone"]);
  });

  it("tells for each injection of a control that bit whether it showed the anomaly", () => {
    // Lost were messages due at 5.9 s and at 13.8 s: nothing of the fault at 10 s; that at 16 s did not bite.
    const lost = finding("LOST", [29_500, 69_000]);
    const faults = [fault(6), fault(10), fault(14), fault(16, { bit: false })];
    expect(scoreOf({ may: ["LOST"], shows: "LOST" }, run(faults, [lost]))).toEqual({
      injections: 4,
      bit: 3,
      wrong: [],
      told: 3,
      shown: 2,
    });
  });

  it("takes what was lost as each kill's own where it is what the kills had at hand together", () => {
    // Killed again with its first batch, a new agent loses what came in between; numbers do not tell them apart.
    const faults = [2, 3].map((inFlight, i) =>
      fault(6 + 5 * i, { evidence: { killed: 1, messages: 1, inFlight } }),
    );
    const score = (count: number) =>
      scoreOf({ may: ["LOST"], shows: "LOST" }, run(faults, [finding("LOST", [29_500], count)])).shown;
    expect(score(5)).toBe(2);
    expect(score(1)).toBe(1);
  });

  it("leaves those untold that the examples do not reach", () => {
    const lost = finding("LOST", [29_500], 300);
    expect(scoreOf({ may: ["LOST"], shows: "LOST" }, run([fault(6), fault(12)], [lost]))).toMatchObject({
      told: 1,
      shown: 1,
    });
  });

  it("takes redeliveries from the fault's own cost", () => {
    const cost = { detectNs: null, publish: null, consume: null, recoveryNs: 1, ackToVisibleNs: 1 };
    const faults = [fault(6, { cost: { ...cost, repeats: 2 } }), fault(9, { cost: { ...cost, repeats: 0 } })];
    expect(scoreOf({ may: [], shows: "REDELIVERED" }, run(faults, []))).toMatchObject({ told: 2, shown: 1 });
  });
});

describe("the soak's table", () => {
  const cell = CELLS.find((c) => c.shows === "LOST")!;
  const score: Score = { injections: 20, bit: 20, wrong: [], told: 20, shown: 19 };
  const tableOf = (change: Partial<Score>) =>
    soakTable([cell], [{ cell, score: { ...score, ...change }, command: "mqbench run again" }]);

  it("is content with 95 % of a control and 90 % of the bites", () => {
    const { text, wrong } = tableOf({ bit: 18, told: 18, shown: 18 });
    expect(wrong).toEqual([]);
    expect(text).toContain("LOST 18 of 18, 100%");
    expect(tableOf({}).wrong).toEqual([]);
  });

  it.each<[string, Partial<Score>, RegExp]>([
    [
      "a wrong finding, with the command that shows it again",
      { wrong: ["CORRUPT 1"] },
      /CORRUPT 1\n +mqbench run again$/,
    ],
    ["a control that does not show it often enough", { shown: 18 }, /LOST in 18 of 20/],
    ["faults that did not bite", { bit: 17, told: 17, shown: 17 }, /only 17 of 20/],
  ])("is not content with %s (control)", (_, change, want) => {
    expect(tableOf(change).wrong.join()).toMatch(want);
  });
});

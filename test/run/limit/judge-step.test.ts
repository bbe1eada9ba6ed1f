import { describe, expect, it } from "vitest";
import type { RunResult, ThresholdResult } from "../../../src/model/result.ts";
import { judgeStep } from "../../../src/run/limit/judge-step.ts";
import { sampleRun } from "../../fixtures/run.ts";

const objective = (actualMs: number, limit = "20ms"): ThresholdResult => ({
  expression: `e2e_response.p99 < ${limit}`,
  origin: "flag",
  ok: actualMs < Number.parseFloat(limit),
  actual: actualMs,
  actualText: `${actualMs}ms`,
  kind: "threshold",
});

const seconds = (...values: readonly number[]): RunResult["series"] => ({
  intervalS: 1,
  t: values.map((_, i) => i),
  sent: values.map(() => 1000),
  published: values.map(() => 1000),
  consumed: values.map(() => 1000),
  e2eP50: values.map(() => 1e6),
  e2eP99: values.map((ms) => ms * 1e6),
  e2eMax: values.map((ms) => ms * 1e6),
  backlog: values.map((_, i) => 20 + (i % 3)),
});

const EVEN = seconds(9, 8, 9, 10, 9, 8, 9, 9, 10, 9);

/** A step that holds, but for what is given. */
function step(change: Partial<RunResult>): RunResult {
  const base = sampleRun();
  return {
    ...base,
    state: "finished",
    rates: { ...base.rates, offered: 1000, sent: 1000, achieved: 1 },
    counts: { ...base.counts, lost: 0, undelivered: 0 },
    findings: [],
    warnings: [],
    thresholds: [objective(9)],
    series: EVEN,
    exit: { code: 0, reasons: [] },
    ...change,
  };
}

const rates = (achieved: number) => ({ ...sampleRun().rates, achieved });
const overloaded = { code: 7, reasons: [{ kind: "overloaded", message: "overloaded: …" }] } as const;
const lost: ThresholdResult = {
  expression: "lost == 0",
  origin: "always",
  ok: false,
  actual: 3,
  actualText: "3",
  kind: "guarantee",
};

describe("a step", () => {
  it("holds where nothing speaks against it, and says how much of the objective it used", () => {
    expect(judgeStep(step({}))).toEqual({
      outcome: "holds",
      reasons: [],
      isHarnessLate: false,
      usedShare: 0.45,
    });
  });

  it.each<[string, Partial<RunResult>, "close" | "fails", readonly string[]]>([
    ["an objective missed by 10 %", { thresholds: [objective(22)] }, "close", ["p99 22ms"]],
    [
      "one missed by much, in most seconds",
      { thresholds: [objective(40)], series: seconds(41, 35, 39, 40, 38) },
      "fails",
      ["p99 40ms"],
    ],
    [
      "one missed by much, but in 2 of 10 seconds",
      { thresholds: [objective(400)], series: seconds(9, 8, 9, 500, 450, 8, 9, 9, 10, 9) },
      "close",
      ["p99 400ms"],
    ],
    [
      "one that is only known to be more",
      { thresholds: [{ ...objective(21), actualText: "> 21ms" }], series: seconds(30, 30) },
      "fails",
      ["p99 > 21ms"],
    ],
    ["a lost message", { thresholds: [lost, objective(9)] }, "fails", ["lost 3"]],
    ["overload", { exit: overloaded }, "fails", ["overloaded"]],
    ["98.5 % sent", { rates: rates(0.985) }, "close", ["sent 98.5%"]],
    ["97 % sent", { rates: rates(0.97) }, "fails", ["sent 97.0%"]],
    [
      "messages that were not delivered",
      { counts: { ...sampleRun().counts, undelivered: 12 } },
      "fails",
      ["undelivered"],
    ],
    [
      "a ledger that does not close",
      { findings: [{ code: "LEDGER_OPEN", severity: "fail", count: 1, examples: [] }] },
      "fails",
      ["unaccounted"],
    ],
    [
      "a backlog that grows all the time",
      { series: { ...EVEN, backlog: EVEN.t.map((i) => 100 * i + (i % 2)) } },
      "close",
      ["backlog grows"],
    ],
    [
      "a median that grows all the time",
      { series: { ...EVEN, e2eP50: EVEN.t.map((i) => 1e6 + 1e5 * i) } },
      "close",
      ["p50 grows"],
    ],
    // One clear failure decides, whatever else there is.
    ["a hair beside a loss", { thresholds: [lost, objective(21)] }, "fails", ["lost 3", "p99 21ms"]],
  ])("fails by %s", (_, change, outcome, short) => {
    const verdict = judgeStep(step(change));
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.reasons.map((r) => r.short)).toEqual(short);
    expect(verdict.reasons.every((r) => r.message.length > 5)).toBe(true);
  });

  it.each([
    ["a backlog that shrinks", { backlog: EVEN.t.map((i) => 2000 - 100 * i) }],
    ["a median that falls", { e2eP50: EVEN.t.map((i) => 2e6 - 1e5 * i) }],
    ["too few seconds to tell", { t: [0, 1, 2], backlog: [0, 500, 900], e2eP50: [1, 2, 3] }],
  ])("does not fail by %s", (_, series) => {
    expect(judgeStep(step({ series: { ...EVEN, ...series } })).outcome).toBe("holds");
  });

  it("is repeated before it counts where mqbench itself was late, unless a guarantee was broken", () => {
    const late = { warnings: [{ code: "HARNESS_LATE", message: "…" }], series: seconds(400, 400) };
    expect(judgeStep(step({ ...late, thresholds: [objective(400)] })).outcome).toBe("close");
    expect(judgeStep(step({ ...late, thresholds: [objective(400), lost] })).outcome).toBe("fails");
    expect(judgeStep(step({ ...late, warnings: [], thresholds: [objective(400)] })).outcome).toBe("fails");
  });

  it("says that the harness may be why an objective failed, and not where none did", () => {
    const late = { warnings: [{ code: "HARNESS_LATE", message: "…" }] };
    expect(judgeStep(step({ ...late, thresholds: [objective(40)] })).isHarnessLate).toBe(true);
    expect(
      judgeStep(step({ thresholds: [{ ...objective(40), invalid: ["HARNESS_LATE"] }] })).isHarnessLate,
    ).toBe(true);
    expect(judgeStep(step({ ...late, thresholds: [lost] })).isHarnessLate).toBe(false);
    // Lateness can only make a latency worse, so what holds in spite of it holds.
    expect(judgeStep(step(late))).toMatchObject({ outcome: "holds", isHarnessLate: false });
  });
});

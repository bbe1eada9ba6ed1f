import { describe, expect, it } from "vitest";
import { exitCode } from "../../src/model/exit.ts";
import type { GuaranteeResult } from "../../src/model/guarantee.ts";
import type { ThresholdResult, Warning } from "../../src/model/result.ts";
import type { Recording } from "../../src/run/conductor.ts";
import { exitReasons } from "../../src/run/exit-reasons.ts";
import type { Judgement } from "../../src/verify/judge.ts";
import { SAMPLE_PLAN, sampleRun } from "../fixtures/run.ts";

const { counts, subscriptions } = sampleRun();
const P99: ThresholdResult = {
  expression: "e2e_response.p99 < 5ms",
  origin: "flag",
  ok: false,
  actual: 9,
  actualText: "9.00ms",
  kind: "threshold",
};
const LOST: ThresholdResult = { ...P99, expression: "lost == 0", actualText: "1", kind: "guarantee" };
const OPEN: GuaranteeResult = {
  name: "at-least-once",
  verdict: "inconclusive",
  why: "cut did not bite",
  forbidden: [],
  allowed: [],
};
const invalid = (t: ThresholdResult): ThresholdResult => ({ ...t, invalid: ["HARNESS_LATE"] });

function reasons(o: {
  thresholds?: readonly ThresholdResult[];
  warnings?: readonly string[];
  judgement?: Partial<Judgement>;
  isStrict?: boolean;
  guarantee?: GuaranteeResult;
}) {
  return exitReasons({
    plan: SAMPLE_PLAN,
    recording: { earlyEnd: undefined } as Recording,
    judgement: { counts, subscriptions, findings: [], closes: true, ...o.judgement },
    thresholds: o.thresholds ?? [],
    warnings: (o.warnings ?? []).map((code): Warning => ({ code, message: "something" })),
    guarantee: o.guarantee,
    leftBehind: undefined,
    isStrict: o.isStrict ?? false,
  });
}

describe("exitReasons", () => {
  it.each([
    ["nothing", 0, {}],
    ["a threshold that failed", 1, { thresholds: [P99] }],
    ["one that rests on an invalid number, instead of failing", 3, { thresholds: [invalid(P99)] }],
    [
      "one that holds on an invalid number, where the harness could be why",
      3,
      {
        thresholds: [invalid({ ...P99, ok: true })],
      },
    ],
    ["a guarantee without a verdict", 0, { guarantee: OPEN }],
    ["a guarantee without a verdict, when that matters", 5, { guarantee: OPEN, isStrict: true }],
    ["a guarantee that held", 0, { guarantee: { ...OPEN, verdict: "held" as const }, isStrict: true }],
    ["a broken guarantee beside an invalid number", 1, { thresholds: [invalid(P99), LOST] }],
    ["a late harness that no threshold rests on", 0, { warnings: ["HARNESS_LATE", "HARNESS_BOUND"] }],
    ["the same with --strict", 3, { warnings: ["HARNESS_LATE"], isStrict: true }],
    ["a warning that makes no number wrong, with --strict", 0, { warnings: ["FEW_SAMPLES"], isStrict: true }],
    ["a drain that did not finish", 3, { judgement: { counts: { ...counts, undelivered: 2 } } }],
    ["an open ledger", 3, { judgement: { closes: false } }],
  ] as const)("of %s give exit code %i", (_, code, o) => {
    expect(exitCode(reasons(o))).toBe(code);
  });

  it("say of a number without a verdict why it has none", () => {
    expect(reasons({ thresholds: [invalid(P99)] })).toEqual([
      {
        kind: "invalid",
        message: "e2e_response.p99 < 5ms has no verdict: 9.00ms is invalid (HARNESS_LATE)",
      },
    ]);
  });
});

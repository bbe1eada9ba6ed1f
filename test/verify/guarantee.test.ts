import { describe, expect, it } from "vitest";
import type { FaultResult } from "../../src/model/fault.ts";
import type { GuaranteePlan, RowPlan } from "../../src/model/guarantee.ts";
import type { Finding, FindingCode } from "../../src/model/result.ts";
import { forbiddenIn, judgeGuarantee, tolerated } from "../../src/verify/guarantee.ts";
import type { VerdictEvidence } from "../../src/verify/open-questions.ts";
import { judgeRow } from "../../src/verify/row.ts";
import { alwaysExpected, thresholdsOf } from "../../src/verify/threshold-always.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

const GUARANTEE: GuaranteePlan = {
  name: "at-least-once",
  promise: "Every message that was acknowledged is handled.",
  settings: { durability: "disk" },
  changed: {},
  allows: ["MISSING", "REDELIVERED", "RECOVERED"],
  forbids: ["LOST", "COPIED", "REORDERED", "FOREIGN"],
};
const FULL = { isOwnStream: true, isOrdered: true };

const found = (code: FindingCode, count = 1): Finding => ({ code, severity: "fail", count, examples: [] });

const BIT: FaultResult = {
  kind: "cut",
  side: "both",
  plannedAtNs: 1e9,
  startNs: 1e9,
  endNs: 2e9,
  bit: true,
  evidence: { messages: 9, inFlight: 3, connections: 2 },
};
const IDLE: FaultResult = { ...BIT, kind: "refuse", bit: false };

const evidence = (change: Partial<VerdictEvidence> = {}): VerdictEvidence => ({
  findings: [],
  faults: [BIT],
  isFinished: true,
  closes: true,
  ...change,
});

describe("the verdict on a guarantee", () => {
  it.each<[string, Partial<VerdictEvidence>, string, RegExp]>([
    ["nothing, under a fault that bit", {}, "held", /every fault met messages/],
    ["nothing, without a fault", { faults: [] }, "held", /no fault put it to the test/],
    ["what it allows", { findings: [found("REDELIVERED", 34)] }, "held", /nothing that it forbids/],
    ["what is about the run", { findings: [found("NEVER_STEADY")] }, "held", /nothing that it forbids/],
    ["a loss", { findings: [found("LOST", 1234)] }, "violated", /^LOST \(1 234\) may not be$/],
    [
      "a loss where the fault did not bite",
      { findings: [found("LOST")], faults: [IDLE] },
      "violated",
      /LOST/,
    ],
    ["a count of nothing", { findings: [found("LOST", 0)] }, "held", /nothing/],
    ["nothing, and a fault did not bite", { faults: [BIT, IDLE] }, "inconclusive", /^refuse did not bite$/],
    ["messages undelivered", { findings: [found("UNDELIVERED")] }, "inconclusive", /no verdict on loss/],
    [
      "a loss beside messages undelivered",
      { findings: [found("UNDELIVERED"), found("COPIED")] },
      "violated",
      /COPIED/,
    ],
    ["a ledger that does not close", { findings: [found("LOST")], closes: false }, "inconclusive", /ledger/],
    ["an early end", { findings: [found("LOST")], isFinished: false }, "inconclusive", /before its time/],
  ])("with %s", (_, change, verdict, why) => {
    const result = judgeGuarantee(GUARANTEE, FULL, evidence(change));
    expect([result.verdict, result.why]).toEqual([verdict, expect.stringMatching(why)]);
  });

  it("tells what was found and may not be from what may", () => {
    const findings = [found("LOST", 2), found("REDELIVERED", 5), found("PUBLISH_UNKNOWN")];
    const { forbidden, allowed } = judgeGuarantee(GUARANTEE, FULL, evidence({ findings }));
    expect(forbidden).toEqual([findings[0]]);
    expect(allowed).toEqual([findings[1]]);
  });

  it("asks for order only where the target promises it, and for no strangers only on a stream of its own", () => {
    expect(forbiddenIn(GUARANTEE, FULL)).toEqual(GUARANTEE.forbids);
    expect(forbiddenIn(GUARANTEE, { isOwnStream: false, isOrdered: false })).toEqual(["LOST", "COPIED"]);
    const late = evidence({ findings: [found("REORDERED")] });
    expect(judgeGuarantee(GUARANTEE, FULL, late).verdict).toBe("violated");
    expect(judgeGuarantee(GUARANTEE, { ...FULL, isOrdered: false }, late).verdict).toBe("held");
  });

  it("makes no failure of what it allows, and leaves alone what it forbids", () => {
    const findings = [found("LOST"), found("MISSING"), found("LEDGER_OPEN")];
    expect(tolerated(findings, GUARANTEE).map((f) => f.severity)).toEqual(["fail", "warn", "fail"]);
  });
});

describe("the thresholds of a plan with a guarantee", () => {
  const plan = { ...SAMPLE_PLAN, guarantee: GUARANTEE };
  it("are what it forbids, whatever the settings", () => {
    expect(alwaysExpected(plan, true)).toEqual(["lost", "copied", "reordered", "foreign"]);
    const early = { ...plan, consumers: { ...plan.consumers, acknowledge: "before" as const } };
    expect(alwaysExpected(early, true)).toContain("lost");
    expect(alwaysExpected({ ...early, guarantee: { ...GUARANTEE, forbids: ["COPIED"] } }, true)).toEqual([
      "copied",
    ]);
  });

  it("stay beside one of the user's about the same metric, which without a guarantee decides", () => {
    const lenient = { ...plan, expect: ["lost <= 3"] };
    const texts = (p: typeof SAMPLE_PLAN): readonly string[] =>
      thresholdsOf(p, { fromFlags: [], isOrdered: true }).map((t) => t.expression);
    expect(texts(lenient)).toEqual(expect.arrayContaining(["lost == 0", "lost <= 3"]));
    const { guarantee: _, ...without } = lenient;
    expect(texts(without)).not.toContain("lost == 0");
  });
});

describe("the verdict on a row", () => {
  const ROW: RowPlan = {
    configuration: "at-least-once",
    load: "rate",
    fault: "cut",
    must: ["REDELIVERED"],
    may: ["RECOVERED"],
  };
  const seen = [found("REDELIVERED", 34)];

  it.each<[string, Partial<VerdictEvidence>, string, RegExp]>([
    ["what must be", { findings: seen }, "as predicted", /^$/],
    ["what may be beside it", { findings: [...seen, found("RECOVERED")] }, "as predicted", /^$/],
    ["what is about the run", { findings: [...seen, found("NEVER_STEADY")] }, "as predicted", /^$/],
    ["nothing", {}, "contradicts", /^REDELIVERED must be found, and was not$/],
    ["only what may be", { findings: [found("RECOVERED")] }, "contradicts", /REDELIVERED must be found/],
    [
      "what nobody predicted",
      { findings: [...seen, found("LOST")] },
      "contradicts",
      /^LOST must not be found$/,
    ],
    [
      "a report that nobody predicted",
      { findings: [...seen, found("PUBLISH_FAILED")] },
      "contradicts",
      /PUBLISH/,
    ],
    ["nothing, and no bite", { faults: [IDLE] }, "inconclusive", /refuse did not bite/],
    ["a surprise, and no bite", { findings: [found("COPIED")], faults: [IDLE] }, "contradicts", /COPIED/],
    [
      "messages undelivered",
      { findings: [...seen, found("UNDELIVERED")] },
      "inconclusive",
      /no verdict on loss/,
    ],
    ["an early end", { findings: [found("LOST")], isFinished: false }, "inconclusive", /before its time/],
    ["a ledger that does not close", { findings: seen, closes: false }, "inconclusive", /ledger/],
  ])("with %s", (_, change, verdict, why) => {
    const result = judgeRow(ROW, evidence(change));
    expect([result.verdict, result.why]).toEqual([verdict, expect.stringMatching(why)]);
  });

  it("of which exactly nothing is predicted", () => {
    const none: RowPlan = { ...ROW, must: [], may: [] };
    expect(judgeRow(none, evidence()).verdict).toBe("as predicted");
    expect(judgeRow(none, evidence({ findings: seen })).verdict).toBe("contradicts");
    expect(judgeRow(none, evidence({ faults: [IDLE] })).verdict).toBe("inconclusive");
  });
});

import { expect, it } from "vitest";
import type { Finding } from "../../src/model/result.ts";
import { findingText } from "../../src/report/findings.ts";
import { PLAIN } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import { predictionLines } from "../../src/report/text-prediction.ts";
import { SAMPLE_PLAN, sampleRun } from "../fixtures/run.ts";

const LOST: Finding = {
  code: "LOST",
  severity: "fail",
  subscription: "sub-0",
  count: 3,
  among: 5,
  examples: [{ producer: 0, partition: 2, sequence: 17 }],
};
const plan = { ...SAMPLE_PLAN, prediction: { finding: "LOST", fix: "--set a.b=c" } } as const;

it("a prediction that comes true is told with the numbers, and with its fix", () => {
  expect(predictionLines(sampleRun({ plan, findings: [LOST] }), PLAIN)).toEqual([
    "Prediction of the profile",
    "  predicted  LOST",
    "  observed   as predicted, confirmed and lost: 3 of 5 (sub-0)",
    "  fix        --set a.b=c",
  ]);
});

it("one that does not come true says what was found instead", () => {
  const failed: Finding = { code: "PUBLISH_FAILED", severity: "warn", count: 7, examples: [] };
  const observed = (findings: readonly Finding[]): string | undefined =>
    predictionLines(sampleRun({ plan, findings }), PLAIN)[2];
  expect(observed([failed])).toBe("  observed   no LOST; found were PUBLISH_FAILED: 7");
  expect(observed([])).toBe("  observed   no LOST; nothing was found");
});

it("a profile without one has no such section", () => {
  expect(predictionLines(sampleRun({ findings: [LOST] }), PLAIN)).toEqual([]);
  expect(renderRun(sampleRun({ findings: [LOST] }), PLAIN)).not.toContain("Prediction");
  expect(renderRun(sampleRun({ plan }), PLAIN)).toContain("Prediction");
});

it("a finding of loss says of how many", () => {
  expect(findingText(LOST)).toMatch(/number 17; confirmed and lost: 3 of 5 from that one on$/);
  const { among: _, ...older } = LOST;
  expect(findingText(older)).not.toContain("confirmed and lost");
});

import type { FloorResult, HarnessResult, MetricValidity } from "../model/harness.ts";
import type { Plan } from "../model/plan.ts";
import type { Phase, ThresholdResult } from "../model/result.ts";
import { causesOf } from "../verify/causes.ts";
import type { Measured } from "../verify/threshold-values.ts";
import { evaluateThreshold, type Threshold } from "../verify/thresholds.ts";
import { judgeMetric, restsOnInvalid, type ValidityEvidence, validityOf } from "../verify/validity.ts";
import { percentileIn, worstPercentile } from "./harness.ts";
import type { Tally } from "./tally.ts";

export interface Sound {
  readonly plan: Plan;
  readonly tally: Tally;
  readonly phases: readonly Phase[];
  readonly measured: Measured;
  readonly harness: HarnessResult;
  readonly closes: boolean;
  readonly floor: FloorResult | undefined;
  readonly thresholds: readonly Threshold[];
}

/** Which numbers of a run are the target's and which may be ours, and what its thresholds say of them. */
export function soundnessOf(s: Sound): {
  readonly harness: HarnessResult;
  readonly validity: Readonly<Record<string, MetricValidity>>;
  readonly thresholds: readonly ThresholdResult[];
} {
  const measure = s.phases.find((p) => p.name === "measure");
  const causes = causesOf({
    harness: s.harness,
    latency: s.measured.latency,
    measureNs: measure ? measure.endNs - measure.startNs : 0,
  });
  const agents = [...s.tally.agents.values()];
  const evidence: ValidityEvidence = {
    ...s.measured,
    plan: s.plan,
    closes: s.closes,
    lateness: (p) => percentileIn(s.tally.histograms.lateness, p),
    hiccup: (where, p) =>
      worstPercentile(
        agents.filter((a) => where === "any" || a.produces).map((a) => a.hiccup),
        p,
      ),
    ceiling: s.floor?.ceiling,
    causes: [...new Set(causes.map((c) => c.code))],
  };
  return {
    harness: { ...s.harness, causes },
    validity: validityOf(
      evidence,
      s.thresholds.map((t) => t.metric.name),
    ),
    thresholds: s.thresholds.map((t) => {
      const result = evaluateThreshold(t, s.measured);
      const validity = judgeMetric(t.metric, evidence);
      return validity !== undefined && restsOnInvalid(t, result, validity)
        ? { ...result, invalid: validity.codes }
        : result;
    }),
  };
}

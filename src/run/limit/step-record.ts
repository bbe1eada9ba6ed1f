import type { RunResult } from "../../model/result.ts";
import type { LimitStep } from "../../report/limit-result.ts";
import type { StepVerdict } from "./judge-step.ts";
import type { Purpose } from "./search.ts";

/** What limit.json says of one step. */
export function stepRecord(
  result: RunResult,
  verdict: StepVerdict,
  at: { readonly folder: string; readonly ratePerS: number; readonly purpose: Purpose },
): LimitStep {
  const response = result.latency.e2e_response;
  const { usedShare } = verdict;
  const p99 = result.validity?.["e2e_response.p99"];
  return {
    ...at,
    verdict: verdict.outcome === "holds" ? "holds" : "fails",
    isClose: verdict.outcome === "close",
    reasons: verdict.reasons,
    achieved: result.rates.achieved ?? 0,
    e2eResponse:
      response === undefined || response.count === 0
        ? null
        : {
            p50Ns: response.percentiles["50"],
            p99Ns: response.percentiles["99"],
            p999Ns: response.percentiles["99.9"],
            maxNs: response.max,
            censored: response.censored,
            count: response.count,
          },
    p99Invalid: p99?.verdict === "invalid" ? p99.codes : [],
    usedShare: usedShare !== null && Number.isFinite(usedShare) ? usedShare : null,
    warnings: result.warnings.map((w) => w.code),
  };
}

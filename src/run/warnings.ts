import type { Plan } from "../model/plan.ts";
import type { Counts, HarnessResult, RunResult, Warning } from "../model/result.ts";
import { formatDuration } from "../model/units.ts";

export interface Warned {
  readonly plan: Plan;
  readonly rates: RunResult["rates"];
  readonly latency: RunResult["latency"];
  readonly harness: HarnessResult;
  readonly counts: Counts;
  /** Why messages failed or stayed unknown, with how many. */
  readonly codes: Readonly<Record<string, number>>;
}

/**
 * A response percentile is invalid when our own lateness at that percentile is more than this share of it
 * (docs/measuring.md, "What makes a number invalid").
 */
const LATENESS_SHARE = 0.25;
const ACHIEVED_SHARE = 0.99;
/** For a percentile to rest on 100 samples beyond it: 100 / (1 − 0.99). */
const P99_SAMPLES = 10_000;

/** Reasons to read the numbers with care, each with what to do about it. */
export function warningsOf(w: Warned): readonly Warning[] {
  const warnings: Warning[] = [];
  const response = w.latency.e2e_response;
  const { latenessP99Ns } = w.harness;
  if (response !== undefined && latenessP99Ns > LATENESS_SHARE * response.percentiles["99"])
    warnings.push({
      code: "HARNESS_LATE",
      message: `the harness itself was ${formatDuration(latenessP99Ns)} late at p99: response p99 (${formatDuration(response.percentiles["99"])}) is partly ours`,
      hint: "Lower the rate, give the machine fewer other jobs, or run mqbench on another machine than the broker.",
    });
  if (w.rates.achieved !== null && w.rates.achieved < ACHIEVED_SHARE)
    warnings.push({
      code: "RATE_NOT_ACHIEVED",
      message: `only ${(w.rates.achieved * 100).toFixed(1)}% of the scheduled messages were sent in the measure phase`,
      hint: "Ask for a lower rate, or raise --in-flight if the broker has room.",
    });
  if (
    response !== undefined &&
    response.count > 0 &&
    response.count < P99_SAMPLES &&
    w.plan.load.loop === "open"
  )
    warnings.push({
      code: "FEW_SAMPLES",
      message: `${response.count} samples: p99 and above rest on fewer than 100 of them`,
      hint: "Run longer, or at a higher rate.",
    });
  const anomalies = Object.values(w.latency).reduce((n, l) => n + (l?.anomalies ?? 0), 0);
  if (anomalies > 0)
    warnings.push({
      code: "CLOCK_ANOMALY",
      message: `${anomalies} latencies were negative or not a number and are in no histogram`,
    });
  for (const [code, n] of Object.entries(w.codes))
    warnings.push({ code: "PUBLISH_TROUBLE", message: `${n} messages ${code}` });
  if (w.counts.late > 0)
    warnings.push({
      code: "LATE_ANSWERS",
      message: `${w.counts.late} answers contradicted or repeated an earlier one; the first stands`,
    });
  return warnings;
}

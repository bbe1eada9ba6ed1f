import type { FaultResult } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { Counts, Warning } from "../model/result.ts";
import { formatDuration } from "../model/units.ts";
import { spikeTexts } from "../report/fault-spikes.ts";
import { type InvalidNumbers, invalidWarnings } from "./invalid-warnings.ts";

export interface Warned extends InvalidNumbers {
  readonly plan: Plan;
  readonly counts: Counts;
  /** Why messages failed or stayed unknown, with how many. */
  readonly codes: Readonly<Record<string, number>>;
  readonly faults?: readonly FaultResult[] | undefined;
}

const ACHIEVED_SHARE = 0.99;
/** For a percentile to rest on 100 samples beyond it: 100 / (1 − 0.99). */
const P99_SAMPLES = 10_000;

/** Reasons to read the numbers with care, each with what to do about it. */
export function warningsOf(w: Warned): readonly Warning[] {
  const warnings: Warning[] = [];
  const response = w.latency.e2e_response;
  warnings.push(...invalidWarnings(w));
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
  const isOnPurpose = (code: string): boolean =>
    code === "failed: TRANSACTION_ABORTED" && (w.plan.producers.transaction?.abort ?? 0) > 0;
  for (const [code, n] of Object.entries(w.codes).filter(([code]) => !isOnPurpose(code)))
    warnings.push({ code: "PUBLISH_TROUBLE", message: `${n} messages ${code}` });
  for (const { kind, startNs } of (w.faults ?? []).filter((f) => !f.bit))
    warnings.push({
      code: "FAULT_DID_NOT_BITE",
      message:
        startNs === null
          ? `the run was over before its ${kind} could begin`
          : `the ${kind} did nothing to any message, so this run says nothing about it`,
      hint: "Let it begin while messages flow, and last longer.",
    });
  for (const { side, startNs, endNs } of (w.faults ?? []).filter((f) => f.kind === "freeze"))
    if (startNs !== null && endNs !== null)
      warnings.push({
        code: "FROZEN_AGENT",
        message: `a ${side}'s agent was stopped for ${formatDuration(endNs - startNs)} by the plan: what that delayed is late by the fault, not by mqbench`,
      });
  for (const message of spikeTexts(w)) warnings.push({ code: "SPIKE_OF_FAULT", message });
  if (w.counts.late > 0)
    warnings.push({
      code: "LATE_ANSWERS",
      message: `${w.counts.late} answers contradicted or repeated an earlier one; the first stands`,
    });
  return warnings;
}

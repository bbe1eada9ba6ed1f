import type { ExitReason } from "../model/exit.ts";
import type { GuaranteeResult } from "../model/guarantee.ts";
import type { Plan } from "../model/plan.ts";
import type { ThresholdResult, Warning } from "../model/result.ts";
import { formatDuration, formatRate } from "../model/units.ts";
import type { Judgement } from "../verify/judge.ts";
import type { EarlyEnd, Recording } from "./conductor.ts";

export interface Ended {
  readonly plan: Plan;
  readonly recording: Recording;
  readonly judgement: Judgement;
  readonly thresholds: readonly ThresholdResult[];
  readonly warnings: readonly Warning[];
  readonly guarantee: GuaranteeResult | undefined;
  /** What could not be removed from the broker. */
  readonly leftBehind: string | undefined;
  /** `--strict`: a metric that may be wrong, or a guarantee without a verdict, fails the run. */
  readonly isStrict: boolean;
}

/** Warnings that make a number wrong, not only uncertain. */
const INVALIDATING = new Set([
  "HARNESS_LATE",
  "HARNESS_HICCUP",
  "HARNESS_BOUND",
  "RATE_NOT_ACHIEVED",
  "CLOCK_ANOMALY",
]);

/** Why a run did not simply pass, all of it. */
export function exitReasons(e: Ended): readonly ExitReason[] {
  const { plan, recording, judgement, thresholds } = e;
  const reasons: ExitReason[] = [];
  const { earlyEnd } = recording;
  if (earlyEnd !== undefined) reasons.push(earlyReason(plan, earlyEnd, sustained(recording)));
  for (const t of thresholds)
    if (t.invalid !== undefined)
      reasons.push({
        kind: "invalid",
        message: `${t.expression} has no verdict: ${t.actualText} is invalid (${t.invalid.join(", ")})`,
      });
    else if (!t.ok) reasons.push({ kind: t.kind, message: `${t.expression} failed: ${t.actualText}` });
  if (!judgement.closes)
    reasons.push({
      kind: "invalid",
      message: "the ledger does not close: some messages are not accounted for",
    });
  if (judgement.counts.undelivered > 0)
    reasons.push({
      kind: "invalid",
      message: `${judgement.counts.undelivered} acknowledged messages were not delivered within the drain's bound (${formatDuration(plan.phases.drainNs)}): no verdict on loss`,
    });
  if (e.leftBehind !== undefined && earlyEnd?.kind !== "broker")
    reasons.push({ kind: "broker", message: e.leftBehind });
  if (e.isStrict && e.guarantee?.verdict === "inconclusive")
    reasons.push({ kind: "inconclusive", message: `${e.guarantee.name} has no verdict: ${e.guarantee.why}` });
  if (e.isStrict)
    for (const w of e.warnings)
      if (INVALIDATING.has(w.code)) reasons.push({ kind: "invalid", message: `${w.code}: ${w.message}` });
  return reasons;
}

/** Messages per second that were sent until the run was ended. */
function sustained({ tally, producedNs }: Recording): number {
  const sent = tally.producers.reduce((n, p) => n + p.sent, 0);
  return producedNs > 0 ? (sent * 1e9) / producedNs : 0;
}

function earlyReason(plan: Plan, end: EarlyEnd, sustainedPerS: number): ExitReason {
  switch (end.kind) {
    case "signal":
      return { kind: end.name === "SIGTERM" ? "sigterm" : "sigint", message: `stopped by ${end.name}` };
    case "broker":
      return { kind: "broker", message: `the broker went away: ${end.message}` };
    case "bug":
      return { kind: "bug", message: end.message };
    case "overloaded":
      return {
        kind: "overloaded",
        message: `overloaded: ${offeredText(plan)} asked for, ${formatRate(sustainedPerS)} sustained; the oldest unsent message was ${formatDuration(end.backlogNs)} late`,
      };
  }
}

function offeredText(plan: Plan): string {
  if (plan.load.loop !== "open") return "the closed loop";
  const { schedule } = plan.load;
  if (schedule.kind === "ramp") return `a ramp to ${formatRate(schedule.toPerS)}`;
  if (schedule.kind === "steps") return `steps up to ${formatRate(Math.max(...schedule.ratesPerS))}`;
  return formatRate(schedule.ratePerS);
}

import type { ExitReason } from "../model/exit.ts";
import type { Plan } from "../model/plan.ts";
import type { ThresholdResult } from "../model/result.ts";
import { formatDuration, formatRate } from "../model/units.ts";
import type { Judgement } from "../verify/judge.ts";
import type { EarlyEnd, Recording } from "./conductor.ts";

/** Why a run did not simply pass, all of it. */
export function exitReasons(
  plan: Plan,
  recording: Recording,
  judgement: Judgement,
  thresholds: readonly ThresholdResult[],
  sustainedPerS: number,
): readonly ExitReason[] {
  const reasons: ExitReason[] = [];
  const { earlyEnd } = recording;
  if (earlyEnd !== undefined) reasons.push(earlyReason(plan, earlyEnd, sustainedPerS));
  for (const t of thresholds)
    if (!t.ok) reasons.push({ kind: t.kind, message: `${t.expression} failed: ${t.actualText}` });
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
  return reasons;
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

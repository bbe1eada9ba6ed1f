import { exitCode } from "../model/exit.ts";
import { percentileOf } from "../model/hdr.ts";
import type { LATENCIES } from "../model/metric.ts";
import type { RunResult, TargetResult, Warning } from "../model/result.ts";
import { encodeHistogram } from "../report/histogram.ts";
import type { Judgement } from "../verify/judge.ts";
import { metricsOf } from "../verify/threshold-values.ts";
import type { Recording } from "./conductor.ts";
import { exitReasons } from "./exit-reasons.ts";
import { harnessOf } from "./harness.ts";
import { codesOf } from "./judge-run.ts";
import { orderingOf } from "./ordering.ts";
import type { RereadFound } from "./reread.ts";
import type { RunRequest } from "./run-one.ts";
import { soundnessOf } from "./soundness.ts";
import { steadyOf } from "./steady.ts";
import { type IntervalLatency, latencyOf, ratesOf, seriesOf } from "./summary.ts";
import { verdictsOf } from "./verdicts.ts";
import { warningsOf } from "./warnings.ts";
import { withCosts } from "./with-costs.ts";

/** What there is of a run when it is over. */
export interface RunEvidence {
  readonly target: TargetResult;
  readonly recording: Recording;
  readonly judgement: Judgement;
  /** By second of the measure phase. */
  readonly latencies: ReadonlyMap<number, IntervalLatency>;
  /** What could not be removed. */
  readonly leftBehind: string | undefined;
  readonly reread: RereadFound | undefined;
}

/** Puts the result of a run together from what it was before, and all that was found. */
export function finishedResult(
  r: Pick<RunRequest, "plan" | "capabilities" | "floor" | "thresholds" | "isStrict">,
  before: RunResult,
  { target, recording, judgement, latencies, leftBehind, reread }: RunEvidence,
): RunResult {
  const { plan } = r;
  const { tally, phases } = recording;
  const ordering = orderingOf(plan, tally, judgement, reread);
  const { counts } = judgement;
  const verdicts = verdictsOf(r, judgement, before.faults ?? [], recording.earlyEnd === undefined);
  const costed = withCosts(before, recording, counts);
  addUndelivered(recording, counts.lost + counts.undelivered);
  const rates = ratesOf(plan, tally, phases, counts);
  const latency = latencyOf(tally, encodeHistogram);
  const measured = {
    counts,
    rates,
    latency,
    percentile: (name: (typeof LATENCIES)[number], p: number) => {
      const h = tally.histograms[name];
      return h.count === 0 ? null : percentileOf(h.buckets, h.count, p, h.max);
    },
  };
  const { harness, validity, thresholds } = soundnessOf({
    plan,
    tally,
    phases,
    measured,
    harness: harnessOf(recording, counts),
    closes: judgement.closes,
    floor: r.floor,
    thresholds: r.thresholds,
  });
  const series = seriesOf(plan, tally.intervals, latencies);
  const { steady, findings } = steadyOf(plan, series);
  const warnings: Warning[] = [
    ...warningsOf({
      plan,
      rates,
      latency,
      harness,
      counts,
      validity,
      floor: r.floor,
      thresholds,
      codes: codesOf(tally),
      faults: costed.faults,
    }),
  ];
  if (leftBehind !== undefined) warnings.push({ code: "LEFT_BEHIND", message: leftBehind });
  const reasons = exitReasons({
    plan,
    recording,
    judgement,
    thresholds,
    warnings,
    guarantee: verdicts.guarantee,
    leftBehind,
    isStrict: r.isStrict,
  });
  return {
    ...costed,
    state: stateOf(recording),
    run: { ...before.run, endedAt: new Date().toISOString() },
    target,
    phases,
    counts,
    subscriptions: judgement.subscriptions,
    rates,
    ...(judgement.transactions === undefined ? {} : { transactions: judgement.transactions }),
    ...(judgement.effects === undefined ? {} : { effects: judgement.effects }),
    latency,
    series,
    ...verdicts,
    findings: [...verdicts.findings, ...ordering.findings, ...findings],
    order: ordering.order,
    ...(ordering.reread === undefined ? {} : { reread: ordering.reread }),
    harness,
    validity,
    steady,
    ...(r.floor === undefined ? {} : { floor: r.floor }),
    ...(recording.resources === undefined ? {} : { resources: recording.resources }),
    ...(recording.depth === undefined ? {} : { depth: recording.depth }),
    thresholds,
    warnings,
    events: recording.events,
    metrics: metricsOf(measured),
    exit: { code: exitCode(reasons), reasons },
  };
}

/**
 * Messages that never came would make the percentiles look better than they were. They count with the least
 * that they can have taken: from the end of the measure phase to the end of the drain.
 */
function addUndelivered({ tally, phases }: Recording, absent: number): void {
  const drain = phases.at(-1);
  if (absent === 0 || drain === undefined) return;
  tally.censor(["e2e_service", "e2e_response"], absent, drain.endNs - drain.startNs);
}

function stateOf({ earlyEnd }: Recording): RunResult["state"] {
  if (earlyEnd === undefined || earlyEnd.kind === "overloaded") return "finished";
  return earlyEnd.kind === "signal" ? "interrupted" : "failed";
}

import type { RunResult, ThresholdResult } from "../../model/result.ts";
import { formatCount, formatDuration, formatRate } from "../../model/units.ts";
import type { StepReason, StepReasonCode } from "../../report/limit-result.ts";
import { steadiness } from "../../stats/steady.ts";
import { parseThreshold } from "../../verify/thresholds.ts";
import type { Trial } from "./search.ts";

export interface StepVerdict {
  readonly outcome: Trial["outcome"];
  readonly reasons: readonly StepReason[];
  /** mqbench itself was late at the percentile that failed. */
  readonly isHarnessLate: boolean;
  /** How far the tightest objective is used up, 1 = its limit; null where none can be put as a share. */
  readonly usedShare: number | null;
}

/** Of what was due, this much has to be sent: less, and the rate is not the one that the step is about. */
const ACHIEVED = 0.99;
/** Missed by less than this it may have been chance. */
const HAIR = 0.1;
const HAIR_ACHIEVED = 0.98;
/** An objective that half of the seconds kept was broken by events, such as a pause, rather than by the rate. */
const FEW_SECONDS = 0.5;

/**
 * Judges one step by what its run found. It holds if every threshold held (objectives, the profile's own, and
 * those of the guarantee), all messages are accounted for, at least 99 % of what was due was sent, and neither
 * backlog nor response time kept growing.
 */
export function judgeStep(result: RunResult): StepVerdict {
  const failed = [
    ...overload(result),
    ...accounts(result),
    ...result.thresholds.filter((t) => !t.ok).map((t) => missed(t, result)),
    ...shortfall(result),
  ];
  // Behind a clear failure a growing backlog is its consequence, and no news.
  if (failed.length === 0) failed.push(...growth(result));
  const isLate = isHarnessLate(result);
  // A step in which mqbench was late is no fair verdict on rates and latencies: not in one try.
  const isClose =
    failed.length > 0 && failed.every((f) => f.isClose || (isLate && !CERTAIN.has(f.reason.code)));
  return {
    outcome: failed.length === 0 ? "holds" : isClose ? "close" : "fails",
    reasons: failed.map((f) => f.reason),
    isHarnessLate: isLate,
    usedShare: usedShare(result),
  };
}

/** No lateness of the harness explains these. */
const CERTAIN: ReadonlySet<StepReasonCode> = new Set(["GUARANTEE", "UNACCOUNTED"]);

/** Warnings that a latency is partly mqbench's, or its machine's. */
const LATE = new Set(["HARNESS_LATE", "HARNESS_HICCUP"]);

/** Whether an objective failed that mqbench itself may have broken. */
function isHarnessLate({ thresholds, warnings }: RunResult): boolean {
  const failed = thresholds.filter((t) => !t.ok && t.kind === "threshold");
  if (failed.length === 0) return false;
  return failed.some((t) => t.invalid !== undefined) || warnings.some((w) => LATE.has(w.code));
}

interface Failed {
  readonly reason: StepReason;
  readonly isClose: boolean;
}

function overload({ exit }: RunResult): readonly Failed[] {
  return exit.reasons
    .filter((r) => r.kind === "overloaded")
    .map(({ message }) => ({
      reason: { code: "OVERLOADED", short: "overloaded", message },
      isClose: false,
    }));
}

/** Consumers that cannot keep up leave messages behind; a ledger that does not close proves nothing at all. */
function accounts({ counts, findings }: RunResult): readonly Failed[] {
  const failed = (short: string, message: string): Failed => ({
    reason: { code: "UNACCOUNTED", short, message },
    isClose: false,
  });
  if (findings.some((f) => f.code === "LEDGER_OPEN"))
    return [failed("unaccounted", "the ledger does not close: some messages are not accounted for")];
  if (counts.undelivered === 0) return [];
  const count = formatCount(counts.undelivered);
  return [
    failed("undelivered", `${count} acknowledged messages were not delivered within the drain's bound`),
  ];
}

function missed(t: ThresholdResult, result: RunResult): Failed {
  const metric = parseThreshold(t.expression, t.origin).metric;
  const name = metric.kind === "latency" ? metric.name.slice(metric.of.length + 1) : metric.name;
  const reason: StepReason = {
    code: t.kind === "guarantee" ? "GUARANTEE" : "OBJECTIVE",
    short: `${name.replace("rate.", "")} ${t.actualText}`,
    message: `${t.expression} failed: ${t.actualText}`,
  };
  const used = shareOf(t);
  const byLittle = used !== null && used <= 1 + HAIR;
  return { reason, isClose: t.kind !== "guarantee" && (byLittle || isRare(t, result)) };
}

/** Whether half of the step's seconds or more kept the objective by themselves. */
function isRare(t: ThresholdResult, { series }: RunResult): boolean {
  const { metric, limit, op } = parseThreshold(t.expression, t.origin);
  if (metric.kind !== "latency" || metric.of !== "e2e_response" || !op.startsWith("<")) return false;
  const perSecond = metric.name.endsWith(".p99") ? series.e2eP99 : [];
  const seen = perSecond.filter((v) => v !== null);
  const over = seen.filter((v) => v / 1e6 > limit).length;
  return seen.length > 0 && over / seen.length <= FEW_SECONDS;
}

function shortfall({ rates }: RunResult): readonly Failed[] {
  const achieved = rates.achieved ?? 0;
  if (achieved >= ACHIEVED) return [];
  const percent = `${(Math.floor(achieved * 1000) / 10).toFixed(1)}%`;
  return [
    {
      reason: {
        code: "NOT_ACHIEVED",
        short: `sent ${percent}`,
        message: `only ${percent} of what was due was sent (${formatRate(rates.sent)})`,
      },
      isClose: achieved >= HAIR_ACHIEVED,
    },
  ];
}

/** What grows for as long as it is measured would break any objective in a longer step. */
function growth({ series, rates }: RunResult): readonly Failed[] {
  const backlog = steadiness(series.backlog);
  const p50 = steadiness(series.e2eP50);
  const found: Failed[] = [];
  if (backlog.verdict === "unsteady" && backlog.z > 0) {
    const waiting = series.backlog.at(-1)! - series.backlog[0]!;
    const behindNs = rates.sent > 0 ? (waiting * 1e9) / rates.sent : 0;
    found.push(growing("backlog", `the backlog kept growing, by ${formatDuration(behindNs)} of messages`));
  }
  if (p50.verdict === "unsteady" && p50.z > 0)
    found.push(growing("p50", `the median response kept growing, by ${Math.round(p50.change * 100)}%`));
  return found;
}

function growing(what: string, message: string): Failed {
  return { reason: { code: "GROWING", short: `${what} grows`, message }, isClose: true };
}

/** What of the objectives is used up most: 0.5 is half of a limit. */
function usedShare({ thresholds }: RunResult): number | null {
  const shares = thresholds.flatMap((t) => shareOf(t) ?? []);
  return shares.length === 0 ? null : Math.max(...shares);
}

/** Of an upper limit on a latency; for a lower one it would say nothing about how near its end is. */
function shareOf(t: ThresholdResult): number | null {
  const { metric, limit, op } = parseThreshold(t.expression, t.origin);
  if (metric.kind !== "latency" || !op.startsWith("<") || t.actual === null || limit === 0) return null;
  // Of a lower bound the true value is unknown, and surely no hair.
  return t.actualText.startsWith(">") ? Number.POSITIVE_INFINITY : t.actual / limit;
}

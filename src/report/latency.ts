import type { LatencyName } from "../model/metric.ts";
import type { LatencySummary, RunResult } from "../model/result.ts";
import { formatDuration } from "../model/units.ts";

/** The percentiles that tables show. */
export const SHOWN = ["50", "90", "99", "99.9"] as const;
export type Shown = keyof LatencySummary["percentiles"];

/** The rows of a latency table: response beside service, publishing before end to end. */
export const LATENCY_ROWS: readonly LatencyName[] = [
  "publish_response",
  "publish_service",
  "e2e_response",
  "e2e_service",
];

/** What headings stand for, one line each. */
export const LATENCY_LEGEND: readonly string[] = [
  "response: from when a message was due, the waiting to be sent included",
  "service: from its hand-over to the client; blind to what waited behind a stall",
  "publish ends with the broker's acknowledgement, e2e in the consumer's callback",
];

export const SATURATED = "at saturation, not a latency result";
export const SATURATED_LEGEND =
  "A closed loop sends as fast as it can: messages wait behind each other by design, " +
  "and nothing says when one was due. For latency, run with a rate.";

/** Whether a percentile rests on samples that are only a lower bound: they are the largest ones. */
export function isCensored(l: LatencySummary, percentile: number): boolean {
  return Math.ceil((percentile / 100) * l.count) > l.count - l.censored;
}

/** `12.3ms`, `> 10.0s` for a lower bound, `–` without samples. */
export function percentileText(l: LatencySummary | undefined, percentile: Shown): string {
  if (l === undefined || l.count === 0) return "–";
  return `${isCensored(l, Number(percentile)) ? "> " : ""}${formatDuration(l.percentiles[percentile])}`;
}

export function maxText(l: LatencySummary | undefined): string {
  if (l === undefined || l.count === 0) return "–";
  return `${l.censored > 0 ? "> " : ""}${formatDuration(l.max)}`;
}

/** The sign of a number that may be the harness's own; the line below the table says it in words. */
export const INVALID_SIGN = "!";

/** `!` where the harness may have caused the number. */
export function invalidSign({ validity }: RunResult, name: LatencyName, aggregate: Shown | "max"): string {
  const metric = `${name}.${aggregate === "max" ? aggregate : `p${aggregate}`}`;
  return validity?.[metric]?.verdict === "invalid" ? INVALID_SIGN : "";
}

/**
 * What `!` in a table means, which numbers have it, and how late mqbench was there. Undefined when none has.
 * Causes and what to do stand in the harness section.
 */
export function invalidText(result: RunResult): string | undefined {
  const { harness } = result;
  const names = LATENCY_ROWS.flatMap((name) => {
    const own = [...SHOWN, "max" as const].filter((p) => invalidSign(result, name, p) !== "");
    return own.length === 0
      ? []
      : [`${name.replace("_", " ")} ${own.map((p) => (p === "max" ? p : `p${p}`)).join(", ")}`];
  });
  if (names.length === 0) return undefined;
  const worst = (["99", "50"] as const).flatMap((p) => {
    const own = Math.max(harness.lateness?.percentiles[p] ?? 0, harness.hiccup?.percentiles[p] ?? 0);
    return own > 0 ? [`${formatDuration(own)} at p${p}`] : [];
  });
  return `"!" invalid, more than a quarter may be mqbench's own delay (${worst.join(", ")}): ${names.join("; ")}`;
}

/**
 * The gap between response and service at p99, named: that long messages waited before they were handed to
 * the client. Undefined in a closed loop, which has no such wait.
 */
export function gapText({ plan, latency, harness }: RunResult): string | undefined {
  const delay = latency.schedule_delay;
  if (plan.load.loop === "closed" || delay === undefined || delay.count === 0) return undefined;
  const gaps = [
    ["publish", latency.publish_response, latency.publish_service],
    ["e2e", latency.e2e_response, latency.e2e_service],
  ] as const;
  const texts = gaps.flatMap(([name, response, service]) =>
    response === undefined || service === undefined || response.count === 0
      ? []
      : [`${name} ${formatDuration(Math.max(0, response.percentiles["99"] - service.percentiles["99"]))}`],
  );
  if (texts.length === 0) return undefined;
  return (
    `gap at p99: ${texts.join(", ")}. It is the wait to be sent (schedule delay p99 ` +
    `${percentileText(delay, "99")}); at p99 mqbench itself was ${formatDuration(harness.latenessP99Ns)} late.`
  );
}

import type { FaultResult } from "../model/fault.ts";
import type { SideCost } from "../model/fault-cost.ts";
import type { LatencySummary, RunResult } from "../model/result.ts";
import { formatCount, formatDuration } from "../model/units.ts";

interface Costed {
  readonly latency: RunResult["latency"];
  readonly faults?: readonly FaultResult[] | undefined;
}

/**
 * Latencies that the plan's own faults have made, one sentence each:
 * `e2e response p99 123ms, max 512ms: stall at 3.00s held 412 messages for up to 512ms`.
 */
export function spikeTexts({ latency, faults = [] }: Costed): readonly string[] {
  return [
    ...textsOf("e2e response", latency.e2e_response, faults, (f) => f.cost?.consume),
    ...textsOf("publish response", latency.publish_response, faults, (f) => f.cost?.publish),
  ];
}

/** `stall at 3.00s` */
export function faultName({ kind, point, startNs }: FaultResult): string {
  const name = point === undefined ? kind : `${kind} ${point}`;
  return startNs === null ? name : `${name} at ${formatDuration(startNs)}`;
}

/** The fault's largest value and a histogram's are the same number, but for rounding. */
const SAME = 0.999;

function textsOf(
  name: string,
  summary: LatencySummary | undefined,
  faults: readonly FaultResult[],
  sideOf: (fault: FaultResult) => SideCost | null | undefined,
): readonly string[] {
  if (summary === undefined || summary.count === 0) return [];
  const own = faults.flatMap((fault) => {
    const side = sideOf(fault);
    return side && side.worstNs !== null && side.slowed > 0
      ? [{ fault, slowed: side.slowed, worstNs: side.worstNs }]
      : [];
  });
  const named = new Map<FaultResult, string[]>();
  for (const p of ["50", "90", "99", "99.9"] as const) {
    const atNs = summary.percentiles[p];
    const beyond = summary.count * (1 - Number(p) / 100);
    const could = own.filter((o) => o.worstNs >= SAME * atNs);
    const slowed = could.reduce((n, o) => n + o.slowed, 0);
    const most = could.reduce<(typeof own)[number] | undefined>(
      (best, o) => (best === undefined || o.slowed > best.slowed ? o : best),
      undefined,
    );
    // All samples beyond the percentile, or nearly so, have room in what the faults slowed down.
    if (most !== undefined && slowed >= beyond)
      named.set(most.fault, [...(named.get(most.fault) ?? []), `p${p} ${formatDuration(atNs)}`]);
  }
  const largest = own.find((o) => o.worstNs >= SAME * summary.max);
  if (largest !== undefined)
    named.set(largest.fault, [...(named.get(largest.fault) ?? []), `max ${formatDuration(summary.max)}`]);
  return own.flatMap(({ fault, slowed, worstNs }) => {
    const values = named.get(fault);
    return values === undefined
      ? []
      : [
          `${name} ${values.join(", ")}: ${faultName(fault)} held ${formatCount(slowed)} messages for up to ${formatDuration(worstNs)}`,
        ];
  });
}

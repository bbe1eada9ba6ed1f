import type { FaultSeries } from "../model/fault-cost.ts";
import type { Flow } from "../model/flow.ts";

/** As many as a line of run.json has room for. */
const MOST = 600;

/** The measure phase in intervals as fine as were recorded, or so many that there are at most 600. */
export function faultSeries({ bucketNs, acked, seen }: Flow, startNs: number, endNs: number): FaultSeries {
  const first = Math.floor(startNs / bucketNs);
  const buckets = Math.max(0, Math.ceil(endNs / bucketNs) - first);
  const each = Math.max(1, Math.ceil(buckets / MOST));
  const rows = Array.from({ length: Math.ceil(buckets / each) }, (_, row) =>
    Array.from({ length: each }, (_, i) => first + row * each + i),
  );
  const sum = (counts: readonly number[], own: readonly number[]): number =>
    own.reduce((n, i) => n + (counts[i] ?? 0), 0);
  return {
    startNs: first * bucketNs,
    intervalNs: each * bucketNs,
    acked: rows.map((own) => sum(acked.count, own)),
    seen: rows.map((own) => sum(seen.count, own)),
    e2eMax: rows.map((own) =>
      sum(seen.count, own) === 0 ? null : Math.round(Math.max(...own.map((i) => seen.worstNs[i] ?? 0))),
    ),
  };
}

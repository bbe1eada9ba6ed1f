import { formatDuration, formatRate, formatSize } from "../model/units.ts";
import { type Check, concern, ok } from "./check.ts";
import type { Facts } from "./facts.ts";

/** A throughput is only the target's if the harness could do this much more (docs/measuring.md). */
const MARGIN = 1.2;
/** A response percentile below this many floors is partly ours. */
const FLOORS = 3;
/** The common clients send up to 0.4 million messages of 100 B a second on two cores; the margin on top. */
const ENOUGH_PER_S = 5e5;
/** Brokers answer in about a millisecond. */
const HIGH_FLOOR_NS = 1e6;

const FAILED = [
  "Not even a target that does nothing can be measured here.",
  "Run mqbench run quick --on memory to see why.",
] as const;

/** What `--calibrate` found: the harness's own limits on this machine. */
export function judgeHarness({ harness }: Facts): readonly Check[] {
  if (harness === undefined) return [];
  if (harness === "failed")
    return [concern("ceiling", "the harness did not get through a run", "bad", FAILED)];
  const { ceilingPerS, floorP50Ns, floorP99Ns, sizeBytes } = harness;
  const most = formatRate(ceilingPerS / MARGIN);
  const ceiling = `${formatRate(ceilingPerS)} of ${formatSize(sizeBytes)}, so up to ${most} is the target's`;
  const floor = `e2e response p50 ${formatDuration(floorP50Ns)}, p99 ${formatDuration(floorP99Ns)}`;
  return [
    ceilingPerS >= ENOUGH_PER_S
      ? ok("ceiling", ceiling)
      : concern("ceiling", ceiling, "warn", [
          `A throughput above ${most} would be mqbench's limit and not the target's.`,
          "Use larger messages, more agents or a faster machine.",
        ]),
    floorP99Ns < HIGH_FLOOR_NS
      ? ok("floor", floor)
      : concern("floor", floor, "warn", [
          `A response p99 below ${formatDuration(FLOORS * floorP99Ns)} says more about this machine than about a target.`,
          "Stop what else runs here, lower the rate, or measure only longer latencies.",
        ]),
  ];
}

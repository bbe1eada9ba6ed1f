import type { RunResult } from "../model/result.ts";
import { formatCount } from "../model/units.ts";
import { spikeTexts } from "./fault-spikes.ts";
import {
  gapText,
  invalidSign,
  invalidText,
  LATENCY_LEGEND,
  LATENCY_ROWS,
  maxText,
  percentileText,
  SATURATED,
  SATURATED_LEGEND,
  SHOWN,
} from "./latency.ts";
import { paint, type Style } from "./style.ts";
import { fitTable, wrap } from "./table.ts";

/** Response beside service, with the difference named. */
export function latencyLines(result: RunResult, style: Style): readonly string[] {
  const { plan, latency } = result;
  const isClosed = plan.load.loop === "closed";
  // In a closed loop nothing is due, so response and service are the same thing.
  const names = LATENCY_ROWS.filter(
    (n) => latency[n] !== undefined && !(isClosed && n.endsWith("_response")),
  );
  if (names.length === 0) return [];
  const rows = names.map((name) => {
    const l = latency[name]!;
    return [
      name.replace("_", " "),
      ...SHOWN.map((p) => percentileText(l, p) + invalidSign(result, name, p)),
      maxText(l) + invalidSign(result, name, "max"),
      formatCount(l.count),
    ];
  });
  const heads = ["", ...SHOWN.map((p) => `p${p}`), "max", "samples"];
  const gap = gapText(result);
  const invalid = invalidText(result);
  const censored = Math.max(0, ...names.map((n) => latency[n]!.censored));
  return [
    isClosed ? `Latency: ${paint(SATURATED, "warn", style)}` : "Latency (measure phase)",
    ...fitTable([heads, ...rows], ["left", "right"]),
    ...(invalid === undefined ? [] : wrap(invalid)),
    ...(gap === undefined ? [] : wrap(gap)),
    ...spikeTexts(result).flatMap((text) => wrap(text)),
    ...(censored > 0
      ? wrap(
          `"> x": ${formatCount(censored)} messages had no end when the run was over; they count with their age.`,
        )
      : []),
    ...(isClosed ? wrap(SATURATED_LEGEND) : LATENCY_LEGEND.flatMap((l) => wrap(l))),
  ];
}

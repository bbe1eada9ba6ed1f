import type { Counts, RunResult } from "../model/result.ts";
import { faultCosts } from "../verify/fault-cost.ts";
import { faultSeries } from "../verify/fault-series.ts";
import type { Recording } from "./conductor.ts";

/** The result of a run with what its faults cost, where the plan has some. */
export function withCosts(
  before: RunResult,
  { tally: { flow }, events, phases }: Recording,
  { lost, undelivered }: Pick<Counts, "lost" | "undelivered">,
): RunResult {
  const { faults, plan } = before;
  const measure = phases.find((p) => p.name === "measure");
  if (faults === undefined || flow === undefined || measure === undefined) return before;
  const costs = faultCosts({
    faults,
    flow,
    events,
    subscriptions: plan.stream.subscriptions,
    // Connections and code are cold in the first half of the warm-up.
    fromNs: plan.phases.warmupNs / 2,
    overNs: measure.endNs,
    gone: lost + undelivered,
  });
  return {
    ...before,
    faults: faults.map((fault, i) => ({ ...fault, cost: costs[i] ?? null })),
    faultSeries: faultSeries(flow, measure.startNs, measure.endNs),
  };
}

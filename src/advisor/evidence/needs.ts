import type { Answers } from "../condition.ts";
import type { EvidenceMap } from "../evidence-map.ts";
import { isAsDurable, neededDurability } from "./durability.ts";
import type { RunFact } from "./fact.ts";
import type { BareRemark } from "./remark.ts";

/**
 * What was measured of one mode, held against the answers about rate and latency: with the durability that the
 * answers need, or stronger.
 * @param runs of this mode, on one machine
 */
export function needRemarks(
  runs: readonly RunFact[],
  answers: Answers,
  { bands }: EvidenceMap,
): readonly BareRemark[] {
  const needed = neededDurability(answers);
  const able = runs.filter((r) => isAsDurable(r.durability, needed));
  const neededPerS = bands.rate[answers.get("rate") ?? ""];
  const neededMs = bands.latency[answers.get("latency") ?? ""];
  const summary = newest(able.filter((r) => r.rate !== undefined || r.p99 !== undefined));
  const rate = neededPerS === undefined ? undefined : rateBareRemark(able, runs, neededPerS);
  const latency = neededMs === undefined ? undefined : latencyBareRemark(able, neededMs, neededPerS);
  // A latency at too low a rate says that the rate is too low.
  const isTold = rate?.verdict === "shows" && latency?.facts[0] === rate.facts[0];
  const said = [isTold ? undefined : rate, latency].filter((r) => r !== undefined);
  return [
    // What a remark already quotes is not said twice.
    ...(summary === undefined || said.some((r) => r.facts[0] === summary)
      ? []
      : [{ kind: "summary", verdict: "shows", facts: [summary] } as const]),
    ...said,
  ];
}

/** The highest rate that was kept; where a run was overloaded below what is needed, that one. */
function rateBareRemark(
  able: readonly RunFact[],
  all: readonly RunFact[],
  neededPerS: number,
): BareRemark | undefined {
  const best = highest(able);
  if (best?.rate !== undefined && best.rate.value >= neededPerS)
    return { kind: "rate", verdict: "enough", facts: [best], neededPerS, bound: "least" };
  const overloaded = able.find((r) => r.isOverloaded && (r.offeredPerS ?? Infinity) <= neededPerS);
  if (overloaded) return { kind: "overloaded", verdict: "short", facts: [overloaded], neededPerS };
  const fastest = highest(able.filter((r) => r.load === "closed"));
  if (fastest) return { kind: "rate", verdict: "short", facts: [fastest], neededPerS, bound: "most" };
  if (best) return { kind: "rate", verdict: "shows", facts: [best], neededPerS, bound: "least" };
  const weaker = highest(all.filter((r) => (r.rate?.value ?? 0) >= neededPerS));
  return weaker && { kind: "weaker", verdict: "unlike", facts: [weaker], neededPerS };
}

/** At the lowest rate that is at least the needed one; else at the highest there is. */
function latencyBareRemark(
  able: readonly RunFact[],
  neededMs: number,
  neededPerS: number | undefined,
): BareRemark | undefined {
  const timed = able.filter((r) => r.p99 !== undefined && r.offeredPerS !== undefined);
  const enough = timed.filter((r) => neededPerS !== undefined && r.offeredPerS! >= neededPerS);
  const rates = (enough.length > 0 ? enough : timed).map((r) => r.offeredPerS!);
  const chosen = enough.length > 0 ? Math.min(...rates) : Math.max(...rates);
  const fact = newest(timed.filter((r) => r.offeredPerS === chosen));
  if (fact?.p99 === undefined) return undefined;
  const { value, ownNs = 0 } = fact.p99;
  const neededNs = neededMs * 1e6;
  const about = { kind: "latency", facts: [fact], neededMs } as const;
  if (value - ownNs > neededNs) return { ...about, verdict: "short" };
  if (value > neededNs) return { ...about, verdict: "shows", unsettled: "harness" };
  return neededPerS === undefined || chosen >= neededPerS
    ? { ...about, verdict: "enough" }
    : { ...about, verdict: "shows", unsettled: "rate" };
}

function highest(runs: readonly RunFact[]): RunFact | undefined {
  return runs
    .filter((r) => r.rate !== undefined)
    .sort((a, b) => b.rate!.value - a.rate!.value)
    .at(0);
}

export function newest<F extends { readonly startedAt: string }>(facts: readonly F[]): F | undefined {
  return [...facts].sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt)).at(0);
}

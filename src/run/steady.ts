import type { SteadyResult } from "../model/harness.ts";
import type { Plan } from "../model/plan.ts";
import type { Finding, Series } from "../model/result.ts";
import { LEAST_FOR_CUT, type Steadiness, steadiness } from "../stats/steady.ts";

/** Whether the measure phase had settled, and the finding if it never did. */
export function steadyOf(
  plan: Plan,
  series: Series,
): { readonly steady: SteadyResult; readonly findings: readonly Finding[] } {
  const unjudged = (why: string) => ({ steady: { verdict: "unjudged", why } as const, findings: [] });
  if (plan.load.loop === "open" && !["uniform", "poisson"].includes(plan.load.schedule.kind))
    return unjudged(`a ${plan.load.schedule.kind} changes by design`);
  if (series.t.length < LEAST_FOR_CUT)
    return unjudged(`${series.t.length} seconds are too few to tell; it takes ${LEAST_FOR_CUT}`);
  const judged = SERIES.map(([key, name]) => ({ name, ...steadiness(series[key]) }));
  const unsteady = judged.filter((s) => s.verdict === "unsteady");
  if (unsteady.length > 0)
    return {
      steady: { verdict: "no", why: unsteady.map((s) => whyNot(s, series)).join("; ") },
      findings: [{ code: "NEVER_STEADY", severity: "warn", count: unsteady.length, examples: [] }],
    };
  const cut = Math.max(...judged.map((s) => s.cut));
  if (cut === 0) return { steady: { verdict: "yes", why: "no trend and no jump" }, findings: [] };
  const late = judged.filter((s) => s.cut === cut).map((s) => s.name);
  return {
    steady: {
      verdict: "cut",
      cutS: cut * series.intervalS,
      why: `${late.join(" and ")} settled only ${cut * series.intervalS} s into the measure phase: warm up longer`,
    },
    findings: [],
  };
}

/** What must have settled: what was done, and how long it took. */
const SERIES = [
  ["published", "the publish rate"],
  ["consumed", "the consume rate"],
  ["e2eP50", "e2e response p50"],
] as const satisfies readonly (readonly [keyof Series, string])[];

function whyNot(s: Steadiness & { readonly name: string }, series: Series): string {
  const amount = Number.isFinite(s.change) ? ` by ${Math.abs(s.change * 100).toFixed(0)}%` : "";
  if (s.reason === "level-shift" && s.at !== null)
    return `${s.name} jumped${amount} at ${series.t[s.at] ?? 0} s`;
  return `${s.name} kept ${s.z > 0 ? "growing" : "falling"}${amount}`;
}

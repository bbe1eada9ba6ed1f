import { formatRate } from "../../model/units.ts";
import { plansJson, renderPlans } from "../plan/render.ts";
import type { PlanSet } from "../plan/resolve.ts";
import type { LimitSearch } from "./request.ts";

/** What would be searched, for people: the search, then what each step is made of, with where it came from. */
export function renderLimitPlan(search: LimitSearch): string {
  const { objectives, fromPerS, toPerS, precision } = search;
  const from = fromPerS === null ? "a quarter of what a closed loop of 3s reaches" : formatRate(fromPerS);
  const to = toPerS === null ? "no bound" : formatRate(toPerS);
  return [
    `a search on each target for the highest rate that keeps ${objectives.join(" and ")}`,
    `from ${from}, to ${to}, within ${Number((precision * 100).toPrecision(3))}%`,
    "",
    renderPlans(withoutRate(search.set)).replace(/^\d+ runs?/, "each step is a run"),
  ].join("\n");
}

export function limitPlanJson({ set, ...search }: LimitSearch): unknown {
  return { search, ...(plansJson(withoutRate(set)) as object) };
}

/** The rate is what the search is about, so the profile's own means nothing. */
function withoutRate(set: PlanSet): PlanSet {
  const runs = set.runs.map((run) => ({
    ...run,
    settings: run.settings.filter((s) => s.path.join(".") !== "load.rate"),
  }));
  return { ...set, runs };
}

import { formatDuration, formatRate } from "../model/units.ts";
import type { LimitWatcher } from "../run/limit/search-target.ts";
import { createProgress, type ProgressOptions } from "./progress.ts";

/** Progress of a rate search: which step of about how many, at which rate, and how each one went. */
export function createLimitProgress(o: ProgressOptions): LimitWatcher {
  const line = createProgress(o);
  return {
    note: line.note,
    step(what, plan) {
      const rate =
        plan.load.loop === "open" && "ratePerS" in plan.load.schedule
          ? `, ${formatRate(plan.load.schedule.ratePerS)}`
          : "";
      // What is said to run is the step: the profile is the same all the time.
      line.begin({ ...plan, profile: `${what}${rate}` }, 1, 1);
    },
    phase: line.phase,
    second: line.second,
    end: line.end,
    judged(step) {
      const p99 =
        step.e2eResponse === null ? "" : ` (e2e response p99 ${formatDuration(step.e2eResponse.p99Ns)})`;
      const why = step.reasons.map((r) => r.message).join("; ");
      const verdict =
        step.verdict === "holds"
          ? `✓ holds${p99}`
          : `✗ fails${step.isClose ? ", perhaps by chance" : ""}: ${why}`;
      line.note(`  ${verdict}`);
    },
  };
}

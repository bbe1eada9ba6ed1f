import { UserError } from "../../model/errors.ts";
import type { Plan } from "../../model/plan.ts";
import { targetText } from "../../model/target.ts";
import { formatRate, parseRatePerS } from "../../model/units.ts";
import { parseThreshold } from "../../verify/thresholds.ts";
import type { PlanFlags } from "../plan/flags.ts";
import type { PlannedRun, PlanSet } from "../plan/resolve.ts";
import { preparePlans, type RunInput } from "../prepare.ts";

/** The flags of a rate search that are no flags of a run, as text. */
export interface LimitFlags {
  readonly slo: readonly string[];
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly precision: string;
  readonly "step-duration"?: string | undefined;
}

/** What is searched, on which plans. */
export interface LimitSearch {
  readonly set: PlanSet;
  /** Objectives, as the plans have them among their thresholds. */
  readonly objectives: readonly string[];
  readonly fromPerS: number | null;
  readonly toPerS: number | null;
  readonly precision: number;
}

/** Finer than 0.5 % no step of seconds can tell rates apart; coarser than a doubling is no search. */
const PRECISIONS = { least: 0.005, most: 1 };

/**
 * Everything about a search that can be known to be wrong before anything starts.
 * @throws UserError `BAD_THRESHOLD`, `BAD_UNIT`, `BAD_SEARCH`, `NO_RATE`, and all that a plan's problems give
 */
export async function prepareLimit(input: RunInput, flags: LimitFlags): Promise<LimitSearch> {
  for (const text of flags.slo) parseThreshold(text, "flag");
  const fromPerS = flags.from === undefined ? null : parseRatePerS(flags.from, "--from");
  const toPerS = flags.to === undefined ? null : parseRatePerS(flags.to, "--to");
  if (fromPerS !== null && toPerS !== null && fromPerS >= toPerS)
    throw bad(
      `--from ${formatRate(fromPerS)} is not below --to ${formatRate(toPerS)}`,
      "Give --from the lower rate.",
    );
  const precision = parsePrecision(flags.precision);
  const planFlags: PlanFlags = {
    ...input.flags,
    slo: flags.slo,
    duration: flags["step-duration"],
  };
  const set = await preparePlans({ ...input, flags: planFlags, env: withoutRate(input.env) });
  for (const { plan } of set.runs) {
    if (plan.row !== undefined)
      throw bad(`the profile ${plan.profile} is a matrix, which has no one rate`, "Use mqbench run for it.");
    checkLoad(plan);
    if (plan.faults.length > 0)
      throw bad(
        `the profile ${plan.profile} has faults, and a limit is that of an undisturbed broker`,
        "Leave faults out of the profile, or use mqbench run.",
      );
  }
  return { set, objectives: flags.slo, fromPerS, toPerS, precision };
}

/** The plan of one step. Each try draws other arrivals, so that a repeat is no copy of what it repeats. */
export function planAt({ plan }: PlannedRun, ratePerS: number, tried: number): Plan {
  if (plan.load.loop !== "open") throw new Error(`${plan.profile} has no rate`);
  const { schedule } = plan.load;
  if (schedule.kind !== "uniform" && schedule.kind !== "poisson") throw new Error("not checked");
  return { ...plan, seed: plan.seed + tried, load: { ...plan.load, schedule: { ...schedule, ratePerS } } };
}

function checkLoad(plan: Plan): void {
  const { load } = plan;
  const isOne =
    load.loop === "open" && (load.schedule.kind === "uniform" || load.schedule.kind === "poisson");
  if (isOne) return;
  const what = load.loop === "closed" ? "a closed loop" : `schedule ${load.schedule.kind}`;
  throw new UserError(`the profile ${plan.profile} has ${what} on ${targetText(plan.target)}, not one rate`, {
    code: "NO_RATE",
    hints: ["Use a profile with load.loop: open and load.schedule: poisson or uniform, such as limit."],
  });
}

function parsePrecision(text: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim());
  const share = match ? Number(match[1]) / (match[2] ? 100 : 1) : Number.NaN;
  if (share >= PRECISIONS.least && share <= PRECISIONS.most) return share;
  throw bad(`--precision "${text}" is not a share from 0.5% to 100%`, "Write it like 5% or 0.05.");
}

/** The search chooses the rates: what stands in for --rate would only be refused or unused. */
function withoutRate(env: RunInput["env"]): RunInput["env"] {
  return { ...env, MQBENCH_RATE: undefined };
}

function bad(message: string, hint: string): UserError {
  return new UserError(message, { code: "BAD_SEARCH", hints: [hint] });
}

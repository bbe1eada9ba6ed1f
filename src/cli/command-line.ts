import type { Plan } from "../model/plan.ts";
import { withoutPasswords } from "../model/secrets.ts";
import { targetText } from "../model/target.ts";
import { planVariables, SETTING_FLAGS } from "../run/plan/flags.ts";
import type { PlannedRun } from "../run/plan/resolve.ts";

/** A command as it can be typed again, with the variables that took part; what may hold a password stays out. */
export function commandLine(name: string, argv: readonly string[], env: NodeJS.ProcessEnv): string {
  const variables = planVariables(env).map(([key, value]) => `${key}=${quoted(value)}`);
  return withoutPasswords([...variables, `mqbench ${name}`, ...argv.map(quoted)].join(" "));
}

export interface StepCommand {
  /** As it was given: a name or a path. */
  readonly profile: string;
  readonly planned: PlannedRun;
  /** What the step runs instead of the plan that was resolved. */
  readonly plan: Plan;
  readonly objectives: readonly string[];
  readonly url?: readonly string[] | undefined;
  readonly nodes?: string | undefined;
  readonly driver?: string | undefined;
}

/** `mqbench run …` that runs one step of a rate search again, from what decided its plan. */
export function stepCommand({ profile, planned, plan, objectives, url, nodes, driver }: StepCommand): string {
  const { load, phases, seed } = plan;
  const isOpen = load.loop === "open" && "ratePerS" in load.schedule;
  const own = new Set(["load.rate", "phases.measure", "phases.warmup", "seed", "targets"]);
  const chosen = chosenFlags(planned, own);
  const words = [
    "mqbench",
    "run",
    profile,
    ...(driver === undefined ? ["--on", targetText(plan.target)] : ["--driver", driver]),
    ...(url ?? []).flatMap((u) => ["--url", u]),
    ...(nodes === undefined ? [] : ["--nodes", nodes]),
    ...(isOpen ? ["--rate", `${load.schedule.ratePerS}/s`] : ["--set", "load.loop=closed"]),
    ...["--warmup", `${phases.warmupNs / 1e6}ms`, "--duration", `${phases.measureNs / 1e6}ms`],
    ...["--seed", String(seed)],
    ...chosen,
    ...(isOpen ? objectives.flatMap((o) => ["--threshold", o]) : []),
  ];
  return withoutPasswords(words.map(quoted).join(" "));
}

export interface CaseCommand {
  /** As it was given: a name or a path. */
  readonly profile: string;
  readonly planned: PlannedRun;
  readonly flags: {
    readonly fault?: readonly string[] | undefined;
    readonly threshold?: readonly string[] | undefined;
    readonly url?: readonly string[] | undefined;
    readonly nodes?: string | undefined;
    readonly driver?: string | undefined;
  };
}

/** `mqbench run …` that runs one run of a series again and nothing else: its target, its values, its seed. */
export function caseCommand({ profile, planned, flags }: CaseCommand): string {
  const { fault = [], threshold = [], url = [], nodes, driver } = flags;
  const { target, seed } = planned.plan;
  const words = [
    ...["mqbench", "run", profile],
    ...(driver === undefined ? ["--on", targetText(target)] : ["--driver", driver]),
    ...url.filter((u) => u.startsWith(`${target.system}=`)).flatMap((u) => ["--url", u]),
    ...(nodes === undefined ? [] : ["--nodes", nodes]),
    ...chosenFlags(planned, new Set(["seed", "targets"])),
    ...fault.flatMap((f) => ["--fault", f]),
    ...threshold.flatMap((t) => ["--threshold", t]),
    ...["--seed", String(seed)],
  ];
  return withoutPasswords(words.map(quoted).join(" "));
}

/** What flags and variables decided of a run, as flags. */
function chosenFlags({ settings }: PlannedRun, besides: ReadonlySet<string>): readonly string[] {
  return settings.flatMap(({ path, value, origin }) => {
    const key = path.join(".");
    if (besides.has(key) || (origin.kind !== "flag" && origin.kind !== "env")) return [];
    const flag = Object.entries(SETTING_FLAGS).find(([, to]) => to === key)?.[0];
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return flag === undefined ? ["--set", `${key}=${text}`] : [`--${flag}`, text];
  });
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

import type { Plan } from "../../model/plan.ts";
import type { Phase, RunResult } from "../../model/result.ts";
import { targetText } from "../../model/target.ts";
import type { LimitStep, TargetLimit } from "../../report/limit-result.ts";
import { workText } from "../../report/load-text.ts";
import type { PlannedRun } from "../plan/resolve.ts";
import type { Tally } from "../tally.ts";
import { judgeStep } from "./judge-step.ts";
import { niceRate } from "./nice-rate.ts";
import { type LimitSearch, planAt } from "./request.ts";
import { type Next, nextStep, type SearchOptions, type Trial } from "./search.ts";
import { stepRecord } from "./step-record.ts";

/** Where a search's progress goes. */
export interface LimitWatcher {
  note(line: string): void;
  /** A step begins: what it is, in a few words. */
  step(what: string, plan: Plan): void;
  phase(name: Phase["name"]): void;
  second(tally: Tally, atNs: number): void;
  /** The line of the step that goes on is over. */
  end(): void;
  judged(step: LimitStep): void;
}

/** A finished run and the name of its folder. */
export interface StepRun {
  readonly result: RunResult;
  readonly folder: string;
}

export interface TargetSearch {
  readonly planned: PlannedRun;
  /** What tells it from the other searches of the command, beside its target. */
  readonly label: string;
  readonly search: LimitSearch;
  /** Runs a plan. @param name what the folder is called, behind its number and target */
  run(plan: Plan, name: string, isProbe: boolean): Promise<StepRun>;
  readonly watch: LimitWatcher;
  /** Called with what is known so far, after each step. */
  progress(limit: TargetLimit): Promise<void>;
}

/** How it ended, and the run that ended it, where it was one that did not finish. */
export interface TargetDone {
  readonly limit: TargetLimit;
  readonly broken: RunResult | undefined;
}

/** The closed loop that says where to begin; its own length, because it is no measurement. */
const PROBE = { warmupNs: 2e9, measureNs: 3e9 };
/** Under an objective a target mostly keeps between a third and all of what it does in a closed loop. */
const START_SHARE = 1 / 4;
/** Four halvings below the start it is hardly the rate any more that breaks the objective. */
const DEPTH = 16;
/** Where the closed loop says nothing. */
const START_PER_S = 1000;

/** Searches one target's limit, step by step. What `run` throws comes through, after the last `progress`. */
export async function searchTarget(t: TargetSearch): Promise<TargetDone> {
  let limit = unknownLimit(t);
  const probe = t.search.fromPerS === null ? await probed(t) : undefined;
  if (probe !== undefined) {
    limit = { ...limit, ...aboutTarget(probe.result), probe: probeRecord(probe) };
    if (isBroken(probe.result)) return { limit, broken: probe.result };
  }
  const options = optionsOf(t.search, probe?.result.rates.publish);
  const trials: Trial[] = [];
  const late = new Map<number, boolean>();
  for (;;) {
    const next = nextStep(options, trials);
    limit = { ...limit, ...known(next, trials, late) };
    await t.progress(limit);
    if (next.kind !== "try") return { limit, broken: undefined };
    const { ratePerS, purpose, left } = next;
    const plan = planAt(t.planned, ratePerS, trials.length);
    const of = trials.length + left;
    t.watch.step(`step ${trials.length + 1} of about ${of}, ${WORDS[purpose]}`, plan);
    const { result, folder } = await t.run(plan, String(Math.round(ratePerS)), false);
    t.watch.end();
    if (isBroken(result)) return { limit, broken: result };
    const verdict = judgeStep(result);
    const step = stepRecord(result, verdict, { folder, ratePerS, purpose });
    trials.push({ ratePerS, outcome: verdict.outcome });
    late.set(ratePerS, verdict.isHarnessLate);
    limit = { ...limit, ...aboutTarget(result), steps: [...limit.steps, step] };
    t.watch.judged(step);
  }
}

const WORDS = {
  up: "going up",
  down: "going down",
  bisect: "closing in",
  repeat: "once more, as that may have been chance",
  confirm: "confirming",
} as const;

function unknownLimit({ planned, label }: TargetSearch): TargetLimit {
  return {
    target: targetText(planned.plan.target),
    label,
    version: "",
    clientVersion: "",
    durability: null,
    work: withoutRate(planned.plan),
    outcome: "unfinished",
    limitPerS: null,
    failsPerS: null,
    isHarnessBound: false,
    probe: null,
    steps: [],
  };
}

/** The work of every step; its rate is what the search is about. */
function withoutRate(plan: Plan): string {
  const kind = plan.load.loop === "open" ? plan.load.schedule.kind : "closed";
  return workText(plan).replace(/^open loop, \S+ \w+/, `open loop, ${kind} arrivals`);
}

async function probed(t: TargetSearch): Promise<StepRun> {
  const { plan } = t.planned;
  const probe: Plan = {
    ...plan,
    load: { loop: "closed" },
    phases: { ...plan.phases, ...PROBE },
    // Objectives on latency mean nothing in a closed loop.
    expect: [],
    faults: [],
  };
  t.watch.step("a closed loop, to see where to begin", probe);
  const run = await t.run(probe, "closed", true);
  t.watch.end();
  return run;
}

function probeRecord({ result, folder }: StepRun): TargetLimit["probe"] {
  return { folder, publishPerS: result.rates.publish };
}

function aboutTarget({ target }: RunResult): Pick<TargetLimit, "version" | "clientVersion" | "durability"> {
  return { version: target.version, clientVersion: target.clientVersion, durability: target.durability };
}

function isBroken({ state }: RunResult): boolean {
  return state !== "finished";
}

function optionsOf(
  { fromPerS, toPerS, precision }: LimitSearch,
  probePerS: number | undefined,
): SearchOptions {
  const highestPerS = toPerS ?? Number.POSITIVE_INFINITY;
  if (fromPerS !== null) return { startPerS: fromPerS, lowestPerS: fromPerS, highestPerS, precision };
  const wanted = probePerS === undefined || probePerS < 1 ? START_PER_S : niceRate(probePerS * START_SHARE);
  const startPerS = Math.min(wanted, highestPerS);
  return { startPerS, lowestPerS: niceRate(startPerS / DEPTH), highestPerS, precision };
}

/** What the trials say so far: while the search goes on, the highest rate that held is no limit yet. */
function known(
  next: Next,
  trials: readonly Trial[],
  late: ReadonlyMap<number, boolean>,
): Pick<TargetLimit, "outcome" | "limitPerS" | "failsPerS" | "isHarnessBound"> {
  switch (next.kind) {
    case "found":
      return {
        outcome: next.failsPerS === null ? "at-least" : "found",
        limitPerS: next.ratePerS,
        failsPerS: next.failsPerS,
        isHarnessBound: next.failsPerS !== null && late.get(next.failsPerS) === true,
      };
    case "none":
      return {
        outcome: "none",
        limitPerS: null,
        failsPerS: next.failsPerS,
        isHarnessBound: late.get(next.failsPerS) === true,
      };
    case "unclear":
      return {
        outcome: "unclear",
        limitPerS: next.heldPerS,
        failsPerS: next.failsPerS,
        isHarnessBound: false,
      };
    case "try":
      return { outcome: "unfinished", ...bracket(trials), isHarnessBound: false };
  }
}

function bracket(trials: readonly Trial[]): { limitPerS: number | null; failsPerS: number | null } {
  const failed = trials.filter((t) => t.outcome === "fails").map((t) => t.ratePerS);
  const failsPerS = failed.length === 0 ? null : Math.min(...failed);
  const held = trials.filter(
    (t) => t.outcome === "holds" && t.ratePerS < (failsPerS ?? Number.POSITIVE_INFINITY),
  );
  return { limitPerS: held.length === 0 ? null : Math.max(...held.map((t) => t.ratePerS)), failsPerS };
}

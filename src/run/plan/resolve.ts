import type { Capabilities } from "../../drivers/driver.ts";
import { UserError } from "../../model/errors.ts";
import type { FaultPlan } from "../../model/fault.ts";
import type { Isolation, Plan } from "../../model/plan.ts";
import { targetText } from "../../model/target.ts";
import { buildPlan, buildWork, optionsOf, type PlanTarget } from "./build.ts";
import { type Chain, type ReadProfile, readChain } from "./chain.ts";
import { checkExpectation, checkTarget, checkWork, type MetricOf } from "./check.ts";
import { faultLabel, type RawFault } from "./faults.ts";
import { axesLayer, environmentAxes, flagAxes, type PlanFlags } from "./flags.ts";
import { givenFaults } from "./given-faults.ts";
import { guaranteePlan } from "./guarantees.ts";
import { type Layer, originText } from "./layer.ts";
import { unusedLoadKeys } from "./load.ts";
import { MATRIX_KEYS } from "./matrix.ts";
import { mergeLayers, type Setting, type Settings } from "./merge.ts";
import { type EnvelopeBytes, unusedKeyKeys } from "./message.ts";
import { withGrowth } from "./ordering.ts";
import { distinct, type Problem } from "./problem.ts";
import { createReader, type Reader } from "./reader.ts";
import { createSchemaCheck, type ProfileSchema } from "./schema.ts";
import { type Point, pointsOf, rotated } from "./series.ts";
import { reportNoTransactions } from "./transactions.ts";
import { type Variant, variantsOf } from "./variants.ts";

export interface PlanRequest {
  /** A profile's name, or the path of a file. */
  readonly profile: string;
  readonly flags: PlanFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** schemas/profile-v1.json, parsed. */
  readonly schema: ProfileSchema;
  readonly read: ReadProfile;
  readonly envelope: EnvelopeBytes;
  readonly metricOf: MetricOf;
  /** @throws UserError */
  resolveTarget(text: string): PlanTarget;
  /** What a target can do with its driver's options. @throws UserError for an option it does not know. */
  capabilitiesOf(
    target: PlanTarget,
    options: Readonly<Record<string, unknown>>,
    isolation: Isolation | undefined,
  ): Capabilities | Promise<Capabilities>;
  /** Targets of a system that have transactions. */
  transactional(system: string): Promise<readonly string[]>;
}

/** One run of a series. */
export interface PlannedRun {
  readonly plan: Plan;
  /** From 0; a repeat has a seed of its own, the same on every target. */
  readonly repeat: number;
  /** What decided the plan, with where it came from; keys without effect are left out. */
  readonly settings: readonly Setting[];
}

export interface PlanSet {
  /** In the order in which they are to run; empty where there are problems. */
  readonly runs: readonly PlannedRun[];
  /** Dotted keys in which the runs differ, `target` among them. */
  readonly varied: readonly string[];
  readonly problems: readonly Problem[];
}

/** Keys whose next step is the name of a system. */
const BY_SYSTEM: ReadonlySet<string> = new Set(["options", "predict"]);
/** More is a slip of the keyboard. */
const MAX_RUNS = 1000;

/**
 * Resolves a profile: flags, then `MQBENCH_*`, then the file, then what it extends, then the defaults.
 * Lists in flags make a series: the cross product, its targets next to each other and in rotating order
 * over the repeats, so that what drifts on the machine meets all of them.
 * @throws UserError where the profile cannot be found. All other problems are returned, with their places.
 */
export async function resolvePlans(request: PlanRequest): Promise<PlanSet> {
  const chain = readChain(request.profile, request.read);
  const flags = flagAxes(request.flags);
  const given = new Set(flags.axes.map((a) => a.path.join(".")));
  const variables = environmentAxes(request.env);
  const env = variables.axes.filter((a) => !given.has(a.path.join(".")));
  const problems: Problem[] = [...chain.problems, ...flags.problems];
  // What a flag replaces needs no mending.
  problems.push(...variables.problems.filter((p) => !given.has(`${p.path}.produce`)));
  const repeats = request.flags.repeat ?? 1;
  const axes = [...env, ...flags.axes];
  const size = axes.reduce((n, a) => n * a.values.length, repeats);
  if (size > MAX_RUNS) {
    const message = `${size} runs are more than ${MAX_RUNS}`;
    return { runs: [], varied: [], problems: [...problems, { where: "flags", path: "", message }] };
  }
  // A file that does not parse has no values to judge.
  if (chain.problems.length > 0) return { runs: [], varied: [], problems };

  const check = createSchemaCheck(request.schema);
  const context = { ...request, check, faultFlags: request.flags.fault ?? [] };
  const points: (readonly DraftedRun[])[] = [];
  for (const point of pointsOf(axes)) {
    const rows = new Map<string, DraftedRun[]>();
    for (const variant of variantsOf(layersOf(chain, point), context, problems)) {
      const row = JSON.stringify(variant.row?.key ?? null);
      rows.set(row, [
        ...(rows.get(row) ?? []),
        ...(await resolvePoint(request, chain, variant, check, problems)),
      ]);
    }
    points.push(...rows.values());
  }

  const runs: PlannedRun[] = [];
  for (let repeat = 0; repeat < repeats; repeat++)
    for (const targets of points)
      for (const { faultsFor, ...run } of rotated(targets, repeat)) {
        const seed = run.plan.seed + repeat;
        const faults = repeat === 0 ? run.plan.faults : faultsFor(seed);
        runs.push({ ...run, repeat, plan: { ...run.plan, seed, faults } });
      }
  const varied = axes.filter((a) => a.values.length > 1).map((a) => a.path.join("."));
  if (points.some((targets) => targets.length > 1)) varied.push("target");
  return { runs: problems.length > 0 ? [] : runs, varied, problems: distinct(problems) };
}

/** Not yet repeated. */
type DraftedRun = PlannedRun & {
  /** What is drawn at random is another with another seed. */
  readonly faultsFor: (seed: number) => readonly FaultPlan[];
};

/** Lowest first. */
function layersOf(chain: Chain, point: Point): readonly Layer[] {
  const isFlag = (choice: Point[number]): boolean => choice.axis.origin.kind === "flag";
  return [...chain.layers, axesLayer(point.filter((c) => !isFlag(c))), axesLayer(point.filter(isFlag))];
}

/** The plans of all targets at one point of the series. */
async function resolvePoint(
  request: PlanRequest,
  chain: Chain,
  { layers, guarantee, row }: Variant,
  check: (layer: Layer) => readonly Problem[],
  problems: Problem[],
): Promise<readonly DraftedRun[]> {
  const malformed = layers.flatMap(check);
  problems.push(...malformed);
  const broken = new Set(malformed.map((p) => p.path));
  const settings = mergeLayers(layers, request.schema, broken);
  const read = createReader(settings, chain.label, broken, problems);
  const base = buildWork(chain.name, read, request.envelope);
  const { threshold = [], slo = [] } = request.flags;
  const drawn = givenFaults(
    read.has("faults") ? read.raw<readonly RawFault[]>("faults") : [],
    request.flags.fault ?? [],
    (i) => placeOf(settings, layers, "faults", i),
  );
  const { measureNs } = base.phases;
  const { faults, problems: faulty } = drawn(base.seed, measureNs);
  problems.push(...faulty);
  const faultsFor = (seed: number) => drawn(seed, measureNs).faults;
  const stream = withGrowth(base.stream, faults, read);
  const work = { ...base, stream, expect: [...base.expect, ...threshold, ...slo], faults };
  checkWork(work, read);
  work.expect.forEach((text, i) => {
    const own = base.expect.length;
    const flag = i < own + threshold.length ? "--threshold" : "--slo";
    const where = i < own ? placeOf(settings, layers, "expect", i) : `${flag} '${text}'`;
    const problem = checkExpectation(text, where, work, request.metricOf);
    if (problem) problems.push(problem);
  });
  const targets = targetsOf(request, settings, layers, read, problems);
  checkOptions(request, settings, read);
  const unused = new Set([
    ...unusedLoadKeys(read),
    ...unusedKeyKeys(read),
    "targets",
    "extends",
    "summary",
    "notes",
    "expect",
    "faults",
    ...MATRIX_KEYS,
  ]);
  const used = [...settings.values()].filter(
    (s) => !unused.has(s.path.join(".")) && !BY_SYSTEM.has(s.path[0]!),
  );
  const runs: DraftedRun[] = [];
  for (const target of targets) {
    const can = await capabilitiesOf(request, target, settings, work.consumers.isolation, read);
    if (!can) continue;
    const plan: Plan = {
      ...buildPlan(work, target, settings, can),
      ...(guarantee === undefined ? {} : { guarantee: guaranteePlan(guarantee, settings) }),
      ...(row === undefined ? {} : { row: { ...row.plan, fault: faultLabel(work.faults) } }),
    };
    checkTarget(plan, can, read);
    if (plan.producers.transaction !== undefined && !can.transactions)
      reportNoTransactions(target, await request.transactional(target.system), read);
    const own = [...used, ...optionSettings(target, settings)];
    runs.push({ plan, repeat: 0, settings: own, faultsFor });
  }
  return runs;
}

function targetsOf(
  request: PlanRequest,
  settings: Settings,
  layers: readonly Layer[],
  read: Reader,
  problems: Problem[],
): readonly PlanTarget[] {
  const texts = read.has("targets") ? read.raw<readonly string[]>("targets") : [];
  if (texts.length === 0)
    read.report("targets", "no target is given", "Say where to run: --on kafka, or targets: [kafka].");
  return texts.flatMap((text, i) => {
    try {
      return [request.resolveTarget(text)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const hint = error.hints[0];
      const where = placeOf(settings, layers, "targets", i);
      problems.push({
        where,
        path: "targets",
        message: error.message,
        ...(hint === undefined ? {} : { hint }),
      });
      return [];
    }
  });
}

/** `options`, or a prediction, of a system that there is not would go unnoticed. */
function checkOptions(request: PlanRequest, settings: Settings, read: Reader): void {
  const seen = new Set<string>();
  for (const [key, { path }] of settings)
    if (BY_SYSTEM.has(path[0]!) && !seen.has(path[1]!)) {
      seen.add(path[1]!);
      attempt(read, key, () => request.resolveTarget(path[1]!));
    }
}

async function capabilitiesOf(
  request: PlanRequest,
  target: PlanTarget,
  settings: Settings,
  isolation: Isolation | undefined,
  read: Reader,
): Promise<Capabilities | undefined> {
  const first = optionSettings(target, settings)[0];
  try {
    return await request.capabilitiesOf(target, optionsOf(target.system, settings), isolation);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    read.report(
      first?.path.join(".") ?? "targets",
      `${targetText(target)}: ${error.message}`,
      error.hints[0],
    );
    return undefined;
  }
}

function attempt(read: Reader, key: string, action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    read.report(key, `${key}: ${error.message}`, error.hints[0]);
  }
}

function optionSettings(target: PlanTarget, settings: Settings): readonly Setting[] {
  return [...settings.values()].filter((s) => s.path[0] === "options" && s.path[1] === target.system);
}

/** Where the i-th item of a list was written. */
function placeOf(settings: Settings, layers: readonly Layer[], key: string, i: number): string {
  const setting = settings.get(key);
  const layer = layers[(setting?.level ?? 0) - 1];
  return setting && layer ? originText(layer.origin([...setting.path, String(i)])) : "default";
}

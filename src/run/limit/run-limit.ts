import { createRequire } from "node:module";
import { join } from "node:path";
import { loadDriver } from "../../drivers/registry.ts";
import { BrokerError, messageOf, UserError } from "../../model/errors.ts";
import { type ExitReason, exitCode } from "../../model/exit.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunResult } from "../../model/result.ts";
import { targetText } from "../../model/target.ts";
import { formatRate } from "../../model/units.ts";
import type { LimitResult, TargetLimit } from "../../report/limit-result.ts";
import { createLimitFolder } from "../../store/limit-folder.ts";
import { createRunId } from "../../store/run-id.ts";
import { thresholdsOf } from "../../verify/threshold-always.ts";
import { type BrokerPool, createBrokerPool, NOWHERE } from "../brokers.ts";
import { varyingText } from "../plan/render.ts";
import type { PlannedRun } from "../plan/resolve.ts";
import { promisesOrder } from "../promised-order.ts";
import { type RunDone, runOne, settingsOf } from "../run-one.ts";
import type { LimitSearch } from "./request.ts";
import { type LimitWatcher, type StepRun, searchTarget } from "./search-target.ts";

export interface LimitRequest {
  readonly search: LimitSearch;
  /** System → URL, where the user gave one. */
  readonly urls: ReadonlyMap<string, string>;
  /** How many nodes brokers have that are started for it; what is up, or 1, when absent. */
  readonly nodes?: number | undefined;
  /** Folder for results. */
  readonly out: string;
  readonly command: string;
  /** The command that runs one step again. */
  stepCommand(planned: PlannedRun, plan: Plan): string;
  readonly signal: AbortSignal;
  readonly watch: LimitWatcher;
}

export interface LimitDone {
  readonly result: LimitResult;
  readonly folder: string;
  /** What ended it before its time, if it was thrown; what was measured until then is in the result. */
  readonly error: unknown;
  readonly troubles: readonly string[];
}

const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };

/** Searches the limit of every target of a command, one after another, each step a run in a folder of its own. */
export async function runLimit(r: LimitRequest): Promise<LimitDone> {
  const planned = r.search.set.runs;
  const id = createRunId(new Date());
  const store = await createLimitFolder(join(r.out, `${id}-${planned[0]?.plan.profile}`));
  const pool = createBrokerPool({
    urls: r.urls,
    nodes: r.nodes,
    onProgress: (line) => r.watch.note(line),
    signal: r.signal,
  });
  const troubles: string[] = [];
  const limits: TargetLimit[] = [];
  const folders: string[] = [];
  let result = firstResult(r, id);
  const write = async (change: Partial<LimitResult>): Promise<void> => {
    result = { ...result, ...change };
    await store.write(result);
  };
  let number = 0;
  let error: unknown;
  const broken: RunResult[] = [];
  await write({});
  try {
    for (const [i, own] of planned.entries()) {
      if (r.signal.aborted || broken.length > 0) break;
      await pool.keepOnly(new Set(planned.slice(i).map((p) => p.plan.target.system)));
      const run = async (plan: Plan, what: string, isProbe: boolean): Promise<StepRun> => {
        number += 1;
        const place = `${targetText(plan.target).replaceAll(/[:@]/g, "-")}-${what}`;
        const folder = `${String(number).padStart(2, "0")}-${place}`;
        const done = await runStep(r, pool, {
          plan,
          folder: join(store.path, folder),
          id: `${id}-${number}`,
          command: r.stepCommand(own, plan),
        });
        troubles.push(...done.troubles);
        if (!isProbe) folders.push(folder);
        if (folders.length > 0) await store.list(folders);
        return { result: done.result, folder };
      };
      const done = await searchTarget({
        planned: own,
        label: varyingText(own, r.search.set),
        search: r.search,
        run,
        watch: r.watch,
        progress: async (limit) => {
          limits[i] = limit;
          await write({ targets: limits });
        },
      });
      limits[i] = done.limit;
      if (done.broken !== undefined) broken.push(done.broken);
    }
  } catch (caught) {
    r.watch.end();
    error = caught;
  } finally {
    await pool.releaseAll();
  }
  const reasons = [...thrown(error, r.signal), ...reasonsOf(limits, broken, r)];
  await write({
    state: r.signal.aborted
      ? "interrupted"
      : error !== undefined || broken.length > 0
        ? "failed"
        : "finished",
    run: { ...result.run, endedAt: new Date().toISOString() },
    targets: limits,
    exit: { code: exitCode(reasons), reasons },
  });
  return { result, folder: store.path, error, troubles: [...troubles, ...store.troubles] };
}

async function runStep(
  r: LimitRequest,
  pool: BrokerPool,
  step: { readonly plan: Plan; readonly folder: string; readonly id: string; readonly command: string },
): Promise<RunDone> {
  const { plan, folder, id, command } = step;
  const factory = await loadDriver(plan.target, plan.driverModule);
  const { capabilities } = factory(settingsOf(plan, NOWHERE));
  const place = capabilities.local ? NOWHERE : await pool.obtain(plan.target.system);
  return runOne({
    plan,
    thresholds: thresholdsOf(plan, {
      fromFlags: r.search.objectives,
      isOrdered: promisesOrder(capabilities, plan),
    }),
    factory,
    capabilities,
    place,
    folder,
    identity: { id, command },
    isStrict: false,
    signal: r.signal,
    onPhase: r.watch.phase,
    onSecond: r.watch.second,
  });
}

function firstResult(r: LimitRequest, id: string): LimitResult {
  const { objectives, fromPerS, toPerS, precision, set } = r.search;
  return {
    schema: "mqbench/limit",
    schemaVersion: "1.0",
    state: "running",
    tool: { name: "mqbench", version, node: process.versions.node },
    run: { id, startedAt: new Date().toISOString(), endedAt: null, command: r.command },
    profile: set.runs[0]?.plan.profile ?? "",
    objectives,
    search: { fromPerS, toPerS, precision },
    targets: [],
    exit: { code: 0, reasons: [] },
  };
}

/** An abort shows as an error too, and is a reason of its own. */
function thrown(error: unknown, signal: AbortSignal): readonly ExitReason[] {
  if (error === undefined || signal.aborted) return [];
  const kind = error instanceof BrokerError ? "broker" : error instanceof UserError ? "usage" : "bug";
  return [{ kind, message: messageOf(error) }];
}

/** Why the search did not simply find every limit. */
function reasonsOf(
  limits: readonly TargetLimit[],
  broken: readonly RunResult[],
  { signal }: LimitRequest,
): readonly ExitReason[] {
  const reasons: ExitReason[] = broken.flatMap((b) => b.exit.reasons);
  if (signal.aborted && !reasons.some((r) => r.kind === "sigint" || r.kind === "sigterm"))
    reasons.push({
      kind: signal.reason === "SIGTERM" ? "sigterm" : "sigint",
      message: `stopped by ${String(signal.reason)}`,
    });
  for (const { target, outcome, failsPerS } of limits) {
    if (outcome === "none")
      reasons.push({
        kind: "threshold",
        message: `${target} keeps the objective at no rate: it fails at ${formatRate(failsPerS ?? 0)}`,
      });
    if (outcome === "unclear")
      reasons.push({
        kind: "invalid",
        message: `${target}: the verdicts of its steps contradict each other`,
      });
  }
  return reasons;
}

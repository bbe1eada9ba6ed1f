import { join } from "node:path";
import { thisHost } from "../brokers/host.ts";
import { loadDriver } from "../drivers/registry.ts";
import type { Plan } from "../model/plan.ts";
import type { Phase, RunResult } from "../model/result.ts";
import { targetText } from "../model/target.ts";
import { createSeriesFolder, writeSeries } from "../store/run-folder.ts";
import { createRunId } from "../store/run-id.ts";
import { thresholdsOf } from "../verify/threshold-always.ts";
import { createBrokerPool, NOWHERE } from "./brokers.ts";
import { toolVersion } from "./empty-result.ts";
import { createFloorFinder, type FloorMode } from "./floor.ts";
import type { PlannedRun, PlanSet } from "./plan/resolve.ts";
import { requirePossible } from "./possible-faults.ts";
import { promisesOrder } from "./promised-order.ts";
import { runOne, settingsOf } from "./run-one.ts";
import type { Tally } from "./tally.ts";

export interface RunAllRequest {
  readonly set: PlanSet;
  /** Threshold expressions that came by flag. */
  readonly fromFlags: readonly string[];
  /** System → URL, where the user gave one. */
  readonly urls: ReadonlyMap<string, string>;
  /** How many nodes brokers have that are started for it; what is up, or 1, when absent. */
  readonly nodes?: number | undefined;
  /** Folder for results. */
  readonly out: string;
  readonly command: string;
  /** The command that does one of the runs again, with its seed. */
  readonly commandOf?: (planned: PlannedRun) => string;
  readonly isStrict: boolean;
  /** When to find out what the harness reaches alone; `auto` by default. */
  readonly floor?: FloorMode | undefined;
  readonly signal: AbortSignal;
  readonly watch: RunWatcher;
}

/** Where a command's progress goes. */
export interface RunWatcher {
  note(line: string): void;
  begin(plan: Plan, number: number, of: number): void;
  phase(name: Phase["name"]): void;
  second(tally: Tally, atNs: number): void;
  end(): void;
}

export interface RunAllDone {
  readonly runs: readonly { readonly result: RunResult; readonly folder: string }[];
  /** The folder of the series, or of the only run. */
  readonly folder: string;
  /** What ended it before its last run; what was measured until then is in `runs`. */
  readonly error: unknown;
  readonly troubles: readonly string[];
}

/** Runs every plan of a set, one after another, each into a folder of its own. */
export async function runAll(r: RunAllRequest): Promise<RunAllDone> {
  const planned = r.set.runs;
  requirePossible(
    planned.map((p) => p.plan),
    r.urls,
    r.nodes,
  );
  const seriesId = createRunId(new Date());
  const single = planned.length === 1;
  const folder = join(
    r.out,
    `${seriesId}-${planned[0]?.plan.profile}${single ? `-${folderName(planned[0]!.plan)}` : ""}`,
  );
  if (!single) await createSeriesFolder(folder);
  const pool = createBrokerPool({
    urls: r.urls,
    nodes: r.nodes,
    onProgress: (line) => r.watch.note(line),
    signal: r.signal,
  });
  const plannedNs = planned.reduce((n, p) => n + plannedSpanNs(p.plan), 0);
  const floorOf = createFloorFinder({
    mode: r.floor ?? "auto",
    cacheDir: thisHost().cacheDir,
    version: toolVersion,
    plannedNs,
    signal: r.signal,
    note: (line) => r.watch.note(line),
  });
  const runs: { result: RunResult; folder: string }[] = [];
  const troubles: string[] = [];
  let error: unknown;
  try {
    for (const [i, one] of planned.entries()) {
      const { plan, repeat } = one;
      if (r.signal.aborted) break;
      await pool.keepOnly(new Set(planned.slice(i).map((p) => p.plan.target.system)));
      const factory = await loadDriver(plan.target, plan.driverModule);
      const { capabilities } = factory(settingsOf(plan, NOWHERE));
      // Before its broker is there: the floor is what the harness reaches alone.
      const floor = capabilities.local ? undefined : await floorOf(plan);
      if (r.signal.aborted) break;
      const place = capabilities.local ? NOWHERE : await pool.obtain(plan.target.system);
      const name = single ? "" : `${String(i + 1).padStart(2, "0")}-${folderName(plan)}`;
      r.watch.begin(plan, i + 1, planned.length);
      const done = await runOne({
        plan,
        thresholds: thresholdsOf(plan, {
          fromFlags: r.fromFlags,
          isOrdered: promisesOrder(capabilities, plan),
        }),
        factory,
        capabilities,
        place,
        folder: join(folder, name),
        identity: {
          id: single ? seriesId : `${seriesId}-${i + 1}`,
          command: r.command,
          ...(r.commandOf && { reproduce: r.commandOf(one) }),
        },
        isStrict: r.isStrict,
        floor,
        signal: r.signal,
        onPhase: r.watch.phase,
        onSecond: r.watch.second,
      });
      r.watch.end();
      runs.push({ result: { ...done.result }, folder: join(folder, name) });
      troubles.push(...done.troubles);
      if (!single)
        await writeSeries(
          folder,
          runs.map((run) => run.folder.slice(folder.length + 1)),
        );
      if (repeat > 0 && done.result.state === "failed") break;
    }
  } catch (caught) {
    r.watch.end();
    error = caught;
  } finally {
    await pool.releaseAll();
  }
  return { runs, folder, error, troubles };
}

function folderName(plan: Plan): string {
  return targetText(plan.target).replaceAll(/[:@]/g, "-");
}

/** How long a plan surely takes: one that counts its messages may be over at once. */
function plannedSpanNs({ phases }: Plan): number {
  return phases.maxMessages > 0 ? 0 : phases.warmupNs + phases.measureNs;
}

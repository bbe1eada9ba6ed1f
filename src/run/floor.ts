import { randomInt } from "node:crypto";
import { loadDriver } from "../drivers/registry.ts";
import type { FloorResult } from "../model/harness.ts";
import { LATENCIES } from "../model/metric.ts";
import { largestBytes, type Plan } from "../model/plan.ts";
import { readFloor, type StoredFloor, writeFloor } from "../store/floors.ts";
import { createRunId } from "../store/run-id.ts";
import { conduct, type Recording } from "./conductor.ts";
import { readEnvironment } from "./environment.ts";
import { ceilingPlan, floorKey, floorPlan } from "./floor-plan.ts";
import { percentileIn } from "./harness.ts";
import { percentilesOf, ratesOf } from "./summary.ts";

/** When a floor is measured: never, only for long plans and once, or always anew. */
export type FloorMode = "never" | "auto" | "always";

export interface FloorRequest {
  readonly mode: FloorMode;
  /** Where floors are kept between commands. */
  readonly cacheDir: string;
  /** mqbench's own version. */
  readonly version: string;
  /** How long all runs of the command take: what makes a few seconds more bearable. */
  readonly plannedNs: number;
  readonly signal: AbortSignal;
  note(line: string): void;
}

/** Below this much planned time a floor that is not known yet stays unknown. */
const WORTHWHILE_NS = 30e9;
/** A floor of another day may be of another neighbour. */
const FRESH_MS = 7 * 24 * 3600e3;
/** Share of time without a free core from which a floor is of the moment. */
const BUSY = 0.5;

/**
 * Finds what the harness does with a plan when there is no broker: the same agent, envelope, ledger and
 * recorders on the memory driver, both sides in one process. Kept for a week for each machine and plan shape.
 * @returns a function that gives undefined where it is not known and not worth measuring, or could not be
 * measured
 */
export function createFloorFinder(
  r: FloorRequest,
  measure: (plan: Plan, signal: AbortSignal) => Promise<MeasuredFloor | undefined> = measureFloor,
): (plan: Plan) => Promise<FloorResult | undefined> {
  /** Of this command: several targets have one floor. */
  const own = new Map<string, FloorResult | undefined>();
  const find = async (plan: Plan, key: string): Promise<FloorResult | undefined> => {
    const kept = r.mode === "always" ? undefined : await readFloor(r.cacheDir, key);
    if (kept !== undefined && Date.now() - Date.parse(kept.measuredAt) < FRESH_MS)
      return { ...kept, cached: true };
    if (r.mode === "auto" && r.plannedNs < WORTHWHILE_NS) return undefined;
    r.note("measuring what the harness reaches alone, once for this plan and machine");
    const measured = await measure(plan, r.signal).catch(() => undefined);
    if (measured === undefined) return undefined;
    if (measured.cpuPressure < BUSY) await writeFloor(r.cacheDir, key, measured.floor);
    // Nobody asked for it, and it would judge the run by what others did for a moment.
    else if (r.mode === "auto") return undefined;
    return { ...measured.floor, cached: false };
  };
  return async (plan) => {
    if (r.mode === "never") return undefined;
    const key = floorKey(plan, readEnvironment(), [r.version, process.versions.node]);
    if (!own.has(key)) own.set(key, await find(plan, key));
    return own.get(key);
  };
}

/** A floor, and how much other work kept the machine from finding a better one. */
export interface MeasuredFloor {
  readonly floor: StoredFloor;
  readonly cpuPressure: number;
}

async function measureFloor(plan: Plan, signal: AbortSignal): Promise<MeasuredFloor | undefined> {
  const closed = ceilingPlan(plan);
  const fast = await runMemory(closed, signal);
  if (fast === undefined) return undefined;
  const { offered } = fast.tally.ledger.totals;
  const bytesOffered = fast.tally.producers.reduce((n, p) => n + p.bytes, 0);
  const { sent, publish, consume } = ratesOf(closed, fast.tally, fast.phases, { offered, bytesOffered });
  const open = floorPlan(plan);
  const slow = open && (await runMemory(open, signal));
  const response = slow && responsesOf(slow);
  return {
    floor: {
      measuredAt: new Date().toISOString(),
      ceiling: { sent, publish, consume },
      ...(response === undefined ? {} : { response }),
    },
    cpuPressure: Math.max(fast.machine?.cpuPressure ?? 0, slow?.machine?.cpuPressure ?? 0),
  };
}

async function runMemory(plan: Plan, signal: AbortSignal): Promise<Recording | undefined> {
  const factory = await loadDriver(plan.target, undefined);
  // The stream lives in the agent; here only the options are checked.
  factory({ url: "", mode: plan.target.mode, options: plan.driverOptions });
  const recording = await conduct({
    plan,
    topology: {
      name: `mqbench-floor-${createRunId(new Date())}`,
      partitions: plan.stream.partitions,
      subscriptions: Array.from({ length: plan.stream.subscriptions }, (_, i) => `sub-${i}`),
      durability: plan.durability,
      maxMessageBytes: largestBytes(plan.message.size),
    },
    runNumber: randomInt(2 ** 32),
    url: "",
    driver: undefined,
    signal,
    // Nobody reads these intervals: they would only take memory.
    onSecond: (tally) => tally.takeIntervals(tally.openInterval, () => {}),
    onPhase() {},
  });
  return recording.earlyEnd === undefined ? recording : undefined;
}

function responsesOf({ tally }: Recording): NonNullable<FloorResult["response"]> {
  const out: Record<string, ReturnType<typeof percentilesOf>> = {};
  for (const name of LATENCIES) {
    const h = tally.histograms[name];
    if (name.endsWith("_response") && h.count > 0) out[name] = percentilesOf((p) => percentileIn(h, p));
  }
  return out;
}

import { randomInt } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Capabilities, Driver, DriverFactory } from "../drivers/driver.ts";
import { messageOf } from "../model/errors.ts";
import { isAlteration } from "../model/fault.ts";
import type { FloorResult } from "../model/harness.ts";
import { LATENCIES } from "../model/metric.ts";
import { largestBytes, type Plan, partitionsAtMost } from "../model/plan.ts";
import type { Phase, RunIdentity, RunResult } from "../model/result.ts";
import type { Topology } from "../model/topology.ts";
import { createRunFolder } from "../store/run-folder.ts";
import type { Threshold } from "../verify/thresholds.ts";
import type { BrokerPlace } from "./brokers.ts";
import { conduct } from "./conductor.ts";
import { dropEffects } from "./effects.ts";
import { emptyResult } from "./empty-result.ts";
import { type FaultCrew, prepareFaults } from "./faults.ts";
import { finishedResult } from "./finished-result.ts";
import { judgeRun } from "./judge-run.ts";
import { rereadIfNeeded } from "./reread.ts";
import { type IntervalLatency, intervalLatency } from "./summary.ts";
import type { Tally } from "./tally.ts";
import { targetResult } from "./target-result.ts";

/** What one run needs beside its plan. */
export interface RunRequest {
  readonly plan: Plan;
  readonly thresholds: readonly Threshold[];
  readonly factory: DriverFactory;
  readonly capabilities: Capabilities;
  readonly place: BrokerPlace;
  /** The run's folder, to be made. */
  readonly folder: string;
  readonly identity: Pick<RunIdentity, "id" | "command" | "reproduce">;
  /** A number that may be wrong fails the run. */
  readonly isStrict: boolean;
  /** What the harness reaches alone with this plan, where that is known. */
  readonly floor?: FloorResult | undefined;
  readonly signal: AbortSignal;
  onPhase(name: Phase["name"]): void;
  onSecond(tally: Tally, atNs: number): void;
}

/** Within the folder of a run that kills agents. */
const JOURNALS = "journals";
/** The same, of a run whose consumers keep their effects. */
const EFFECTS = "effects";

/** A finished run: its result and what could not be written of it. */
export interface RunDone {
  readonly result: RunResult;
  readonly troubles: readonly string[];
}

/**
 * Runs one plan on one target, from the stream's creation to its removal, into one folder.
 * @throws UserError or BrokerError when it cannot begin; nothing is left behind then but the folder, which
 * says `failed`. From the first message on it returns a result, however the run ended.
 */
export async function runOne(r: RunRequest): Promise<RunDone> {
  const { plan, place } = r;
  const startedAt = new Date();
  const identity: RunIdentity = { ...r.identity, startedAt: startedAt.toISOString(), endedAt: null };
  const before = emptyResult(plan, identity);
  const folder = await createRunFolder(r.folder, startedAt, before);
  const topology = topologyOf(plan, r.identity.id);
  const driver = r.capabilities.local ? undefined : r.factory(settingsOf(plan, place));
  const latencies = new Map<number, IntervalLatency>();
  const keepIntervals = (tally: Tally, until: number): void =>
    tally.takeIntervals(until, ({ index, latency }) => {
      for (const name of LATENCIES) {
        const sum = latency[name];
        if (sum === undefined || sum.count === 0) continue;
        folder.interval(name, index, 1, sum.buckets, sum.max);
        if (name === "e2e_response") latencies.set(index, intervalLatency(sum));
      }
    });
  let isCreated = false;
  let faults: FaultCrew | undefined;
  try {
    faults = await prepareFaults(
      plan,
      place,
      r.capabilities.protocol,
      {
        alter(change) {
          if (driver?.alter === undefined) throw new Error(`the driver has no way to ${change.kind}`);
          return driver.alter(topology, change);
        },
        async leader() {
          if (driver?.leader === undefined) throw new Error("the driver cannot tell who leads");
          return await driver.leader(topology);
        },
      },
      join(r.folder, JOURNALS),
    );
    const info = await driver?.connect();
    await driver?.create(topology, { existing: "refuse" });
    isCreated = true;
    const runNumber = randomInt(2 ** 32);
    const recording = await conduct({
      plan,
      topology,
      runNumber,
      url: place.url,
      ...(place.managementUrl === undefined ? {} : { managementUrl: place.managementUrl }),
      driver,
      faults,
      ...(plan.consumers.deduplicate === undefined ? {} : { effects: join(r.folder, EFFECTS) }),
      ...(place.local === undefined ? {} : { broker: place.local }),
      signal: r.signal,
      onPhase: r.onPhase,
      onSecond: (tally, atNs) => {
        keepIntervals(tally, tally.openInterval);
        r.onSecond(tally, atNs);
      },
    });
    await faults?.close();
    const effectsFolder = join(r.folder, EFFECTS);
    const judgement = await judgeRun(r, recording, topology.subscriptions, effectsFolder);
    const reread = await rereadIfNeeded(r, recording, judgement, driver, topology, runNumber);
    const leftBehind = await removeStream(
      driver,
      topology,
      recording.earlyEnd?.kind === "broker" ? LOST_DROP_MS : DROP_MS,
    );
    keepIntervals(recording.tally, Number.POSITIVE_INFINITY);
    const target = targetResult(plan, place, recording.info, info, faults?.proxy);
    const faulted = faults === undefined ? {} : { faults: faults.results() };
    const result = finishedResult(
      r,
      { ...before, ...faulted },
      { target, recording, judgement, latencies, leftBehind, reread },
    );
    await folder.write(result);
    await faults?.crashes.end(result);
    await dropEffects(effectsFolder, result);
    return { result, troubles: folder.troubles };
  } catch (error) {
    if (isCreated) await removeStream(driver, topology, DROP_MS);
    await folder.write({
      ...before,
      state: "failed",
      run: { ...identity, endedAt: new Date().toISOString() },
      warnings: [{ code: "NOT_STARTED", message: messageOf(error) }],
    });
    throw error;
  } finally {
    await faults?.close();
    await driver?.close();
  }
}

function topologyOf(plan: Plan, id: string): Topology {
  return {
    name: plan.stream.name ?? `mqbench-${id}`,
    partitions: partitionsAtMost(plan.stream),
    subscriptions: Array.from({ length: plan.stream.subscriptions }, (_, i) => `sub-${i}`),
    durability: plan.durability,
    maxMessageBytes: largestBytes(plan.message.size),
    ...(plan.faults.some(isAlteration) ? { isAltered: true } : {}),
    ...(plan.stream.grownTo === undefined ? {} : { firstPartitions: plan.stream.partitions }),
  };
}

export function settingsOf(plan: Plan, place: BrokerPlace): Parameters<DriverFactory>[0] {
  const { url, managementUrl } = place;
  const { isolation } = plan.consumers;
  const settings = {
    url,
    mode: plan.target.mode,
    options: plan.driverOptions,
    ...(isolation === undefined ? {} : { isolation }),
  };
  return managementUrl === undefined ? settings : { ...settings, managementUrl };
}

/** How long the removal of a stream may take; a broker that went away is hardly back. */
const DROP_MS = 10_000;
const LOST_DROP_MS = 2000;

/** @returns what could not be removed, if so */
async function removeStream(
  driver: Driver | undefined,
  topology: Topology,
  boundMs: number,
): Promise<string | undefined> {
  const late = sleep(boundMs, "no answer", { ref: false });
  const trouble = await Promise.race([driver?.drop(topology).then(() => undefined, messageOf), late]);
  return trouble === undefined ? undefined : `the stream ${topology.name} could not be removed: ${trouble}`;
}

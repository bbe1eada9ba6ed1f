import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerError, messageOf } from "../model/errors.ts";
import { requireSpace } from "./disk.ts";
import { endBroker } from "./ending.ts";
import type { Work } from "./host.ts";
import { type Installation, type LaunchPlan, LOG_NAME } from "./native.ts";
import { type OwnerWatch, watchOwner } from "./owner-watch.ts";
import { freePorts } from "./ports.ts";
import { processId } from "./process-id.ts";
import {
  type BrokerRecord,
  brokerDir,
  brokersDir,
  ID_VARIABLE,
  keepLog,
  newBrokerId,
  removeBrokerDir,
  writeRecord,
} from "./registry.ts";
import { withRegistryLock } from "./sweep.ts";

/** Both systems start in about 3 s on 2 idle cores; a crowded CI machine can take twenty times that. */
const START_LIMIT_MS = 120_000;
const PROBE_PAUSE_MS = 50;
/** Another process may take a port between our look and the broker's bind. */
const PORT_TRIES = 3;
const PORT_TAKEN = /address already in use|eaddrinuse/i;
/** An idle broker's own files; what a benchmark writes is on top and its own affair. */
const MIN_DATA_BYTES = 200 * 1024 * 1024;
const LOG_TAIL_LINES = 15;

export interface Launched {
  readonly record: BrokerRecord;
  /** Ends with us unless disarmed. */
  readonly watch: OwnerWatch;
}

export interface Wanted {
  readonly system: string;
  readonly requested: string;
  readonly installation: Installation;
}

/** Starts a broker and resolves when it serves. It belongs to this process until its record says otherwise. */
export async function launch(wanted: Wanted, work: Work): Promise<Launched> {
  requireSpace(brokersDir(work.host), MIN_DATA_BYTES, `running ${wanted.system}`);
  for (let left = PORT_TRIES - 1; ; left--) {
    try {
      return await launchOnce(wanted, work);
    } catch (error) {
      if (left === 0 || !PORT_TAKEN.test(messageOf(error))) throw error;
    }
  }
}

async function launchOnce({ system, requested, installation }: Wanted, work: Work): Promise<Launched> {
  const { version } = installation;
  const owner = processId(process.pid);
  if (!owner) throw new BrokerError("this process cannot be found in /proc", { code: "UNSUPPORTED_HOST" });
  const sinceIso = new Date().toISOString();
  const draft = { id: newBrokerId(), system, version, requested, url: "", sinceIso, owner, facts: {} };
  const dir = brokerDir(work.host, draft.id);
  const log = join(dir, LOG_NAME);
  await withRegistryLock(work, async () => writeRecord(work.host, draft));
  let watch: OwnerWatch | undefined;
  let started: BrokerRecord = draft;
  try {
    const plan = await installation.configure(dir, await freePorts(installation.portCount), work);
    work.onProgress(`starting ${system} ${version}`);
    const child = await spawnBroker(plan, draft.id, dir, log);
    const leader = processId(child.pid ?? 0);
    if (leader) {
      watch = watchOwner(leader, dir);
      started = { ...draft, leader };
      writeRecord(work.host, started);
    }
    const facts = await ready(plan, child, work.signal);
    const record = { ...started, url: plan.url, facts: { ...installation.facts, ...plan.facts, ...facts } };
    started = plan.managementUrl === undefined ? record : { ...record, managementUrl: plan.managementUrl };
    writeRecord(work.host, started);
    return { record: started, watch: watch as OwnerWatch };
  } catch (error) {
    await endBroker(draft.id, started.leader, 0);
    const explained = work.signal.aborted ? error : withLog(error, system, draft.id, work);
    removeBrokerDir(work.host, draft.id);
    watch?.end();
    throw explained;
  }
}

async function spawnBroker(plan: LaunchPlan, id: string, dir: string, log: string): Promise<ChildProcess> {
  const out = openSync(log, "a");
  try {
    const child = spawn(plan.command, plan.args, {
      cwd: dir,
      env: { ...plan.env, [ID_VARIABLE]: id },
      // A group of its own: Ctrl-C in the terminal is for us, and we end the broker when we are done with it.
      detached: true,
      stdio: ["ignore", out, out],
    });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    child.unref();
    return child;
  } finally {
    closeSync(out);
  }
}

async function ready(
  plan: LaunchPlan,
  child: ChildProcess,
  signal: AbortSignal,
): Promise<LaunchPlan["facts"]> {
  const end = performance.now() + START_LIMIT_MS;
  let last = "";
  while (performance.now() < end) {
    signal.throwIfAborted();
    try {
      const facts = await plan.probe(signal);
      requireRunning(child);
      return facts;
    } catch (error) {
      requireRunning(child);
      last = messageOf(error);
    }
    await pause(PROBE_PAUSE_MS, undefined, { signal });
  }
  throw new Error(`it did not answer within ${START_LIMIT_MS / 1000} s (${last})`);
}

/** Also after an answer: on a port that was taken it came from somebody else. */
function requireRunning({ exitCode, signalCode }: ChildProcess): void {
  if (exitCode !== null || signalCode !== null)
    throw new Error(`it ended at once (${signalCode ?? `exit code ${exitCode}`})`);
}

/** A broker that died says why in its log: shows the end of it and keeps the whole. */
function withLog(error: unknown, system: string, id: string, work: Work): unknown {
  if (error instanceof BrokerError) return error;
  const kept = keepLog(work.host, id, system);
  const text = kept === undefined ? "" : readFileSync(kept, "utf8").trimEnd();
  const tail = text.split("\n").slice(-LOG_TAIL_LINES).join("\n");
  return new BrokerError(`${system} did not start: ${messageOf(error)}${tail ? `\n${tail}` : ""}`, {
    code: "BROKER_DID_NOT_START",
    hints: kept === undefined ? [] : [`Its whole log is ${kept}.`],
    cause: error,
  });
}

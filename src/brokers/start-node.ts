import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerError, messageOf } from "../model/errors.ts";
import type { BrokerFacts } from "./broker.ts";
import { LOG_NAME, type NodePlan, type Probe, type ProcessPlan } from "./native.ts";
import { type ProcessId, pidsWithEnvironment, processId } from "./process-id.ts";
import { ID_VARIABLE } from "./registry.ts";

/** Both systems start in about 3 s on 2 idle cores; a crowded CI machine can take twenty times that. */
const START_LIMIT_MS = 120_000;
const PROBE_PAUSE_MS = 50;
const LOG_TAIL_LINES = 15;

/** As {@link ID_VARIABLE}, for the processes of one node. */
const NODE_VARIABLE = "MQBENCH_BROKER_NODE";

/** The living processes of one node, also those that left its group. */
export function nodePids(id: string, name: string): number[] {
  return pidsWithEnvironment(`${NODE_VARIABLE}=${id}/${name}`);
}

export interface Spawned {
  readonly child: ChildProcess;
  /** Undefined for one that has ended already. */
  readonly leader: ProcessId | undefined;
}

/** Starts a program of a broker: of the named node, or one that all nodes need. */
export async function spawnProgram(plan: ProcessPlan, id: string, node?: string): Promise<Spawned> {
  const out = openSync(join(plan.dir, LOG_NAME), "a");
  const own = node === undefined ? {} : { [NODE_VARIABLE]: `${id}/${node}` };
  try {
    const child = spawn(plan.command, plan.args, {
      cwd: plan.dir,
      env: { ...plan.env, [ID_VARIABLE]: id, ...own },
      // A group of its own: Ctrl-C in the terminal is for us, and we end the broker when we are done with it.
      detached: true,
      stdio: ["ignore", out, out],
    });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    child.unref();
    return { child, leader: processId(child.pid ?? 0) };
  } finally {
    closeSync(out);
  }
}

/** Why a node did not start; `node` is whose log may tell more. */
export class NodeFailure extends Error {
  readonly node: NodePlan;
  constructor(node: NodePlan, reason: string) {
    super(reason);
    this.node = node;
  }
}

/**
 * Resolves with what the node says of itself once it serves and has its peers.
 * @throws NodeFailure when it ended or does not answer in time; the signal's reason
 */
export async function answers(
  node: NodePlan,
  { child }: Spawned,
  peers: readonly NodePlan[],
  probe: Probe,
  signal: AbortSignal,
): Promise<BrokerFacts> {
  const end = performance.now() + START_LIMIT_MS;
  let last = "";
  while (performance.now() < end) {
    signal.throwIfAborted();
    try {
      const facts = await probe(node, peers, signal);
      requireRunning(node, child);
      return facts;
    } catch (error) {
      requireRunning(node, child);
      last = messageOf(error);
    }
    await pause(PROBE_PAUSE_MS, undefined, { signal });
  }
  throw new NodeFailure(node, `it did not answer within ${START_LIMIT_MS / 1000} s (${last})`);
}

/** Also after an answer: on a port that was taken it came from somebody else. */
function requireRunning(node: NodePlan, { exitCode, signalCode }: ChildProcess): void {
  if (exitCode !== null || signalCode !== null)
    throw new NodeFailure(node, `it ended at once (${signalCode ?? `exit code ${exitCode}`})`);
}

/** The error for users: with the end of a log, and where the whole of it is kept. */
export function didNotStart(what: string, error: unknown, log: { path: string; text: string } | undefined) {
  const tail = (log?.text ?? "").trimEnd().split("\n").slice(-LOG_TAIL_LINES).join("\n");
  return new BrokerError(`${what} did not start: ${messageOf(error)}${tail ? `\n${tail}` : ""}`, {
    code: "BROKER_DID_NOT_START",
    hints: log === undefined ? [] : [`Its whole log is ${log.path}.`],
    cause: error,
  });
}

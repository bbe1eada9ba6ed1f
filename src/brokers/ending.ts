import { setTimeout as pause } from "node:timers/promises";
import { BrokerError } from "../model/errors.ts";
import { isAlive, type ProcessId, pidsWithEnvironment } from "./process-id.ts";
import { ID_VARIABLE } from "./registry.ts";

/** A process that has not gone this long after SIGKILL hangs in the kernel; waiting longer does not help. */
const KILL_LIMIT_MS = 10_000;
const POLL_MS = 20;

/** The living processes of a broker, its own helpers included. */
export function brokerPids(id: string): number[] {
  return pidsWithEnvironment(`${ID_VARIABLE}=${id}`);
}

/**
 * Ends every process of a broker: with `graceMs` above 0 it is asked first (SIGTERM) and given that time.
 * The processes are found by an environment variable that only they have, never by name.
 */
export async function endBroker(id: string, leaders: readonly ProcessId[], graceMs: number): Promise<void> {
  const find = (): number[] => brokerPids(id);
  // What a fault left stopped would hear nothing but SIGKILL.
  for (const pid of find()) signalTo(pid, "SIGCONT");
  if (graceMs > 0) await askToEnd(find, leaders, graceMs);
  await killAll(find, leaders);
}

/**
 * SIGTERM for the process groups of `leaders`.
 * @returns whether all that `find` finds was gone within the time
 */
export async function askToEnd(
  find: () => readonly number[],
  leaders: readonly ProcessId[],
  graceMs: number,
): Promise<boolean> {
  for (const leader of leaders) if (isAlive(leader)) signalTo(-leader.pid, "SIGTERM");
  return await allGone(find, leaders, graceMs);
}

/**
 * SIGKILL for the process groups of `leaders` and for everything that `find` finds; resolves when all are gone.
 * @throws BrokerError `BROKER_WILL_NOT_END`
 */
export async function killAll(find: () => readonly number[], leaders: readonly ProcessId[]): Promise<void> {
  for (const leader of leaders) if (isAlive(leader)) signalTo(-leader.pid, "SIGKILL");
  if (await allGone(find, leaders, KILL_LIMIT_MS, "SIGKILL")) return;
  const left = [...leaders.filter(isAlive).map(({ pid }) => pid), ...find()];
  throw new BrokerError(`process ${[...new Set(left)].join(", ")} of a broker does not end`, {
    code: "BROKER_WILL_NOT_END",
  });
}

async function allGone(
  find: () => readonly number[],
  leaders: readonly ProcessId[],
  limitMs: number,
  signal?: NodeJS.Signals,
): Promise<boolean> {
  const end = performance.now() + limitMs;
  for (;;) {
    const pids = find();
    // A process that is ending has no environment any more while it still frees its memory and ports.
    if (pids.length === 0 && !leaders.some(isAlive)) return true;
    if (signal) for (const pid of pids) signalTo(pid, signal);
    if (performance.now() > end) return false;
    await pause(POLL_MS);
  }
}

/** No error where it has just gone. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just gone, which is what was wanted.
  }
}

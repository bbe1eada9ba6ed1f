import { readdirSync, readFileSync } from "node:fs";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks from the machine's start to the process's. */
  readonly startTicks: number;
  /** Ticks start again with the machine. */
  readonly bootId: string;
}

/** The identity of a living process; undefined for none, a zombie, or a machine without /proc. */
export function processId(pid: number): ProcessId | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const bootId = readText("/proc/sys/kernel/random/boot_id").trim();
  // The name (field 2) may hold spaces and brackets: count from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTicks = Number(fields[19]);
  if (!stat || fields[0] === "Z" || fields[0] === "X" || !Number.isInteger(startTicks)) return undefined;
  return { pid, startTicks, bootId };
}

export function isAlive(id: ProcessId): boolean {
  const now = processId(id.pid);
  return now !== undefined && now.startTicks === id.startTicks && now.bootId === id.bootId;
}

/** Whether a signal stopped the process (state T in /proc/PID/stat) and none continued it. */
export function isStopped(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}

/** The living processes whose environment, as they were started, has `entry` (`NAME=value`). */
export function pidsWithEnvironment(entry: string): number[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const isHere = (pid: string): boolean => readText(`/proc/${pid}/environ`).split("\0").includes(entry);
  return names.filter((name) => /^\d+$/.test(name) && isHere(name)).map(Number);
}

/** Resident memory in bytes; 0 if the process is gone. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`));
  return match ? Number(match[1]) * 1024 : 0;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

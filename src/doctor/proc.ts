import { readFileSync } from "node:fs";

/** The text of a file, undefined where there is none or it may not be read. Tests give made-up files. */
export type Read = (path: string) => string | undefined;

export const readText: Read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

export function readNumber(read: Read, path: string): number | undefined {
  const text = read(path)?.trim();
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** How many numbers a list such as `0-3,8` has. */
export function countList(text: string): number {
  return text
    .trim()
    .split(",")
    .filter((part) => part !== "")
    .reduce((n, part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return n + last - first + 1;
    }, 0);
}

/** `some` of /proc/pressure/*: the share of the last 10 s (0–1), and the time in all. */
export function parsePressure(text: string | undefined): { share10: number; totalUs: number } | undefined {
  const match = /^some avg10=([\d.]+) .*total=(\d+)/m.exec(text ?? "");
  return match ? { share10: Number(match[1]) / 100, totalUs: Number(match[2]) } : undefined;
}

export interface CpuTimes {
  readonly total: number;
  readonly idle: number;
  readonly stolen: number;
}

/** The sums over all cores of /proc/stat, in ticks (proc(5)); guests are already part of the first two fields. */
export function parseCpuTimes(text: string | undefined): CpuTimes | undefined {
  const line = /^cpu +(.*)$/m.exec(text ?? "")?.[1];
  if (line === undefined) return undefined;
  const ticks = line.split(" ").map(Number).slice(0, 8);
  const [, , , idle = 0, waiting = 0, , , stolen = 0] = ticks;
  return { total: ticks.reduce((a, b) => a + b, 0), idle: idle + waiting, stolen };
}

/** The value of `name: 123 kB` in /proc/meminfo, in bytes. */
export function memoryBytes(text: string | undefined, name: string): number | undefined {
  const match = new RegExp(`^${name}: +(\\d+) kB`, "m").exec(text ?? "");
  return match ? Number(match[1]) * 1024 : undefined;
}

/**
 * Folders of this process's cgroup that hold the settings of a controller, its own first, then those around
 * it: each may set a limit (cgroups(7)). A container often sees only the last.
 */
export function cgroupFolders(read: Read, controller: string): readonly string[] {
  const lines = (read("/proc/self/cgroup") ?? "").trim().split("\n");
  return lines.flatMap((line) => {
    const [number, names = "", ...rest] = line.split(":");
    const isUnified = number === "0" && names === "";
    if (!isUnified && !names.split(",").includes(controller)) return [];
    const root = isUnified ? "/sys/fs/cgroup" : `/sys/fs/cgroup/${names}`;
    const parts = rest
      .join(":")
      .split("/")
      .filter((p) => p !== "");
    return parts
      .map((_, i) => `${root}/${parts.slice(0, parts.length - i).join("/")}`)
      .concat(root, isUnified ? [] : `/sys/fs/cgroup/${controller}`);
  });
}

/** The smallest of the numbers that there are. */
export function smallest(values: readonly (number | undefined)[]): number | undefined {
  const some = values.filter((v) => v !== undefined);
  return some.length === 0 ? undefined : Math.min(...some);
}

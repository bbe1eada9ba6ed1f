import { readFileSync } from "node:fs";
import type { MachineResult } from "../model/harness.ts";

/** Counters of the machine since its start; what it does not tell is absent. */
export interface MachineReading {
  readonly atNs: number;
  /** /proc/stat, in ticks of all cores together. */
  readonly ticks?: { readonly all: number; readonly idle: number; readonly steal: number };
  /** /proc/pressure/cpu: time in which some task waited for a core. */
  readonly pressureNs?: number;
  readonly throttled?: { readonly ns: number; readonly periods: number };
}

/** The content of a file, or undefined when it cannot be read. */
export type ReadText = (path: string) => string | undefined;

export function readMachine(atNs: number, read: ReadText = readText): MachineReading {
  const ticks = cpuTicks(read("/proc/stat"));
  const pressureNs = pressure(read("/proc/pressure/cpu"));
  const throttled = throttling(read);
  return {
    atNs,
    ...(ticks === undefined ? {} : { ticks }),
    ...(pressureNs === undefined ? {} : { pressureNs }),
    ...(throttled === undefined ? {} : { throttled }),
  };
}

/** What happened between two readings. */
export function machineBetween(from: MachineReading, to: MachineReading): MachineResult {
  const spanNs = to.atNs - from.atNs;
  if (spanNs <= 0) return {};
  const share = (part: number, whole: number): number =>
    whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
  const result: { -readonly [K in keyof MachineResult]: MachineResult[K] } = {};
  if (from.ticks && to.ticks) {
    const all = to.ticks.all - from.ticks.all;
    const steal = to.ticks.steal - from.ticks.steal;
    result.busy = share(all - steal - (to.ticks.idle - from.ticks.idle), all);
    result.steal = share(steal, all);
  }
  if (from.pressureNs !== undefined && to.pressureNs !== undefined)
    result.cpuPressure = share(to.pressureNs - from.pressureNs, spanNs);
  if (from.throttled && to.throttled) {
    result.throttledNs = Math.max(0, to.throttled.ns - from.throttled.ns);
    result.throttledPeriods = Math.max(0, to.throttled.periods - from.throttled.periods);
  }
  return result;
}

/** proc(5): user nice system idle iowait irq softirq steal; what guests use is part of user. */
function cpuTicks(text: string | undefined): MachineReading["ticks"] {
  const values =
    /^cpu +(.+)$/m
      .exec(text ?? "")?.[1]
      ?.split(" ")
      .map(Number)
      .slice(0, 8) ?? [];
  const [, , , idle = 0, iowait = 0, , , steal = 0] = values;
  if (values.length < 4 || values.some((v) => !Number.isFinite(v))) return undefined;
  return { all: values.reduce((a, b) => a + b, 0), idle: idle + iowait, steal };
}

/** Documentation/accounting/psi.rst: total is in µs. */
function pressure(text: string | undefined): number | undefined {
  const us = Number(/^some .*\btotal=(\d+)/m.exec(text ?? "")?.[1]);
  return Number.isFinite(us) ? us * 1e3 : undefined;
}

const CGROUPS = "/sys/fs/cgroup";

/**
 * How often and how long our control group or one above it was held back: cpu.stat of version 2
 * (throttled_usec) or 1 (throttled_time, ns). A container may see its own group as the root.
 */
function throttling(read: ReadText): MachineReading["throttled"] {
  const lines = (read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  const groups = lines.flatMap(([id, controllers, path]) => {
    if (path === undefined) return [];
    if (id === "0") return [`${CGROUPS}${path}`, `${CGROUPS}/unified${path}`];
    return controllers?.split(",").includes("cpu")
      ? [`${CGROUPS}/cpu${path}`, `${CGROUPS}/${controllers}${path}`]
      : [];
  });
  let found: { ns: number; periods: number } | undefined;
  for (const dir of new Set(groups.flatMap(withParents))) {
    const text = read(`${dir}/cpu.stat`) ?? "";
    const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, "m").exec(text)?.[1] ?? 0);
    if (!/^nr_throttled /m.test(text)) continue;
    found ??= { ns: 0, periods: 0 };
    found.ns += value("throttled_usec") * 1e3 + value("throttled_time");
    found.periods += value("nr_throttled");
  }
  return found;
}

/** `/sys/fs/cgroup/a/b` → itself, `…/a`, `/sys/fs/cgroup`: a limit above holds us back too. */
function withParents(dir: string): readonly string[] {
  const trimmed = dir.replace(/\/+$/, "");
  if (trimmed.length <= CGROUPS.length) return [CGROUPS];
  return [trimmed, ...withParents(trimmed.slice(0, trimmed.lastIndexOf("/")))];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

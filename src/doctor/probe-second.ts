import { setTimeout as sleep } from "node:timers/promises";
import type { SecondFacts } from "./facts.ts";
import { type CpuTimes, parseCpuTimes, parsePressure, type Read } from "./proc.ts";

const SPAN_MS = 1000;

/** Watches the machine for a second without doing anything: what others do to it. */
export async function probeSecond(read: Read, signal: AbortSignal): Promise<SecondFacts> {
  const before = look(read);
  await sleep(SPAN_MS, undefined, { signal });
  return between(before, look(read));
}

export interface Look {
  readonly atNs: number;
  readonly pressureUs: number | undefined;
  readonly times: CpuTimes | undefined;
  readonly swapPages: number | undefined;
}

/** Shares of the time between two looks. */
export function between(a: Look, b: Look): SecondFacts {
  const spanUs = (b.atNs - a.atNs) / 1e3;
  const ticks = (a.times && b.times && b.times.total - a.times.total) || 0;
  const share = (from: number | undefined, to: number | undefined, whole: number): number | undefined =>
    from === undefined || to === undefined || whole <= 0
      ? undefined
      : Math.min(1, Math.max(0, (to - from) / whole));
  const idle = share(a.times?.idle, b.times?.idle, ticks);
  return {
    pressure: share(a.pressureUs, b.pressureUs, spanUs),
    stolen: share(a.times?.stolen, b.times?.stolen, ticks),
    busy: idle === undefined ? undefined : 1 - idle,
    swapPages: a.swapPages === undefined || b.swapPages === undefined ? undefined : b.swapPages - a.swapPages,
  };
}

function look(read: Read): Look {
  const events = read("/proc/vmstat");
  const pages = (name: string): number =>
    Number(new RegExp(`^${name} (\\d+)`, "m").exec(events ?? "")?.[1] ?? 0);
  return {
    atNs: performance.now() * 1e6,
    pressureUs: parsePressure(read("/proc/pressure/cpu"))?.totalUs,
    times: parseCpuTimes(read("/proc/stat")),
    swapPages: events === undefined ? undefined : pages("pswpin") + pages("pswpout"),
  };
}

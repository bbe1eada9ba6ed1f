import type { LoadPlan, SchedulePlan } from "../../model/plan.ts";
import type { Reader } from "./reader.ts";

type ScheduleKind = SchedulePlan["kind"];

/** Which keys of `load` mean something under each schedule. */
const USED: Readonly<Record<ScheduleKind, readonly string[]>> = {
  uniform: ["rate"],
  poisson: ["rate"],
  ramp: ["rate", "to"],
  steps: ["rates"],
  burst: ["rate", "messages", "every"],
};
const SCHEDULE_KEYS = ["rate", "to", "rates", "messages", "every"] as const;

export function buildLoad(read: Reader): LoadPlan {
  const loop = read.raw<"open" | "closed">("load.loop");
  reportUnused(read);
  if (loop === "closed") return { loop };
  return { loop, schedule: buildSchedule(read), maxBacklogNs: read.durationNs("load.maxBacklog", false) };
}

/** Dotted keys that a plan's loop and schedule make meaningless. */
export function unusedLoadKeys(read: Reader): readonly string[] {
  const closed = read.raw("load.loop") === "closed";
  const used = closed ? [] : USED[read.raw<ScheduleKind>("load.schedule")];
  const unused = SCHEDULE_KEYS.filter((key) => !used.includes(key)).map((key) => `load.${key}`);
  return closed ? [...unused, "load.schedule", "load.maxBacklog"] : unused;
}

/**
 * A key without effect is an error, because the run would not be what was asked for. Not so where a higher
 * layer chose another loop or schedule: then the key belonged to what was replaced.
 */
function reportUnused(read: Reader): void {
  const loop = read.setting("load.loop");
  const decides = loop?.value === "closed" ? loop : read.setting("load.schedule");
  const kind = loop?.value === "closed" ? "a closed loop" : `schedule ${String(decides?.value)}`;
  const fix = loop?.value === "closed" ? "load.loop=open" : "another load.schedule";
  for (const key of unusedLoadKeys(read)) {
    const setting = read.setting(key);
    if (setting && setting.level > 0 && setting.level >= (decides?.level ?? 0))
      read.report(key, `${key} has no effect with ${kind}`, `Remove ${key}, or choose ${fix}.`);
  }
}

function buildSchedule(read: Reader): SchedulePlan {
  const kind = read.raw<ScheduleKind>("load.schedule");
  const rate = (): number => read.ratePerS(read.raw("load.rate"), "load.rate");
  const isThere = (key: string, why: string): boolean => {
    if (!read.has(key))
      read.report(key, `${why} needs ${key}`, `Add ${key} to the profile.`, "load.schedule");
    return read.has(key);
  };
  switch (kind) {
    case "uniform":
    case "poisson":
      return { kind, ratePerS: rate() };
    case "ramp": {
      const fromPerS = rate();
      const to = isThere("load.to", "a ramp") ? read.ratePerS(read.raw("load.to"), "load.to") : fromPerS;
      return { kind, fromPerS, toPerS: to };
    }
    case "steps": {
      const rates = isThere("load.rates", "schedule steps") ? read.raw<unknown[]>("load.rates") : ["1/s"];
      return { kind, ratesPerS: rates.map((r) => read.ratePerS(r, "load.rates")) };
    }
    case "burst":
      return {
        kind,
        ratePerS: burstRate(read),
        messages: isThere("load.messages", "schedule burst") ? read.count("load.messages") : 1,
        everyNs: isThere("load.every", "schedule burst") ? read.durationNs("load.every", false) : 1e9,
      };
  }
}

/** Between bursts nothing is sent unless a profile says so; the default rate is for the other schedules. */
function burstRate(read: Reader): number {
  const setting = read.setting("load.rate");
  if (setting === undefined || setting.level === 0) return 0;
  return /^\s*0\s*(\/|$)/.test(String(setting.value)) ? 0 : read.ratePerS(setting.value, "load.rate");
}

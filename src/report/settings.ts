import type { Plan } from "../model/plan.ts";
import { formatDuration, formatRate, formatSize } from "../model/units.ts";
import { short } from "./load-text.ts";

export type Setting = string | number | boolean;

/** Parts of a plan that differ between targets by nature, or say nothing about the work. */
const OWN = new Set(["target", "driverModule", "driverOptions", "seed", "expect"]);

/** A plan's settings by path, `message.size.bytes` → 1024, without what is the target's own. */
export function flatten(plan: Plan): ReadonlyMap<string, Setting> {
  const out = new Map<string, Setting>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, path === "" ? key : `${path}.${key}`);
    else if (value !== undefined && value !== null) out.set(path, value as Setting);
  };
  walk(Object.fromEntries(Object.entries(plan).filter(([key]) => !OWN.has(key))), "");
  return out;
}

/** `producers.count 4`, `rate 5k/s`. */
export function settingText(path: string, value: Setting | null): string {
  const name = path.replace(/^load\.schedule\.ratePerS$/, "rate").replace(/(Ns|PerS|Bytes)$/, "");
  return `${name} ${valueText(path, value)}`;
}

/** `4`, `5k/s`, `5ms`: the unit follows from the suffix of the name. */
export function valueText(path: string, value: Setting | null): string {
  if (typeof value !== "number") return String(value ?? "not set");
  if (path.endsWith("Ns")) return short(value, formatDuration);
  if (path.endsWith("PerS")) return short(value, formatRate);
  return /bytes$/i.test(path) ? short(value, formatSize) : String(value);
}

import type { Machine } from "./fact.ts";
import type { Json } from "./json.ts";

export function machineOf(environment: Json): Machine | undefined {
  const [host, cpu] = [environment.text("host"), environment.text("cpu")];
  const [cores, memoryBytes] = [environment.number("cores"), environment.number("memoryBytes")];
  return host === undefined || cpu === undefined || cores === undefined || memoryBytes === undefined
    ? undefined
    : { host, cpu, cores, memoryBytes };
}

/** `kafka:log@wire` → `kafka:log`; undefined for what is no target. */
export function modeOf(target: string | undefined): string | undefined {
  return /^([a-z][\w-]*:[\w-]+)(@[\w-]+)?$/.exec(target ?? "")?.[1];
}

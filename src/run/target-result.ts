import type { TargetInfo } from "../drivers/driver.ts";
import type { ProxyCost } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { TargetResult } from "../model/result.ts";
import { targetText } from "../model/target.ts";
import type { BrokerPlace } from "./brokers.ts";
import { proxyNote } from "./proxy-note.ts";

/**
 * What a run was about, from all who know a part of it.
 * @param agents what an agent's driver learnt
 * @param own what the driver that made the stream learnt; undefined where the broker lives in an agent
 */
export function targetResult(
  plan: Plan,
  place: BrokerPlace,
  agents: Omit<TargetResult, "name" | "origin">,
  own: TargetInfo | undefined,
  proxy: ProxyCost | undefined,
): TargetResult {
  return {
    name: targetText(plan.target),
    version: place.version || agents.version,
    clientVersion: agents.clientVersion,
    // That of an agent may be a proxy's.
    address: own?.address ?? agents.address,
    origin: place.origin,
    durability: own?.durabilityClass(plan.durability) ?? agents.durability,
    notes: [...agents.notes, ...(proxy === undefined ? [] : [proxyNote(proxy)])],
    // What making the stream read back is known only to the driver that made it.
    options: { ...agents.options, ...own?.options, ...place.facts },
  };
}

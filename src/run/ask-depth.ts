import { setTimeout as sleep } from "node:timers/promises";
import type { Driver } from "../drivers/driver.ts";
import type { Topology } from "../model/topology.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { Waits } from "./waits.ts";

const DEPTH_MS = 5000;

/** How many messages the broker holds, asked of it or of the agent in which it lives; null: not known in time. */
export async function askDepth(
  { driver, topology }: { readonly driver: Driver | undefined; readonly topology: Topology },
  agents: readonly AgentProcess[],
  waits: Waits,
): Promise<number | null> {
  if (driver === undefined) {
    waits.depth = undefined;
    agents[0]?.tell({ type: "depth" });
    await waits.until(() => waits.depth !== undefined, DEPTH_MS);
    return waits.depth ?? null;
  }
  if (driver.depth === undefined) return null;
  const depths = await Promise.race([
    driver.depth(topology).catch(() => undefined),
    sleep(DEPTH_MS, undefined, { ref: false }),
  ]);
  return depths?.reduce((sum, d) => sum + d.messages, 0) ?? null;
}

import { createHash } from "node:crypto";
import { largestBytes, type Plan } from "../model/plan.ts";
import type { Environment } from "../model/result.ts";

/** Long enough for the compiler and a few thousand messages, short enough to be borne before a run. */
const WARMUP_NS = 0.5e9;
const CEILING_NS = 1e9;
const FLOOR_NS = 2e9;
const DRAIN_NS = 5e9;

/** Bytes that a stream of the memory driver may hold: its capacity follows from the message size. */
const HELD_BYTES = 64 * 1024 ** 2;
const MOST_HELD = 100_000;

/** The plan on the memory driver, as fast as it goes. */
export function ceilingPlan(plan: Plan): Plan {
  return memoryPlan({ ...plan, load: { loop: "closed" } }, CEILING_NS);
}

/** The plan on the memory driver, at its own schedule; undefined for a closed loop. */
export function floorPlan(plan: Plan): Plan | undefined {
  return plan.load.loop === "open" ? memoryPlan(plan, FLOOR_NS) : undefined;
}

/** Plans with the same shape on the same machine, versions included, have the same floor. */
export function floorKey(plan: Plan, environment: Environment, versions: readonly string[]): string {
  const { cpu, cores, host, kernel } = environment;
  const { stream, load, message, producers, consumers, durability } = memoryPlan(plan, FLOOR_NS);
  const shape = [stream, load, message, producers, consumers, durability];
  return createHash("sha256")
    .update(JSON.stringify([host, kernel, cpu, cores, versions, shape]))
    .digest("hex")
    .slice(0, 24);
}

function memoryPlan(plan: Plan, measureNs: number): Plan {
  const { driverModule: _, prediction: _p, guarantee: _g, row: _w, ...rest } = plan;
  const { requeue: _r, isolation: _i, deduplicate: _d, ...consumers } = plan.consumers;
  const { transaction: _t, ...producers } = plan.producers;
  const { partitions, subscriptions } = plan.stream;
  const capacity = Math.max(
    1000,
    Math.min(MOST_HELD, Math.floor(HELD_BYTES / largestBytes(plan.message.size))),
  );
  return {
    ...rest,
    target: { system: "memory", mode: "queue", client: "local" },
    driverOptions: { capacity },
    stream: { partitions, subscriptions },
    producers: { ...producers, idempotent: false },
    // Simulated work, messages given back and a backlog built first are no doing of the harness.
    consumers: { ...consumers, workNs: 0, start: "with-producers" },
    phases: { warmupNs: WARMUP_NS, measureNs, maxMessages: 0, drainNs: DRAIN_NS },
    agents: { produce: 1, consume: 1 },
    expect: [],
    faults: [],
  };
}

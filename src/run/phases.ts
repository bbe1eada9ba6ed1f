import type { Clock } from "../load/clock.ts";
import type { Plan } from "../model/plan.ts";
import type { Phase } from "../model/result.ts";

/** The phases as they really were: an early end cuts them short. */
export function phasesOf(plan: Plan, producedNs: number, endNs: number): readonly Phase[] {
  const { warmupNs, measureNs } = plan.phases;
  const warmEnd = Math.min(warmupNs, producedNs);
  const measureEnd = Math.min(warmupNs + measureNs, Math.max(producedNs, warmEnd));
  return [
    ...(warmupNs > 0 ? [{ name: "warmup" as const, startNs: 0, endNs: warmEnd }] : []),
    { name: "measure", startNs: warmEnd, endNs: measureEnd },
    { name: "drain", startNs: measureEnd, endNs },
  ];
}

/** Says when warm-up and measure phase begin. */
export function announcePhases(
  plan: Plan,
  clock: Clock,
  on: (name: Phase["name"]) => void,
): { stop(): void } {
  const { warmupNs } = plan.phases;
  if (warmupNs > 0) on("warmup");
  const timer = setTimeout(() => on("measure"), Math.max(0, (warmupNs - clock.now()) / 1e6));
  return { stop: () => clearTimeout(timer) };
}

import type { Plan } from "../model/plan.ts";
import type { Clock } from "./clock.ts";
import type { ConsumerSide } from "./consumer-side.ts";
import type { ProducerSide } from "./producer-side.ts";
import type { FaultMark } from "./protocol.ts";

const EDGES = [
  ["start", 0],
  ["middle", 0.5],
  ["end", 1],
] as const;

/**
 * Says what flowed through this agent when a fault of the plan begins, is half over and ends, so that a fault
 * in a quiet moment can be told from one that met messages. Call when the run's time 0 is known.
 * @returns a function that stops it
 */
export function markFaults(
  { faults, phases }: Plan,
  clock: Clock,
  { producing }: Pick<ProducerSide, "producing">,
  { arrivals }: Pick<ConsumerSide, "arrivals">,
  tell: (mark: FaultMark) => void,
): () => void {
  const sum = <T>(all: Iterable<T>, of: (one: T) => number): number =>
    [...all].reduce((n, one) => n + of(one), 0);
  const timers = faults.flatMap(({ atNs, forNs }, fault) =>
    EDGES.flatMap(([edge, share]) => {
      const ns = phases.warmupNs + atNs + forNs * share;
      // An agent that took another's place was not there then.
      if (ns < clock.now()) return [];
      const mark = (): void =>
        tell({
          type: "mark",
          fault,
          edge,
          sent: sum(producing, (p) => p.counters.sent),
          unsettled: sum(producing, (p) => p.unsettled),
          delivered: sum(arrivals.values(), (a) => a.counters.delivered),
        });
      return setTimeout(mark, Math.max(0, (ns - clock.now()) / 1e6));
    }),
  );
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}

import type { Clock } from "../load/clock.ts";
import type { FaultPlan } from "../model/fault.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { FaultLog } from "./fault-log.ts";

/** Has one more consumer of each subscription come, and leave in order. */
export interface Joins {
  /** @param agents the first one that has consumers gets the new ones, too */
  start(clock: Clock, agents: readonly AgentProcess[]): void;
  /** Those that came have left, and were given so many messages. */
  left(taken: number): void;
  /** Who is there leaves, and nobody comes any more. Idempotent. */
  stop(): Promise<void>;
}

export type PlannedJoin = {
  readonly index: number;
  /** Times are since the run's start. */
  readonly fault: FaultPlan & { readonly kind: "join" };
};

/** An agent that has not said by then that they have left will not. */
const LEAVE_MS = 15_000;

export function planJoins(planned: readonly PlannedJoin[], log: FaultLog): Joins {
  const timers = new Set<NodeJS.Timeout>();
  let current: { readonly index: number; readonly agent: AgentProcess } | undefined;
  let leaving: (() => void) | undefined;
  let clock: Clock | undefined;
  const now = (): number => clock?.now() ?? 0;

  const leave = async (): Promise<void> => {
    if (current === undefined || leaving !== undefined) return;
    const { agent } = current;
    let timer: NodeJS.Timeout | undefined;
    const gone = new Promise<void>((resolve) => {
      leaving = resolve;
      timer = setTimeout(resolve, LEAVE_MS);
    });
    agent.tell({ type: "leave" });
    await gone;
    clearTimeout(timer);
    leaving = undefined;
    current = undefined;
  };

  return {
    start(runClock, agents) {
      clock = runClock;
      const at = (ns: number, action: () => void): void => {
        timers.add(setTimeout(action, Math.max(0, Math.ceil((ns - now()) / 1e6))));
      };
      for (const { index, fault } of planned) {
        at(fault.atNs, () => {
          const agent = agents.find(({ init }) => init.consumers.length > 0);
          if (agent === undefined || current !== undefined) return;
          current = { index, agent };
          agent.tell({ type: "join" });
          log.began(index, now(), { detail: "one more consumer of each subscription asks to join" });
        });
        at(fault.atNs + fault.forNs, () => void leave());
      }
    },
    left(taken) {
      if (current !== undefined) log.ended(current.index, now(), { taken }, "it has left again");
      leaving?.();
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await leave();
    },
  };
}

import { createStopper, type Stopper, stoppable } from "../brokers/stopper.ts";
import type { Clock } from "../load/clock.ts";
import { messageOf } from "../model/errors.ts";
import type { FaultPlan } from "../model/fault.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { FaultLog } from "./fault-log.ts";

/** Stops an agent for a time (SIGSTOP, SIGCONT): it does not know that it was away, and its broker may not wait. */
export interface Freezes {
  /** @param agents as they are when a freeze begins; the first of a side is stopped */
  start(clock: Clock, agents: readonly Pick<AgentProcess, "name" | "pid" | "init">[]): void;
  /** What is stopped goes on, and nothing more is stopped. Idempotent. */
  stop(): Promise<void>;
}

export type PlannedFreeze = {
  readonly index: number;
  /** Times are since the run's start. */
  readonly fault: FaultPlan & { readonly kind: "freeze" };
};

export function planFreezes(planned: readonly PlannedFreeze[], log: FaultLog): Freezes {
  const timers = new Set<NodeJS.Timeout>();
  let current: { readonly index: number; readonly name: string; readonly stopper: Stopper } | undefined;
  let clock: Clock | undefined;
  let isOver = false;
  const now = (): number => clock?.now() ?? 0;
  let queue = Promise.resolve();
  const at = (ns: number, action: () => void | Promise<void>): void => {
    timers.add(
      setTimeout(
        () => {
          queue = queue.then(action);
        },
        Math.max(0, Math.ceil((ns - now()) / 1e6)),
      ),
    );
  };

  const thaw = (): void => {
    if (current === undefined) return;
    const { index, name, stopper } = current;
    current = undefined;
    const processes = stopper.go();
    const atNs = now();
    stopper.end();
    log.ended(index, atNs, { processes }, `${name} goes on`);
  };
  const freeze = async (
    { index, fault }: PlannedFreeze,
    agents: Parameters<Freezes["start"]>[1],
  ): Promise<void> => {
    thaw();
    const agent = agents.find(
      ({ init }) => (init.producers.length > 0 ? "producer" : "consumer") === fault.side,
    );
    try {
      if (agent === undefined) throw new Error(`no agent has a ${fault.side}`);
      const stopper = await createStopper(stoppable([agent.pid]));
      if (isOver) return stopper.end();
      const atNs = now();
      stopper.stop();
      current = { index, name: agent.name, stopper };
      log.began(index, atNs, { detail: `the agent ${agent.name} is stopped` });
    } catch (error) {
      log.began(index, now(), { detail: `failed: ${messageOf(error)}` });
      log.ended(index, now(), { processes: 0 }, "nothing was stopped");
    }
  };

  return {
    start(runClock, agents) {
      clock = runClock;
      for (const one of planned) {
        at(one.fault.atNs, () => freeze(one, agents));
        at(one.fault.atNs + one.fault.forNs, () => {
          if (current?.index === one.index) thaw();
        });
      }
    },
    async stop() {
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      await queue;
      thaw();
    },
  };
}

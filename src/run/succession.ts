import type { Clock, Instant } from "../load/clock.ts";
import type { AgentInit } from "../load/protocol.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { Crashes, Successor } from "./crashes.ts";
import type { Tally } from "./tally.ts";

/** Puts new agents in the places of those that the plan kills. */
export interface Succession {
  /** New agents that are not at work yet. */
  readonly pending: number;
  /** @returns whether the plan has killed it; a new one comes then */
  died(agent: AgentProcess, tally: Tally, origin: Instant): boolean;
  /** An agent is ready; if it is a new one it is sent to work. */
  ready(agent: AgentProcess, isDraining: boolean): void;
  /** No new ones any more. Idempotent. */
  cancel(): void;
}

export interface SuccessionContext {
  readonly crashes: Crashes | undefined;
  readonly clock: Clock;
  /** In each of them the new agent takes the old one's place. */
  readonly lists: readonly AgentProcess[][];
  launch(init: AgentInit): AgentProcess;
  /** Nobody comes for it. */
  gone(name: string): void;
  /** A new agent did not get ready. */
  late(message: string): void;
}

/** A new agent that is not ready after this long will not be. */
const READY_MS = 30_000;

/** Where a successor is: not started, or started and not ready. */
interface Place {
  readonly successor: Successor;
  readonly predecessor: string;
  timer: NodeJS.Timeout;
  agent: AgentProcess | undefined;
}

export function createSuccession(c: SuccessionContext): Succession {
  const places = new Set<Place>();
  let isOver = false;
  const start = (place: Place, tally: Tally, origin: Instant): void => {
    const agent = c.launch({ ...place.successor.init, origin });
    place.agent = agent;
    tally.join(agent);
    for (const list of c.lists) {
      const at = list.findIndex((a) => a.name === place.predecessor);
      if (at >= 0) list[at] = agent;
    }
    place.timer = setTimeout(
      () => c.late(`the agent "${agent.name}" was not ready after ${READY_MS / 1000} s`),
      READY_MS,
    );
  };
  return {
    get pending() {
      return places.size;
    },
    died(agent, tally, origin) {
      const successor = c.crashes?.after(agent, tally);
      if (successor === undefined) return false;
      if (isOver) {
        c.gone(agent.name);
        return true;
      }
      const place: Place = {
        successor,
        predecessor: agent.name,
        agent: undefined,
        timer: setTimeout(() => start(place, tally, origin), successor.afterMs),
      };
      places.add(place);
      return true;
    },
    ready(agent, isDraining) {
      for (const place of places) {
        if (place.agent !== agent) continue;
        clearTimeout(place.timer);
        places.delete(place);
        const { origin } = agent.init;
        if (origin !== undefined) agent.tell({ type: "start", origin });
        if (isDraining) agent.tell({ type: "drain", everyMs: 100 });
        c.crashes?.back(place.successor, c.clock.now());
      }
    },
    cancel() {
      isOver = true;
      for (const { timer, agent, predecessor } of places) {
        clearTimeout(timer);
        // Its end tells who waits for it.
        if (agent !== undefined) agent.kill();
        else c.gone(predecessor);
      }
      places.clear();
    },
  };
}

import type { FaultMark } from "../load/protocol.ts";
import { type FaultDeeds, type FaultResult, hasBitten, isProcessFault } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { RunEvent } from "../model/result.ts";

/** What the faults of a run did, as it becomes known. */
export interface FaultLog {
  listen(onEvent: (event: RunEvent) => void): void;
  /** Times are since the run's start. */
  began(index: number, atNs: number, told?: FaultStart): void;
  ended(index: number, atNs: number, deeds: FaultDeeds, detail?: string): void;
  mark(agent: string, mark: FaultMark): void;
  results(): readonly FaultResult[];
}

interface FaultStart {
  /** What is so now, where that is not the same for all faults of the kind. */
  readonly detail?: string;
  readonly deeds?: FaultDeeds;
  /** Of a fault of one node: its name. */
  readonly node?: string;
  /** Of a fault that knows better than the agents' marks what it met. */
  readonly inFlight?: number;
}

interface Entry {
  startNs: number | null;
  endNs: number | null;
  deeds: FaultDeeds;
  inFlight?: number | undefined;
  node?: string | undefined;
  /** Agent → what it said, in the order of the fault's edges. */
  readonly marks: Map<string, FaultMark[]>;
}

export function createFaultLog({ faults, phases }: Plan): FaultLog {
  const entries: readonly Entry[] = faults.map(() => ({
    startNs: null,
    endNs: null,
    deeds: {},
    marks: new Map<string, FaultMark[]>(),
  }));
  let tell: (event: RunEvent) => void = () => {};
  const event = (index: number, atNs: number, word: string, detail?: string): void => {
    const fault = faults[index]!;
    const { kind, side } = fault;
    const whose =
      fault.kind === "crash"
        ? `a ${side}'s agent, ${fault.point}`
        : isProcessFault(fault)
          ? "the broker's processes"
          : side === "both"
            ? "all connections"
            : `${side} connections`;
    tell({ atNs, source: "fault", kind, detail: `${word}: ${detail ?? whose}` });
  };
  return {
    listen(onEvent) {
      tell = onEvent;
    },
    began(index, atNs, { detail, deeds = {}, inFlight, node } = {}) {
      const entry = entries[index]!;
      entry.startNs = atNs;
      entry.deeds = deeds;
      entry.inFlight = inFlight;
      entry.node = node;
      event(index, atNs, "begins", detail);
    },
    ended(index, atNs, deeds, detail) {
      const entry = entries[index]!;
      entry.endNs = atNs;
      entry.deeds = deeds;
      event(index, atNs, "ends", detail);
    },
    mark(agent, mark) {
      const { marks } = entries[mark.fault]!;
      marks.set(agent, [...(marks.get(agent) ?? []), mark]);
    },
    results: () =>
      faults.map((fault, i) => {
        const { kind, side, atNs } = fault;
        const { startNs, endNs, deeds, marks, inFlight, node } = entries[i]!;
        const flow = flowOf([...marks.values()]);
        const evidence = { ...deeds, ...flow, inFlight: inFlight ?? flow.inFlight };
        return {
          kind,
          side,
          ...(fault.kind === "crash" ? { point: fault.point } : {}),
          ...(node === undefined ? {} : { node }),
          plannedAtNs: phases.warmupNs + atNs,
          startNs,
          endNs,
          bit: startNs !== null && hasBitten(kind, evidence),
          evidence,
        };
      }),
  };
}

/** An agent that ended within the fault has said what it could. */
function flowOf(agents: readonly (readonly FaultMark[])[]): { messages: number; inFlight: number } {
  let messages = 0;
  let inFlight = 0;
  for (const marks of agents) {
    const first = marks[0];
    const last = marks.at(-1);
    if (first === undefined || last === undefined) continue;
    messages += last.sent - first.sent + last.delivered - first.delivered;
    inFlight += Math.max(...marks.filter((m) => m.edge !== "end").map((m) => m.unsettled), 0);
  }
  return { messages, inFlight };
}

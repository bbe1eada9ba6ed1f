import type { Clock } from "../load/clock.ts";
import type { BrokerResources, MachineResult } from "../model/harness.ts";
import type { PhasesPlan } from "../model/plan.ts";
import { type MachineReading, machineBetween, readMachine } from "./machine.ts";
import { createResourceMeter, type LocalBroker } from "./resources.ts";

/** Looks at the machine and at a local broker's processes while the measure phase lasts. */
export interface MeasureWatch {
  stop(): void;
  machine(): MachineResult | undefined;
  resources(messages: number): BrokerResources | undefined;
}

const SECOND_MS = 1000;

/** Begins by itself with the measure phase of the run whose clock this is. */
export function watchMeasurePhase(
  phases: PhasesPlan,
  clock: Clock,
  broker: LocalBroker | undefined,
): MeasureWatch {
  const meter = broker && broker.pids.length > 0 ? createResourceMeter(broker) : undefined;
  const endNs = phases.warmupNs + phases.measureNs;
  let first: MachineReading | undefined;
  let last: MachineReading | undefined;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    last = readMachine(clock.now());
    first ??= last;
    meter?.look();
  };
  const next = (): void => {
    look();
    const leftMs = (endNs - clock.now()) / 1e6;
    if (leftMs > 0) timer = setTimeout(next, Math.min(SECOND_MS, Math.ceil(leftMs)));
    else isOver = true;
  };
  timer = setTimeout(next, Math.max(0, (phases.warmupNs - clock.now()) / 1e6));
  return {
    stop() {
      clearTimeout(timer);
      // Ended early: what was until now is the measure phase.
      if (first !== undefined && !isOver) look();
      isOver = true;
    },
    machine: () => (first && last && last !== first ? machineBetween(first, last) : undefined),
    resources: (messages) => meter?.result(messages),
  };
}

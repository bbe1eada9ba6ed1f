import type { HarnessResult } from "../model/harness.ts";
import type { RunResult, Warning } from "../model/result.ts";
import { formatDuration } from "../model/units.ts";

/** What pulled at the harness is told by these. */
export interface CauseEvidence {
  readonly harness: HarnessResult;
  readonly latency: RunResult["latency"];
  /** Length of the measure phase. */
  readonly measureNs: number;
}

/** Shares of the measure phase from which a cause is worth naming. */
const PRESSURE = 0.2;
const STEAL = 0.02;
const CORE_WAIT = 0.1;
const LOOP_BUSY = 0.9;
const GC_TOTAL = 0.05;
/** A single pause of the collector that is this share of the response's p99 can be seen in it. */
const GC_OF_P99 = 0.25;

/**
 * What can have made the harness late, each with what helps against it. Causes judge nothing: they are named
 * beside a number that lateness or hiccups have shown to be partly ours.
 */
export function causesOf({ harness, latency, measureNs }: CauseEvidence): readonly Warning[] {
  const { machine = {}, agents } = harness;
  const causes: Warning[] = [];
  if ((machine.cpuPressure ?? 0) > PRESSURE)
    causes.push({
      code: "CPU_PRESSURE",
      message: `some task waited for a core ${percent(machine.cpuPressure)} of the time`,
      hint: "End other work on this machine, or run the broker on another one.",
    });
  if ((machine.steal ?? 0) > STEAL)
    causes.push({
      code: "CPU_STEAL",
      message: `the hypervisor gave ${percent(machine.steal)} of the cores' time to others`,
      hint: "Use a machine whose cores are not shared, or compare only runs of the same hour.",
    });
  if ((machine.throttledPeriods ?? 0) > 0)
    causes.push({
      code: "CPU_THROTTLED",
      message: `the control group's CPU limit held us back ${machine.throttledPeriods} times, ${formatDuration(machine.throttledNs ?? 0)} in all`,
      hint: "Raise the container's CPU limit.",
    });
  const share = (ns: number | undefined): number => (measureNs > 0 ? (ns ?? 0) / measureNs : 0);
  for (const a of agents) {
    if (share(a.coreWaitMainNs) > CORE_WAIT)
      causes.push({
        code: "CORE_WAIT",
        message: `${a.name} was ready and waited for a core ${percent(share(a.coreWaitMainNs))} of the time`,
        hint: "Give it a core: fewer agents, fewer other jobs, or the broker elsewhere.",
      });
    if ((a.loopUtilisation ?? 0) > LOOP_BUSY)
      causes.push({
        code: "LOOP_BUSY",
        message: `the event loop of ${a.name} was busy ${percent(a.loopUtilisation)} of the time`,
        hint: "Lower the rate, or share the work out to more agents.",
      });
    const p99 = latency.e2e_response?.percentiles["99"] ?? 0;
    const { maxNs = 0, totalNs = 0 } = a.gc ?? {};
    if ((p99 > 0 && maxNs > GC_OF_P99 * p99) || share(totalNs) > GC_TOTAL)
      causes.push({
        code: "GC_PAUSES",
        message: `garbage collection stopped ${a.name} for up to ${formatDuration(maxNs)}, ${formatDuration(totalNs)} in all`,
        hint: "Try another client: most of the garbage is its own. Larger batches help too.",
      });
  }
  return causes;
}

function percent(share = 0): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;
}

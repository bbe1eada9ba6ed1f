import type { LatencySummary, Warning } from "./result.ts";

export interface HarnessResult {
  /** Time that agents were late though the driver had room; part of schedule_delay. */
  readonly latenessP50Ns: number;
  readonly latenessP99Ns: number;
  /** Share of offers that found the driver full, 0–1. */
  readonly blockedShare: number;
  /** CPU seconds of all agents in the measure phase, and per message offered. */
  readonly cpuS: number;
  readonly cpuPerMessageNs: number;
  /** Largest event-loop delay seen by an agent, ns. */
  readonly loopDelayP99Ns: number;
  readonly loopDelayMaxNs: number;
  readonly rssMaxBytes: number;
  readonly agents: readonly AgentResult[];
  /** Of the measure phase: how late messages were offered though the client had room. Open loop only. */
  readonly lateness?: Spread;
  /** How late threads that only sleep woke up; at each percentile the worst agent's. */
  readonly hiccup?: Spread;
  /** CPU per message sent and per message received, where no agent does both. */
  readonly produceCpuPerMessageNs?: number;
  readonly consumeCpuPerMessageNs?: number;
  /** The machine in the measure phase. */
  readonly machine?: MachineResult;
  /** What pulled at the harness in the measure phase: named beside a number, judging none. */
  readonly causes?: readonly Warning[];
}

/** A distribution without its histogram, ns. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  readonly percentiles: LatencySummary["percentiles"];
}

/** Shares of the measure phase, 0–1; what the machine does not tell is absent. */
export interface MachineResult {
  /** Time of all cores that was spent working. */
  readonly busy?: number;
  /** Time in which some task was ready but had no core (PSI "some"). */
  readonly cpuPressure?: number;
  /** Time that the hypervisor gave to others. */
  readonly steal?: number;
  /** Time and number of periods in which our control group was held back. */
  readonly throttledNs?: number;
  readonly throttledPeriods?: number;
}

export interface AgentResult {
  readonly name: string;
  readonly pid: number;
  readonly cpuS: number;
  readonly rssMaxBytes: number;
  /** Resident memory at each interval's end, bytes. */
  readonly rssBytes: readonly number[];
  /** Of the measure phase: */
  readonly hiccup?: Spread;
  /** Share of the time that its event loop was not idle, 0–1: over all, and its busiest second. */
  readonly loopUtilisation?: number;
  readonly loopUtilisationMax?: number;
  readonly gc?: { readonly count: number; readonly totalNs: number; readonly maxNs: number };
  /** Time that its main thread, and all its threads together, were ready to run and waited for a core. */
  readonly coreWaitMainNs?: number;
  readonly coreWaitNs?: number;
  /** One value per second of the measure phase. */
  readonly series?: {
    readonly hiccupMaxNs: readonly number[];
    readonly loopUtilisation: readonly number[];
    readonly gcNs: readonly number[];
    readonly coreWaitNs: readonly number[];
    readonly cpuNs: readonly number[];
  };
}

export interface MetricValidity {
  /** `unchecked`: nothing shows that the harness could have reached more, and nothing that it could not. */
  readonly verdict: "valid" | "invalid" | "unchecked";
  /** Why, as warning codes; the causes that were seen come after the reason. */
  readonly codes: readonly string[];
  /** Of an invalid latency: how much of it may be ours, ns. */
  readonly ownNs?: number;
}

export interface SteadyResult {
  /** `cut`: steady from `cutS` on; `unjudged`: too short, or a load that changes by design. */
  readonly verdict: "yes" | "cut" | "no" | "unjudged";
  /** Seconds of the measure phase before it was steady. */
  readonly cutS?: number;
  /** In words. */
  readonly why: string;
}

/** The same plan on the memory driver. */
export interface FloorResult {
  readonly measuredAt: string;
  readonly cached: boolean;
  /** Messages per second in a closed loop. */
  readonly ceiling: { readonly sent: number; readonly publish: number; readonly consume: number };
  /** Response at the plan's own schedule, ns; absent in a closed loop. */
  readonly response?: Readonly<
    Partial<Record<"publish_response" | "e2e_response", LatencySummary["percentiles"]>>
  >;
}

/** All processes of a local broker together, over the measure phase. */
export interface BrokerResources {
  readonly processes: number;
  readonly cpuS: number;
  readonly cpuPerMessageNs: number;
  /** Largest resident memory at a second's end. */
  readonly rssMaxBytes: number;
  /** Handed to the disk's file system, and per message; absent where it is not told. */
  readonly writtenBytes?: number;
  readonly writtenPerMessageBytes?: number;
}

/** Ready, or delivered and unacknowledged messages; or the lag behind what is committed. */
export interface DepthSeries {
  /** When each question was answered, seconds since the run's start. */
  readonly t: readonly number[];
  readonly messages: readonly number[];
}

import type { ProbeVerdict } from "../../model/probe.ts";
import type { Environment } from "../../model/result.ts";
import type { DurabilityClass } from "../../model/topology.ts";

/** What says where a result is from: numbers of two machines are never put together. */
export type Machine = Pick<Environment, "host" | "cpu" | "cores" | "memoryBytes">;

interface FactBase {
  /** Of the run or probe. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly machine: Machine;
  /** `kafka:log@wire`, and without its client. */
  readonly target: string;
  readonly mode: string;
  /** Of the broker. */
  readonly version: string;
}

/** A number of a run. */
export interface Measured {
  readonly value: number;
  /** `at-most`: a latency of which `ownNs` may be the harness's own delay, which only ever adds. */
  readonly validity: "valid" | "unchecked" | "at-most";
  readonly ownNs?: number;
}

/** What of one run can be evidence; what may not be is absent. */
export interface RunFact extends FactBase {
  readonly kind: "run";
  readonly profile: string;
  readonly durability: DurabilityClass;
  /** Its majority is of one copy. */
  readonly hasOneCopy: boolean;
  readonly load: "open" | "closed";
  /** Of an open loop with an even load, messages a second. */
  readonly offeredPerS?: number;
  /** Mean of the sizes, bytes. */
  readonly sizeBytes: number;
  readonly partitions: number;
  readonly subscriptions: number;
  readonly offered: number;
  readonly lost: number;
  /** Messages a second that were acknowledged and consumed; absent where the run does not show what a broker can do. */
  readonly rate?: Measured;
  /** End to end, from when a message was due, ns. */
  readonly p50?: Measured;
  readonly p99?: Measured;
  /** It could not keep its rate, and was ended for it. */
  readonly isOverloaded: boolean;
  /** A threshold of its profile did not hold; its numbers are what they are. */
  readonly failedThreshold: boolean;
  /** Finding → how many. */
  readonly findings: ReadonlyMap<string, number>;
  readonly prediction?: string;
  readonly faults: readonly { readonly kind: string; readonly side: string; readonly bit: boolean }[];
  readonly guarantee?: { readonly name: string; readonly verdict: string; readonly isChanged: boolean };
  /** The plan, for checks that ask for one of its settings. */
  readonly setting: (path: string) => unknown;
}

/** What a probe said of one target. */
export interface ProbeFact extends FactBase {
  readonly kind: "probe";
  readonly probe: string;
  readonly sentence: string;
  readonly verdict: ProbeVerdict;
  readonly expected: ProbeVerdict;
  readonly because: string;
}

export type Fact = RunFact | ProbeFact;

/** Why a file, or a run, is no evidence. */
export type LeftOut =
  | "unreadable"
  | "too-large"
  | "other-schema"
  | "still-running"
  | "interrupted"
  | "failed"
  | "no-candidate";

/** Two runs of one machine; memory as the kernel tells it changes a little with the kernel. */
export function isSameMachine(a: Machine, b: Machine): boolean {
  const near = Math.abs(a.memoryBytes - b.memoryBytes) <= 0.02 * Math.max(a.memoryBytes, b.memoryBytes);
  return a.host === b.host && a.cpu === b.cpu && a.cores === b.cores && near;
}

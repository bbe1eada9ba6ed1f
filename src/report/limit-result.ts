import type { ExitReason } from "../model/exit.ts";
import type { DurabilityClass } from "../model/topology.ts";

/**
 * limit.json: what a rate search did and found, beside the folders of its steps. Its JSON Schema is
 * schemas/limit-v1.json; a field is only ever added within version 1. Rates in messages per second.
 */
export interface LimitResult {
  readonly schema: "mqbench/limit";
  readonly schemaVersion: "1.0";
  /** `running` in the folder of a search that goes on, or was killed. */
  readonly state: "running" | "finished" | "interrupted" | "failed";
  readonly tool: { readonly name: "mqbench"; readonly version: string; readonly node: string };
  readonly run: {
    readonly id: string;
    /** ISO 8601, UTC. */
    readonly startedAt: string;
    readonly endedAt: string | null;
    readonly command: string;
  };
  readonly profile: string;
  /** What has to hold at a rate, as thresholds. */
  readonly objectives: readonly string[];
  readonly search: {
    /** Given by a flag; null where the search chose. */
    readonly fromPerS: number | null;
    readonly toPerS: number | null;
    /** Share by which the lowest failing rate may lie above the highest that holds. */
    readonly precision: number;
  };
  readonly targets: readonly TargetLimit[];
  readonly exit: { readonly code: number; readonly reasons: readonly ExitReason[] };
}

/** The search on one target. */
export interface TargetLimit {
  /** `kafka:log@kafkajs`, and what else tells it from the others: `size 1KiB`. */
  readonly target: string;
  readonly label: string;
  readonly version: string;
  readonly clientVersion: string;
  readonly durability: DurabilityClass | null;
  /** What each step did, without its rate. */
  readonly work: string;
  /**
   * `found`: the limit held twice and a rate above it failed; `at-least`: it held twice at the highest rate
   * that was allowed; `none`: not even the lowest rate held; `unclear`: verdicts contradicted each other;
   * `unfinished`: the search was ended from outside.
   */
  readonly outcome: "found" | "at-least" | "none" | "unclear" | "unfinished";
  /** The highest rate that held; null when none did. */
  readonly limitPerS: number | null;
  /** The lowest rate that failed. */
  readonly failsPerS: number | null;
  /** The steps just above the limit failed while mqbench itself was late: a faster harness may find more. */
  readonly isHarnessBound: boolean;
  /** The closed loop that the start was taken from. */
  readonly probe: { readonly folder: string; readonly publishPerS: number } | null;
  /** In the order in which they ran. */
  readonly steps: readonly LimitStep[];
}

/** One run at one rate. */
export interface LimitStep {
  readonly folder: string;
  readonly ratePerS: number;
  readonly purpose: "up" | "down" | "bisect" | "repeat" | "confirm";
  readonly verdict: "holds" | "fails";
  /** It may have failed by chance, and so was repeated before it counted. */
  readonly isClose: boolean;
  /** Why it failed; empty if it holds. */
  readonly reasons: readonly StepReason[];
  /** sent / due, 0–1. */
  readonly achieved: number;
  /** End-to-end response of the measure phase; null where nothing arrived. */
  readonly e2eResponse: StepLatency | null;
  /** Why p99 may be mqbench's own delay, as warning codes; empty where it is not. */
  readonly p99Invalid: readonly string[];
  /** How far the objective that is nearest to failing is used up: 1 is the limit. Null without one to measure. */
  readonly usedShare: number | null;
  /** Codes of the run's warnings. */
  readonly warnings: readonly string[];
}

export interface StepLatency {
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
  /** Messages that had no end when the run was over: percentiles that rest on them are lower bounds. */
  readonly censored: number;
  readonly count: number;
}

export interface StepReason {
  readonly code: StepReasonCode;
  /** For a narrow column: `p99 25.1ms`. */
  readonly short: string;
  readonly message: string;
}

export type StepReasonCode =
  | "OBJECTIVE"
  | "GUARANTEE"
  | "OVERLOADED"
  | "NOT_ACHIEVED"
  | "UNACCOUNTED"
  | "GROWING";

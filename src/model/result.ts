import type { Counts, EffectCounts, SubscriptionCounts, TransactionCounts } from "./counts.ts";
import type { ExitReason } from "./exit.ts";
import type { FaultResult } from "./fault.ts";
import type { FaultSeries } from "./fault-cost.ts";
import type { GuaranteeResult, RowResult } from "./guarantee.ts";
import type {
  BrokerResources,
  DepthSeries,
  FloorResult,
  HarnessResult,
  MetricValidity,
  SteadyResult,
} from "./harness.ts";
import type { LatencyName } from "./metric.ts";
import type { OrderResult, RereadResult } from "./order.ts";
import type { Plan } from "./plan.ts";
import type { DurabilityClass } from "./topology.ts";

export type { Counts, EffectCounts, SubscriptionCounts, TransactionCounts } from "./counts.ts";

/**
 * run.json: what one run was, did and found. Every report and threshold is derived from it.
 * Its JSON Schema is schemas/run-v1.json; a field is only ever added within version 1.
 */
export interface RunResult {
  readonly schema: "mqbench/run";
  readonly schemaVersion: "1.0";
  /** `running` in the folder of a run that was killed. */
  readonly state: "running" | "finished" | "interrupted" | "failed";
  readonly tool: { readonly name: "mqbench"; readonly version: string; readonly node: string };
  readonly run: RunIdentity;
  readonly environment: Environment;
  readonly target: TargetResult;
  readonly plan: Plan;
  readonly phases: readonly Phase[];
  /** The whole run, warm-up included: every message is checked. */
  readonly counts: Counts;
  readonly subscriptions: readonly SubscriptionCounts[];
  /** Of the measure phase. */
  readonly rates: Rates;
  /** What became of them, by their producers; absent where the plan has none. */
  readonly transactions?: TransactionCounts;
  /** By subscription, what the database says that consumers keep; absent where they keep none. */
  readonly effects?: readonly EffectCounts[];
  /** Of the measure phase; a latency that the plan cannot have is absent. */
  readonly latency: Readonly<Partial<Record<LatencyName, LatencySummary>>>;
  readonly series: Series;
  readonly findings: readonly Finding[];
  readonly harness: HarnessResult;
  /** Whether the harness could have caused a number: metric, as a threshold writes it → verdict. */
  readonly validity?: Readonly<Record<string, MetricValidity>>;
  /** Whether the measure phase had settled. */
  readonly steady?: SteadyResult;
  /** What the harness alone does with this plan on this machine. */
  readonly floor?: FloorResult;
  /** What a broker of this machine cost in the measure phase; absent where its processes are not known. */
  readonly resources?: BrokerResources;
  /** Messages that the broker held; absent where it cannot be asked. */
  readonly depth?: DepthSeries;
  /** What was done to the run on purpose; absent where the plan has no faults. */
  readonly faults?: readonly FaultResult[];
  /** Of a plan that was made for a guarantee. */
  readonly guarantee?: GuaranteeResult;
  /** Of a plan that is a row of a matrix. */
  readonly row?: RowResult;
  /** The measure phase as finely as faults need it; absent where the plan has none. */
  readonly faultSeries?: FaultSeries;
  /** Order in the scopes that were looked at. */
  readonly order?: OrderResult;
  /** What the broker still had after the run; absent where it was not read again. */
  readonly reread?: RereadResult;
  readonly thresholds: readonly ThresholdResult[];
  readonly warnings: readonly Warning[];
  readonly events: readonly RunEvent[];
  /** Flat and stable, for jq: metric name (`lost`, `rate.publish`, `e2e_response.p99_ms`) → number. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly exit: { readonly code: number; readonly reasons: readonly ExitReason[] };
}

export interface RunIdentity {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The command that does the same again. */
  readonly command: string;
  /** The command that does this one run of it again, with its seed, faults and settings. */
  readonly reproduce?: string;
}

export interface Environment {
  readonly host: string;
  readonly os: string;
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface TargetResult {
  /** `kafka:log@kafkajs`. */
  readonly name: string;
  readonly version: string;
  readonly clientVersion: string;
  readonly address: string;
  /** Who started the broker: `given` by a URL, `up` before, `started` for this run, or `none` needed. */
  readonly origin: "given" | "up" | "started" | "none";
  readonly durability: DurabilityClass;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly notes: readonly string[];
}

export interface Phase {
  readonly name: "warmup" | "measure" | "drain";
  /** Since the run's start. */
  readonly startNs: number;
  readonly endNs: number;
}

/** Messages per second of the measure phase, but for `achieved`. */
export interface Rates {
  /** What the schedule asked for; null in a closed loop. */
  readonly offered: number | null;
  readonly sent: number;
  readonly publish: number;
  /** First sights per second, of all subscriptions together. */
  readonly consume: number;
  /** sent / offered, 0–1; null in a closed loop. */
  readonly achieved: number | null;
  readonly publishBytes: number;
}

export interface LatencySummary {
  readonly unit: "ns";
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly stdDev: number;
  readonly max: number;
  readonly percentiles: Readonly<Record<"50" | "75" | "90" | "95" | "99" | "99.9" | "99.99", number>>;
  /** Samples that are only a lower bound (unsettled or undelivered at the end); they are the largest ones. */
  readonly censored: number;
  /** Values that were negative or not a number; not part of the histogram. */
  readonly anomalies: number;
  readonly histogram: { readonly format: "hdr-v2-deflate-base64"; readonly digits: 3; readonly data: string };
}

/** One value per interval of the measure phase, counted by when things happened. */
export interface Series {
  readonly intervalS: number;
  /** Start of each interval, seconds since the run's start. */
  readonly t: readonly number[];
  readonly sent: readonly number[];
  readonly published: readonly number[];
  readonly consumed: readonly number[];
  /** p50, p99 and max of end-to-end response per interval, ns; null where nothing arrived. */
  readonly e2eP50: readonly (number | null)[];
  readonly e2eP99: readonly (number | null)[];
  readonly e2eMax: readonly (number | null)[];
  /** Offered but not yet first seen by every subscription, at the interval's end. */
  readonly backlog: readonly number[];
}

/** A verdict as data; worded in src/report/findings.ts. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: "fail" | "warn" | "info";
  readonly subscription?: string;
  readonly count: number;
  /** Of LOST: confirmed messages of the same lanes from the first lost one on. */
  readonly among?: number;
  readonly examples: readonly MessageRef[];
}

export type FindingCode =
  | "LOST"
  | "MISSING"
  | "UNDELIVERED"
  | "COPIED"
  | "REDELIVERED"
  | "REORDERED"
  | "CORRUPT"
  | "FOREIGN"
  | "PHANTOM"
  | "RECOVERED"
  | "UNEXPECTED"
  | "LOST_BY_BROKER"
  | "NOT_IN_QUEUE"
  | "SKIPPED"
  | "LOG_COPIED"
  | "LOG_REORDERED"
  | "LATE_BY_REDELIVERY"
  | "PROCESSED_LATE"
  | "KEY_LATE"
  | "KEY_SPLIT"
  | "LEDGER_OPEN"
  | "PUBLISH_FAILED"
  | "PUBLISH_UNKNOWN"
  | "ABORTED"
  | "ABORTED_READ"
  | "TORN"
  | "DUPLICATE_EFFECT"
  | "MISSING_EFFECT"
  | "NEVER_STEADY";

export interface MessageRef {
  readonly producer: number;
  readonly partition: number;
  readonly sequence: number;
}

export interface ThresholdResult {
  readonly expression: string;
  /** `profile`, `flag`, or `always`: implied by the plan's guarantee. */
  readonly origin: "profile" | "flag" | "always";
  readonly ok: boolean;
  /** What was measured, in the metric's base unit; null for an empty sample, which fails. */
  readonly actual: number | null;
  /** The same for people: `12.3ms`. */
  readonly actualText: string;
  readonly kind: "guarantee" | "threshold";
  /** Its metric is invalid, and the verdict could be the harness's: codes of why. */
  readonly invalid?: readonly string[];
}

export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export interface RunEvent {
  readonly atNs: number;
  readonly source: string;
  readonly kind: string;
  readonly detail: string;
}

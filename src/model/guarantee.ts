import type { Finding, FindingCode } from "./result.ts";

/**
 * What can become of a message that somebody may care about. A guarantee allows or forbids each of them. The other
 * findings are about the run itself, or report what the producer was told, which is honest whatever it is.
 */
export const ANOMALIES = [
  "LOST",
  "MISSING",
  "COPIED",
  "REDELIVERED",
  "REORDERED",
  "CORRUPT",
  "FOREIGN",
  "PHANTOM",
  "RECOVERED",
  "UNEXPECTED",
  "ABORTED_READ",
  "TORN",
  "DUPLICATE_EFFECT",
  "MISSING_EFFECT",
] as const satisfies readonly FindingCode[];

/** What a row of a matrix can predict: what became of messages, and what the producer was told. */
export const PREDICTABLE = [
  ...ANOMALIES,
  "PUBLISH_FAILED",
  "PUBLISH_UNKNOWN",
] as const satisfies readonly FindingCode[];

/** The guarantee that a plan was made for. */
export interface GuaranteePlan {
  readonly name: string;
  /** One sentence. */
  readonly promise: string;
  /** Dotted key → what the guarantee sets for the plan's target. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Those of its keys that the plan has otherwise, because somebody said so explicitly, with what they are. */
  readonly changed: Readonly<Record<string, unknown>>;
  readonly allows: readonly FindingCode[];
  readonly forbids: readonly FindingCode[];
}

/** Whether a run kept to its guarantee. */
export interface GuaranteeResult {
  readonly name: string;
  readonly verdict: "held" | "violated" | "inconclusive";
  /** One sentence. */
  readonly why: string;
  /** What was found and may not be. */
  readonly forbidden: readonly Finding[];
  /** What was found and may be. */
  readonly allowed: readonly Finding[];
}

/** A run's place in a matrix, and what is predicted of it. */
export interface RowPlan {
  readonly configuration: string;
  /** `rate`: at the profile's rate; `throughput`: in a closed loop, for the price of the configuration. */
  readonly load: "rate" | "throughput";
  /** What is done to it: `crash consumer before-process`, `none`. */
  readonly fault: string;
  /** These must be found, */
  readonly must: readonly FindingCode[];
  /** these may be, and nothing else of {@link PREDICTABLE}. */
  readonly may: readonly FindingCode[];
}

/** A prediction held against what was found. */
export interface RowResult {
  readonly verdict: "as predicted" | "contradicts" | "inconclusive";
  /** One sentence; empty where it is as predicted. */
  readonly why: string;
}

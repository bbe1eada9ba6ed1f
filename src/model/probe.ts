import type { Environment } from "./result.ts";

/**
 * What a probe says of one target, about the sentence that it asks:
 * - `supported`: the broker does what the sentence says;
 * - `refuted`: it does something else;
 * - `depends`: it does so with settings, versions or work of the application that `because` names;
 * - `not-testable`: it cannot be seen here, and `because` says why.
 */
export type ProbeVerdict = "supported" | "refuted" | "depends" | "not-testable";

/** One thing that a probe looked at, with what it saw: `read again from the start: 1000 of 1000`. */
export interface ProbeFact {
  /** Stable within a probe, for scripts: `fromStart`, `speedUpOf4`. */
  readonly name: string;
  /** For people, with its unit. */
  readonly text: string;
  /** Its unit is in the name. */
  readonly value?: number;
  /** What was to be seen, where the probe has an expectation of its own; a fact is as expected, or it is not. */
  readonly asExpected?: boolean;
}

/** One probe on one target. */
export interface ProbeRow {
  /** `replay`. */
  readonly probe: string;
  /** The sentence that is supported or refuted: `a consumer can read again what was read and acknowledged`. */
  readonly sentence: string;
  /** `kafka:log@wire`. */
  readonly target: string;
  /** Of the broker. */
  readonly version: string;
  readonly verdict: ProbeVerdict;
  /** What was to be expected of this system, mode and version, by its documentation. */
  readonly expected: ProbeVerdict;
  /** One sentence. */
  readonly because: string;
  readonly facts: readonly ProbeFact[];
  /** Ids of the claims that it bears on (src/advisor/claims.yaml). */
  readonly claims: readonly string[];
}

/**
 * probe.json: what one `mqbench probe` found. Its JSON Schema is schemas/probe-v1.json; a field is only ever added
 * within version 1.
 */
export interface ProbeResult {
  readonly schema: "mqbench/probe";
  readonly schemaVersion: "1.0";
  readonly tool: { readonly name: "mqbench"; readonly version: string; readonly node: string };
  /** Also the name of its folder. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly command: string;
  readonly environment: Environment;
  readonly rows: readonly ProbeRow[];
}

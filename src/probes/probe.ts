import type { ProbeFact, ProbeVerdict } from "../model/probe.ts";
import type { Hands } from "./hands.ts";

/**
 * A small experiment on a real broker about one sentence. It is judged by counts alone, so that the verdict is the same
 * however slow the machine is; times are facts.
 */
export interface Probe {
  /** `replay`. */
  readonly name: string;
  /** Its experiment in src/advisor/proofs.yaml. */
  readonly proof: string;
  /** What is supported or refuted. */
  readonly sentence: string;
  /** What it does, in a line or two. */
  readonly does: string;
  /** Ids of src/advisor/claims.yaml. */
  readonly claims: readonly string[];
  /** The first that fits holds. */
  readonly expects: readonly Expectation[];
  /** @returns undefined where these hands lack what it needs */
  run(hands: Hands, o: ProbeOptions): Promise<Found> | undefined;
}

export interface ProbeOptions {
  readonly signal: AbortSignal;
}

/** What is to be expected of a mode by its documentation. */
export interface Expectation {
  /** `rabbitmq:quorum`. */
  readonly mode: string;
  /** From this version on; below that one. */
  readonly from?: string;
  readonly below?: string;
  readonly verdict: ProbeVerdict;
  /** An id of src/advisor/sources.yaml. */
  readonly source: string;
}

export interface Found {
  readonly verdict: ProbeVerdict;
  /** One sentence. */
  readonly because: string;
  readonly facts: readonly ProbeFact[];
}

/** What documentation says of this mode in this version; of a mode that nobody wrote down nothing can be expected. */
export function expectedOf(expects: readonly Expectation[], mode: string, version: string): ProbeVerdict {
  const found = expects.find(
    (e) =>
      e.mode === mode &&
      (e.from === undefined || compareVersions(version, e.from) >= 0) &&
      (e.below === undefined || compareVersions(version, e.below) < 0),
  );
  return found?.verdict ?? "not-testable";
}

/** By their numbers: `4.0.5` and `4.3 (by its features)` are versions. */
function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => (/\d+(\.\d+)*/.exec(text)?.[0] ?? "0").split(".").map(Number));
  for (let i = 0; i < Math.max(x!.length, y!.length); i++) {
    const difference = (x![i] ?? 0) - (y![i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

import type { FindingCode } from "../model/result.ts";

/** evidence.yaml: which measurements bear on which answers and rules. */
export interface EvidenceMap {
  /** Question → option → what it asks of a broker; an option that asks nothing is absent. */
  readonly bands: {
    /** Messages a second at the peak. */
    readonly rate: Readonly<Record<string, number>>;
    /** Milliseconds within which 99 of 100 messages arrive. */
    readonly latency: Readonly<Record<string, number>>;
  };
  /** Probe (`mqbench probe ID`) → the proof that it is. */
  readonly probes: Readonly<Record<string, string>>;
  readonly checks: readonly EvidenceCheck[];
  /** How proofs are run where somebody waits for them, by proof; others are run as their command says. */
  readonly short: Readonly<Record<string, ShortProof>>;
}

export interface ShortProof {
  /** Added to the proof's command, where that is a run. */
  readonly flags?: string;
  /** What one target takes, about. */
  readonly seconds: number;
}

/** What a run has to show for a rule. */
export type EvidenceCheck =
  | TrapCheck
  | { readonly rule: string; readonly seen: readonly FindingCode[]; readonly fault?: string }
  | { readonly rule: string; readonly guarantee: string; readonly modes: readonly string[] }
  | QuickerCheck
  | { readonly rule: string; readonly most: number; readonly modes: readonly string[] };

/** A profile that shows what goes wrong: the finding that it predicts supports the rule, its absence contradicts it. */
export interface TrapCheck {
  readonly rule: string;
  readonly trap: string;
  /** Dotted key of the plan → what it has while the trap is set; with the fix it is no trap. */
  readonly set: Readonly<Record<string, string | number | boolean>>;
}

/** Of two modes under the same load, the one that the rule calls better. */
export interface QuickerCheck {
  readonly rule: string;
  readonly quicker: readonly string[];
  readonly than: readonly string[];
  readonly by: "rate" | "latency";
  /** Only at these rates and below, messages a second. */
  readonly upTo?: number;
}

/** One comparison. A bench is one file and one entry in main.ts. */
export interface Bench {
  readonly name: string;
  readonly what: string;
  /** Why both sides did the same work: a sentence or a setting each, for the results. */
  readonly settings: readonly string[];
  /** What the peer does not do that mqbench does meanwhile. */
  readonly peerLeavesOut?: string;
  run(context: BenchContext): Promise<readonly Row[]>;
}

export interface BenchContext {
  /** Interleaved pairs, at least; benches whose runs are short take more. */
  readonly pairs: number;
  /** Only to see that everything works. */
  readonly quick: boolean;
  /** Decides who goes first in each pair. */
  readonly seed: number;
  readonly cacheDir: string;
  /** Of memory-flat: the target, how long it measures, and messages a second. */
  readonly target: string;
  readonly durationS: number;
  readonly rate: string;
  readonly signal: AbortSignal;
  note(line: string): void;
}

/** A line of the results. `ours` and `peer` are in run order: element i of both is pair i. */
export interface Row {
  readonly name: string;
  /** What the numbers are, with their unit: `received, msg/s`. */
  readonly measure: string;
  readonly better: "higher" | "lower";
  readonly ours: readonly number[];
  /** Absent where there is no peer. */
  readonly peer?: readonly number[];
  /** Who the peer is, or the budget that stands in for one. */
  readonly against: string;
  /** What the median ratio, or without a peer the median itself, has to reach. */
  readonly goal?: number;
  /** Versions, and what a reader must know. */
  readonly notes: string;
}

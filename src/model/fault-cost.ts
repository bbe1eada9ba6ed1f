/** What a fault that bit cost the run; worked out by src/verify/fault-cost.ts, defined in docs/faults.md. */
export interface FaultCost {
  /** From the fault's start until a client knew of it; null: none noticed. */
  readonly detectNs: number | null;
  /** What told it, such as `producer 0 disconnected`. */
  readonly detectedBy?: string;
  /** Acknowledgements; null where the run has none. */
  readonly publish: SideCost | null;
  /** First sights. */
  readonly consume: SideCost | null;
  /** Redeliveries and copies in the fault's shadow. */
  readonly repeats: number;
  /** From the fault's end until backlog and responses were as before; null: see `notRecovered`. */
  readonly recoveryNs: number | null;
  readonly notRecovered?: NotRecovered;
  /** Longest time from an acknowledgement to the first sight, in the shadow, at least; null where that is not known. */
  readonly ackToVisibleNs: number | null;
}

/** One side of the broker. */
export interface SideCost {
  /** Longest stretch without a batch that overlaps the fault. */
  readonly stretchNs: number;
  /** The longest one of the calm time before it; null where nothing was before. */
  readonly normalNs: number | null;
  /** What of the stretch the fault has to answer for: the difference, or 0 below the size of a hiccup. */
  readonly withoutNs: number;
  /** Largest response in the fault's shadow; null where nothing came. */
  readonly worstNs: number | null;
  /** Messages of the shadow, of the intervals in which a response was longer than before the fault. */
  readonly slowed: number;
}

/**
 * Why there is no recovery time: the next fault began, or the run was over, before all was as before; or nothing
 * says what it was before.
 */
export type NotRecovered = "next-fault" | "run-over" | "nothing-before";

/** The run around its faults, fine enough to see them: one value an interval, of the measure phase. */
export interface FaultSeries {
  readonly startNs: number;
  readonly intervalNs: number;
  readonly acked: readonly number[];
  readonly seen: readonly number[];
  /** Largest end-to-end response, ns; null where nothing arrived. */
  readonly e2eMax: readonly (number | null)[];
}

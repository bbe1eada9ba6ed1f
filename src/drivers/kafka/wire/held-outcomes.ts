import type { Outcome, Outcomes } from "../../driver.ts";

/** What the broker said of the messages of a transaction, held back until its end. */
export interface HeldOutcomes {
  /** Takes it. */
  readonly settled: Outcomes["settled"];
  /** Whether something may have been stored and nobody knows. */
  readonly isUndecided: boolean;
  /**
   * Tells it, with nothing left afterwards. `acked`: everything is. `failed`: everything is, with the code of
   * what was refused, and `code` for the rest. `unknown`: everything that was not certainly refused is.
   */
  tell(end: Exclude<Outcome, "unasked">, code: string): void;
}

interface Range {
  readonly lane: number;
  readonly from: number;
  count: number;
  readonly outcome: Outcome;
  readonly code: string | undefined;
}

/** @param failed is called with the code of whatever is not known to be stored */
export function createHeldOutcomes(
  on: Pick<Outcomes, "settled">,
  failed: (code: string) => void,
): HeldOutcomes {
  let ranges: Range[] = [];
  /** By lane: what is stored in a row is one range. */
  const last = new Map<number, Range>();

  return {
    get isUndecided() {
      return ranges.some((range) => range.outcome === "unknown");
    },
    settled(lane, from, count, outcome, code) {
      const before = last.get(lane);
      if (before?.outcome === "acked" && outcome === "acked" && before.from + before.count === from)
        before.count += count;
      else {
        const range = { lane, from, count, outcome, code };
        ranges.push(range);
        last.set(lane, range);
      }
      if (outcome !== "acked") failed(code ?? "UNKNOWN_ERROR");
    },
    tell(end, code) {
      const told = ranges;
      ranges = [];
      last.clear();
      for (const { lane, from, count, outcome, code: own } of told) {
        const isRefused = outcome === "failed";
        if (end === "acked") on.settled(lane, from, count, "acked");
        else if (isRefused) on.settled(lane, from, count, "failed", own ?? code);
        else on.settled(lane, from, count, end, code);
      }
    },
  };
}

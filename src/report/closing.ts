import type { RunResult, SubscriptionCounts } from "../model/result.ts";

/** One sum that must come out even, or some message is not accounted for. */
export interface Closing {
  /** `publishing`, or the subscription's name. */
  readonly of: string;
  readonly sum: string;
  readonly left: number;
  readonly right: number;
  readonly closes: boolean;
}

/**
 * Every sum of a run, computed again from its counts: a report trusts no `closes` that it is handed.
 * docs/measuring.md, "The ledger", says why these must hold.
 */
export function closings(result: RunResult): readonly Closing[] {
  const { offered, acked, failed, unknown, unasked } = result.counts;
  return [
    closing(
      "publishing",
      "offered = acked + failed + unknown + unasked",
      offered,
      acked + failed + unknown + unasked,
    ),
    ...result.subscriptions.flatMap((s) => subscriptionClosings(s, result)),
    ...SUMMED.map((key) =>
      closing(
        "all subscriptions",
        `${key} = the sum of theirs`,
        result.counts[key],
        result.subscriptions.reduce((n, s) => n + s[key], 0),
      ),
    ),
  ];
}

/** Counts of a run that are those of its subscriptions together. */
export const SUMMED = [
  "delivered",
  "unique",
  "redelivered",
  "copied",
  "lost",
  "missing",
  "undelivered",
  "recovered",
  "phantom",
  "unexpected",
  "foreign",
  "corrupt",
  "reordered",
] as const;

/** Whether every message of the run is accounted for. */
export function allClose(result: RunResult): boolean {
  return closings(result).every((c) => c.closes);
}

function subscriptionClosings(s: SubscriptionCounts, { counts }: RunResult): readonly Closing[] {
  const { delivered, unique, redelivered, copied, foreign, corrupt } = s;
  const deliveries = closing(
    s.name,
    "delivered = unique + redelivered + copied + foreign + corrupt",
    delivered,
    unique + redelivered + copied + foreign + corrupt,
  );
  const expected = counts.acked + counts.unknown + counts.unasked - s.lost - s.undelivered - s.missing;
  return [
    { ...deliveries, closes: deliveries.closes && s.closes },
    closing(
      s.name,
      `unique = acked + unknown + unasked − lost − undelivered − missing + phantom + unexpected${s.abortedRead === undefined ? "" : " + aborted read"}`,
      unique,
      expected + s.phantom + s.unexpected + (s.abortedRead ?? 0),
    ),
  ];
}

function closing(of: string, sum: string, left: number, right: number): Closing {
  return { of, sum, left, right, closes: left === right };
}

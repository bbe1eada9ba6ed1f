import { type Plan, partitionsAtMost } from "../model/plan.ts";
import type {
  Counts,
  EffectCounts,
  Finding,
  FindingCode,
  MessageRef,
  SubscriptionCounts,
  TransactionCounts,
} from "../model/result.ts";
import type { EffectVerdict } from "./effects.ts";
import { EXAMPLES } from "./examples.ts";
import type { LedgerOutcome, SubscriptionVerdict } from "./ledger.ts";
import type { TransactionVerdict } from "./transactions.ts";

/** A closed account of a run, and what it shows. */
export interface Judgement {
  readonly counts: Counts;
  readonly subscriptions: readonly SubscriptionCounts[];
  readonly findings: readonly Finding[];
  /** Every message of the run is accounted for. */
  readonly closes: boolean;
  readonly transactions?: TransactionCounts;
  readonly effects?: readonly EffectCounts[];
}

export interface Evidence {
  readonly plan: Plan;
  readonly totals: Readonly<Record<LedgerOutcome | "offered", number>>;
  readonly verdicts: readonly SubscriptionVerdict[];
  readonly reorderedExamples: readonly (readonly (readonly [number, number])[])[];
  /** Of repeats within one agent; those across agents the ledger knows. */
  readonly copiedExamples?: readonly (readonly (readonly [number, number])[])[];
  readonly lateAnswers: number;
  readonly bytesOffered: number;
  /** The broker was seen empty, or everything arrived: an absent acked message is lost, not undelivered. */
  readonly settled: boolean;
  /** The target promises order within a lane to each consumer. */
  readonly ordered: boolean;
  /** Where the plan has transactions. */
  readonly transactions?: TransactionVerdict;
  /** By subscription, where consumers keep their effects. */
  readonly effects?: readonly EffectVerdict[];
}

/** Judges a run by its ledger: the words are those of docs/measuring.md, "The ledger". */
export function judge(e: Evidence): Judgement {
  const subscriptions = e.verdicts.map((v, i) => subscriptionCounts(v, i, e));
  const findings: Finding[] = [];
  const lanes = partitionsAtMost(e.plan.stream);
  const refs = (examples: readonly (readonly [number, number])[]): MessageRef[] =>
    examples.map(([lane, sequence]) => ({
      producer: Math.floor(lane / lanes),
      partition: lane % lanes,
      sequence,
    }));
  const add = (
    code: FindingCode,
    severity: Finding["severity"],
    count: number,
    subscription?: string,
    examples: readonly (readonly [number, number])[] = [],
    among?: number,
  ): void => {
    if (count > 0)
      findings.push({
        code,
        severity,
        count,
        examples: refs(examples),
        ...(subscription === undefined ? {} : { subscription }),
        ...(among === undefined ? {} : { among }),
      });
  };

  e.verdicts.forEach((v, i) => {
    const counts = subscriptions[i]!;
    add("LOST", "fail", counts.lost, v.name, v.absent.examples, v.absentAmong);
    add("UNDELIVERED", "warn", counts.undelivered, v.name, v.absent.examples);
    add("CORRUPT", "fail", counts.corrupt, v.name);
    const copies = [...(e.copiedExamples?.[i] ?? []), ...v.copied.examples];
    add("COPIED", "fail", counts.copied, v.name, copies.slice(0, EXAMPLES));
    add("REORDERED", e.ordered ? "fail" : "info", counts.reordered, v.name, e.reorderedExamples[i]);
    add("PHANTOM", "fail", counts.phantom, v.name, v.phantom.examples);
    add("ABORTED_READ", "fail", counts.abortedRead ?? 0, v.name, v.phantom.examples);
    add("TORN", "fail", counts.torn ?? 0, v.name, e.transactions?.torn[i]?.examples);
    const effects = e.effects?.[i];
    add("DUPLICATE_EFFECT", "fail", effects?.duplicates.count ?? 0, v.name, effects?.duplicates.examples);
    add("MISSING_EFFECT", "fail", effects?.missing.count ?? 0, v.name, effects?.missing.examples);
    add("UNEXPECTED", "fail", counts.unexpected, v.name, v.unexpected.examples);
    add("FOREIGN", "fail", counts.foreign, v.name);
    add("MISSING", "warn", counts.missing, v.name, v.missing.examples);
    add("RECOVERED", "info", counts.recovered, v.name, v.recovered.examples);
    add("REDELIVERED", "info", counts.redelivered, v.name);
    if (!counts.closes) add("LEDGER_OPEN", "fail", 1, v.name);
  });
  const { offered, acked, failed, unknown, unasked } = e.totals;
  // In transactions only their end fails, and all at once.
  if (e.transactions === undefined) add("PUBLISH_FAILED", "warn", failed);
  else add("ABORTED", "info", failed);
  add("PUBLISH_UNKNOWN", "warn", unknown);
  const closes = offered === acked + failed + unknown + unasked && subscriptions.every((s) => s.closes);
  if (offered !== acked + failed + unknown + unasked) add("LEDGER_OPEN", "fail", 1);

  const sum = (of: (s: SubscriptionCounts) => number): number => subscriptions.reduce((n, s) => n + of(s), 0);
  return {
    closes,
    findings,
    ...(e.transactions === undefined ? {} : { transactions: transactionCounts(e.transactions) }),
    ...(e.effects === undefined
      ? {}
      : { effects: e.effects.map((v, i) => effectCounts(v, subscriptions[i]!.name)) }),
    subscriptions,
    counts: {
      offered,
      acked,
      failed,
      unknown,
      unasked,
      late: e.lateAnswers,
      delivered: sum((s) => s.delivered),
      unique: sum((s) => s.unique),
      redelivered: sum((s) => s.redelivered),
      copied: sum((s) => s.copied),
      lost: sum((s) => s.lost),
      missing: sum((s) => s.missing),
      undelivered: sum((s) => s.undelivered),
      recovered: sum((s) => s.recovered),
      phantom: sum((s) => s.phantom),
      unexpected: sum((s) => s.unexpected),
      foreign: sum((s) => s.foreign),
      corrupt: sum((s) => s.corrupt),
      reordered: sum((s) => s.reordered),
      ...(e.transactions === undefined
        ? {}
        : { abortedRead: sum((s) => s.abortedRead ?? 0), torn: sum((s) => s.torn ?? 0) }),
      ...(e.effects === undefined
        ? {}
        : {
            duplicateEffects: e.effects.reduce((n, s) => n + s.duplicates.count, 0),
            missingEffects: e.effects.reduce((n, s) => n + s.missing.count, 0),
          }),
      bytesOffered: e.bytesOffered,
    },
  };
}

function transactionCounts({ total, committed, aborted, unknown }: TransactionVerdict): TransactionCounts {
  return { total, committed, aborted, unknown };
}

function effectCounts(v: EffectVerdict, subscription: string): EffectCounts {
  return {
    subscription,
    applied: v.applied,
    duplicatesSuppressed: v.suppressed,
    duplicateEffects: v.duplicates.count,
    missing: v.missing.count,
  };
}

function subscriptionCounts(v: SubscriptionVerdict, i: number, e: Evidence): SubscriptionCounts {
  const { sums } = v;
  const torn = e.transactions?.torn[i]?.count;
  const absent = v.absent.count;
  return {
    name: v.name,
    delivered: sums.delivered,
    unique: v.unique,
    redelivered: v.redelivered,
    copied: v.copied.count,
    foreign: sums.foreign,
    corrupt: sums.corrupt,
    lost: e.settled ? absent : 0,
    undelivered: e.settled ? 0 : absent,
    missing: v.missing.count,
    recovered: v.recovered.count,
    phantom: torn === undefined ? v.phantom.count : 0,
    unexpected: v.unexpected.count,
    reordered: sums.reordered,
    reorderedByRedelivery: sums.reorderedByRedelivery,
    maxDisplacement: sums.maxDisplacement,
    // What was aborted was stored all the same: a reader that sees it was told of no failure but by its end.
    ...(torn === undefined ? {} : { abortedRead: v.phantom.count, torn: e.settled ? torn : 0 }),
    closes: sums.delivered === v.unique + v.redelivered + v.copied.count + sums.foreign + sums.corrupt,
  };
}

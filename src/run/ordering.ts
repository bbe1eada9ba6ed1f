import type { OrderResult, RereadResult } from "../model/order.ts";
import { type Plan, partitionsAtMost } from "../model/plan.ts";
import type { Finding, FindingCode, MessageRef } from "../model/result.ts";
import type { Judgement } from "../verify/judge.ts";
import { orderOf } from "../verify/order.ts";
import type { Records } from "../verify/records.ts";
import type { RereadFound } from "./reread.ts";
import type { Tally } from "./tally.ts";

export interface Ordering {
  readonly order: OrderResult;
  readonly reread: RereadResult | undefined;
  /** Beside those of the ledger: where what it lacks went, and what a log holds. */
  readonly findings: readonly Finding[];
}

/** Order in every scope, and what a re-read adds to the ledger's findings. */
export function orderingOf(
  plan: Plan,
  tally: Tally,
  judgement: Judgement,
  found: RereadFound | undefined,
): Ordering {
  const { subscriptions } = judgement;
  const arrivals = tally.arrivals();
  const isWhole = found !== undefined && found.incomplete === undefined;
  const log = isWhole && found.kind === "log" ? found.books[0]! : undefined;
  const order = orderOf({
    subscriptions,
    displacements: arrivals.map((a) => a.displacements),
    processing: subscriptions.map((_, i) => tally.processing(i)),
    log: log && { ...log.order, copied: log.copied },
    isKeyed: plan.message.keys.kind !== "none",
    isOneProducer: plan.producers.count === 1,
  });
  const findings: Finding[] = [];
  const add = (
    code: FindingCode,
    count: number,
    examples: Records["lateExamples"],
    subscription?: string,
  ): void => {
    if (count === 0) return;
    const refs = examples.map(([lane, sequence]) => refOf(plan, lane, sequence));
    const where = subscription === undefined ? {} : { subscription };
    findings.push({ code, severity: "info", count, examples: refs, ...where });
  };
  for (const d of order.delivery) add("LATE_BY_REDELIVERY", d.byRedelivery, [], d.subscription);
  for (const p of order.processing ?? []) {
    add("PROCESSED_LATE", p.late, [], p.subscription);
    add("KEY_LATE", p.keys?.late ?? 0, [], p.subscription);
    add("KEY_SPLIT", p.keys?.split ?? 0, [], p.subscription);
  }
  if (found === undefined) return { order, reread: undefined, findings };
  const absent = !isWhole
    ? []
    : subscriptions.map((s, i) => {
        const origin = tally.ledger.origin(i, (log ?? found.books[i]!).pages);
        // A queue forgets what was acknowledged, a log does not.
        if (s.lost > 0)
          add(log ? "LOST_BY_BROKER" : "NOT_IN_QUEUE", origin.gone.count, origin.gone.examples, s.name);
        if (s.lost + s.undelivered > 0) add("SKIPPED", origin.stored.count, origin.stored.examples, s.name);
        return { subscription: s.name, stored: origin.stored.count, gone: origin.gone.count };
      });
  if (log) {
    add("LOG_COPIED", log.copied, log.copiedExamples);
    add("LOG_REORDERED", log.order.late, log.lateExamples);
  }
  return { order, reread: resultOf(found, absent), findings };
}

function resultOf(found: RereadFound, absent: RereadResult["absent"]): RereadResult {
  const { kind, because, books, tookNs, incomplete } = found;
  const sum = (of: (book: Records) => number): number => books.reduce((n, book) => n + of(book), 0);
  return {
    kind,
    because,
    records: sum((b) => b.records),
    unique: sum((b) => b.unique),
    copied: sum((b) => b.copied),
    foreign: sum((b) => b.foreign),
    corrupt: sum((b) => b.corrupt),
    tookNs,
    ...(incomplete === undefined ? {} : { incomplete }),
    absent,
  };
}

function refOf({ stream }: Plan, lane: number, sequence: number): MessageRef {
  return {
    producer: Math.floor(lane / partitionsAtMost(stream)),
    partition: lane % partitionsAtMost(stream),
    sequence,
  };
}

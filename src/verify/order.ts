import {
  type BrokenSide,
  type DeliveryOrder,
  type Displacements,
  type LogOrder,
  laneOrder,
  type OrderResult,
  type ProcessingOrder,
} from "../model/order.ts";
import type { SubscriptionCounts } from "../model/result.ts";

/** What an agent counted of the order of processing; as it is shipped. */
export interface ProcessingEvidence {
  readonly messages: number;
  readonly maxDisplacement: number;
  readonly displacements: Displacements;
  readonly keysSeen: number;
  readonly keysHit: number;
  readonly keyLate: number;
  readonly keyMaxBehindNs: number;
  readonly keysSplit: number;
  readonly globalLate: number;
  readonly globalMaxBehindNs: number;
}

export interface OrderEvidence {
  readonly subscriptions: readonly SubscriptionCounts[];
  /** By subscription, of late first sights of either kind. */
  readonly displacements: readonly Displacements[];
  /** By subscription; undefined where it was not looked at. */
  readonly processing: readonly (ProcessingEvidence | undefined)[];
  /** What a re-read of a log found. */
  readonly log: LogOrder | undefined;
  readonly isKeyed: boolean;
  /** There is one producer, so that its messages have one order over all lanes. */
  readonly isOneProducer: boolean;
}

/** Order in each scope that was looked at, and where it broke. Design: docs/ordering.md. */
export function orderOf(e: OrderEvidence): OrderResult {
  const delivery = e.subscriptions.map(
    (s, i): DeliveryOrder => ({
      subscription: s.name,
      byRedelivery: s.reorderedByRedelivery,
      ...laneOrder(s.unique, s.maxDisplacement, e.displacements[i] ?? []),
    }),
  );
  const processing = e.subscriptions.flatMap((s, i): ProcessingOrder[] => {
    const p = e.processing[i];
    if (p === undefined) return [];
    const { keysSeen: seen, keysHit: hit, keyLate: late, keyMaxBehindNs: maxBehindNs, keysSplit: split } = p;
    return [
      {
        subscription: s.name,
        ...laneOrder(p.messages, p.maxDisplacement, p.displacements),
        ...(e.isKeyed ? { keys: { seen, hit, late, maxBehindNs, split } } : {}),
        ...(e.isOneProducer ? { global: { late: p.globalLate, maxBehindNs: p.globalMaxBehindNs } } : {}),
      },
    ];
  });
  return {
    ...(e.log === undefined ? {} : { log: e.log }),
    delivery,
    ...(processing.length === 0 ? {} : { processing }),
    brokeAt: brokenAt(e.log, delivery, processing),
  };
}

/**
 * A reader that follows a log sees late what is late in the log, and no more. Where there is no log to look at, what
 * was redelivered came late by the consumer's side; of the rest nobody can tell. What was delivered in order and done
 * out of it is the consumers' own.
 */
function brokenAt(
  log: LogOrder | undefined,
  delivery: readonly DeliveryOrder[],
  processing: readonly ProcessingOrder[],
): BrokenSide {
  const delivered = Math.max(0, ...delivery.map((d) => d.late));
  const most = Math.max(delivered, ...processing.map((p) => p.late));
  if (log === undefined) {
    if (most === 0) return "nowhere";
    return delivery.every((d) => d.late === d.byRedelivery) ? "consumer" : "unknown";
  }
  if (log.late === 0) return most === 0 ? "nowhere" : "consumer";
  return most > log.late ? "both" : "producer";
}

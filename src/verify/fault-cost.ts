import type { FaultResult } from "../model/fault.ts";
import type { FaultCost, NotRecovered, SideCost } from "../model/fault-cost.ts";
import type { Flow, FlowLine } from "../model/flow.ts";
import type { RunEvent } from "../model/result.ts";
import { ackToSight, buckets, longestStretch, longestWithin, running, type Span } from "./flow-reading.ts";

/** What the cost of faults is worked out from. */
export interface Costly {
  readonly faults: readonly FaultResult[];
  readonly flow: Flow;
  readonly events: readonly RunEvent[];
  readonly subscriptions: number;
  /** From when on the run is to be looked at: its start is slow by itself. */
  readonly fromNs: number;
  /** The end of the measure phase. */
  readonly overNs: number;
  /** Messages that were acknowledged and never came, so that counts do not match. */
  readonly gone: number;
}

/** How much of the time before a fault says what is normal. */
const CALM_BEFORE_NS = 2e9;
/** Less than this says nothing: what was normal before the fault before it is taken then. */
const CALM_LEAST_NS = 200e6;
/** All is as before when it has been so for this long. */
const CALM_AFTER_NS = 100e6;
/** What is this much larger than before is still as before. */
const ALIKE = 1.25;
/** Who notices later than this after all was as before, noticed something else. */
const NOTICE_NS = 1e9;
/** A process that waits for a core, or for its garbage collector, makes such stretches too. */
const HICCUP_NS = 100e6;

/** What a client may tell that is no sign of trouble. */
const NO_TROUBLE = ["connected", "reconnected", "unblocked"];

/** @returns for each fault its cost; null for one that did not bite: what was slow meanwhile is not its doing */
export function faultCosts(run: Costly): readonly (FaultCost | null)[] {
  let calmFromNs = run.fromNs;
  let calm: Span | undefined;
  return run.faults.map((fault, i) => {
    if (fault.startNs === null || !fault.bit) return null;
    const { startNs } = fault;
    const next = run.faults
      .slice(i + 1)
      .filter((f) => f.bit && f.startNs !== null && f.startNs > startNs)
      .reduce((ns, f) => Math.min(ns, f.startNs!), Number.POSITIVE_INFINITY);
    const endNs = Math.min(fault.endNs ?? run.overNs, next);
    const fromNs = Math.max(calmFromNs, startNs - CALM_BEFORE_NS);
    if (calm === undefined || startNs - fromNs >= CALM_LEAST_NS) calm = { fromNs, toNs: startNs };
    const { cost, overNs } = costOf(run, {
      startNs,
      endNs,
      nextNs: next,
      calm,
    });
    calmFromNs = overNs;
    return cost;
  });
}

interface Times {
  readonly startNs: number;
  readonly endNs: number;
  /** When the next fault that bit began. */
  readonly nextNs: number;
  readonly calm: Span;
}

/** @returns when all was as before, or else the next fault began */
function costOf(run: Costly, times: Times): { readonly cost: FaultCost; readonly overNs: number } {
  const { flow, subscriptions, gone } = run;
  const { startNs, endNs, nextNs, calm } = times;
  const recovered = recoveryOf(run, times);
  const shadow = { fromNs: startNs, toNs: recovered.atNs ?? nextNs };
  const side = (line: FlowLine): SideCost | null =>
    line.count.length === 0 ? null : sideOf(line, run, { fromNs: startNs, toNs: endNs }, calm, shadow);
  const told = detection(run, shadow, nextNs);
  const hasAcks = flow.acked.count.length > 0;
  const cost: FaultCost = {
    detectNs: told === undefined ? null : told.atNs - startNs,
    ...(told === undefined ? {} : { detectedBy: told.by }),
    publish: side(flow.acked),
    consume: side(flow.seen),
    repeats: buckets(flow.again, flow.bucketNs, shadow).reduce((n, i) => n + flow.again.count[i]!, 0),
    recoveryNs: recovered.atNs === undefined ? null : Math.max(0, recovered.atNs - endNs),
    ...(recovered.why === undefined ? {} : { notRecovered: recovered.why }),
    ackToVisibleNs:
      gone > 0 || !hasAcks ? null : ackToSight(flow.acked, flow.seen, flow.bucketNs, subscriptions, shadow),
  };
  return { cost, overNs: recovered.atNs ?? nextNs };
}

function sideOf(line: FlowLine, run: Costly, fault: Span, calm: Span, shadow: Span): SideCost {
  const { bucketNs } = run.flow;
  const stretchNs = longestStretch(line, fault, run.overNs);
  const normalNs = longestWithin(line, calm);
  const excessNs = stretchNs - (normalNs ?? 0);
  const usualNs = ALIKE * worst(line, bucketNs, calm);
  const own = buckets(line, bucketNs, shadow).filter((i) => line.count[i]! > 0);
  return {
    stretchNs,
    normalNs,
    withoutNs: excessNs < HICCUP_NS ? 0 : excessNs,
    worstNs: own.length === 0 ? null : Math.max(...own.map((i) => line.worstNs[i]!)),
    slowed: own.reduce((n, i) => n + (line.worstNs[i]! > usualNs ? line.count[i]! : 0), 0),
  };
}

function worst(line: FlowLine, bucketNs: number, span: Span): number {
  return buckets(line, bucketNs, span).reduce((ns, i) => Math.max(ns, line.worstNs[i]!), 0);
}

/** When both sides have service again behind the fault's end, and backlog and responses stay what they were before. */
function recoveryOf(
  { flow, subscriptions }: Costly,
  { endNs, nextNs, calm }: Times,
): { readonly atNs?: number; readonly why?: NotRecovered } {
  const { acked, seen, bucketNs } = flow;
  const before = buckets(seen, bucketNs, calm);
  if (before.every((i) => seen.count[i] === 0)) return { why: "nothing-before" };
  const backlog = backlogOf(flow, subscriptions);
  const at = (i: number): number => backlog[Math.min(i, backlog.length - 1)] ?? 0;
  // Who never comes is waited for by nobody.
  const mostBacklog = ALIKE * Math.max(0, ...before.map(at)) + Math.max(0, backlog.at(-1) ?? 0);
  const mostSeenNs = ALIKE * worst(seen, bucketNs, calm);
  const mostAckedNs = ALIKE * worst(acked, bucketNs, calm);
  const isCalm = (i: number): boolean =>
    at(i) <= mostBacklog && (seen.worstNs[i] ?? 0) <= mostSeenNs && (acked.worstNs[i] ?? 0) <= mostAckedNs;
  const needed = Math.max(1, Math.round(CALM_AFTER_NS / bucketNs));
  const candidates = buckets(seen, bucketNs, { fromNs: endNs, toNs: nextNs });
  const limit = nextNs / bucketNs;
  // Answers that do not come are not late either.
  const firstAck = acked.firstNs.findIndex((ns, i) => acked.count[i]! > 0 && ns >= endNs);
  const needsAck = buckets(acked, bucketNs, calm).some((i) => acked.count[i]! > 0);
  for (const i of candidates)
    if (
      seen.count[i]! > 0 &&
      (!needsAck || (firstAck >= 0 && firstAck < i + needed)) &&
      Array.from({ length: needed }, (_, k) => i + k).every((k) => k >= limit || isCalm(k))
    )
      return { atNs: Math.max(endNs, seen.firstNs[i]!, needsAck ? acked.firstNs[firstAck]! : 0) };
  return { why: Number.isFinite(nextNs) ? "next-fault" : "run-over" };
}

/** Sent and not first seen by the average subscription, at the end of each interval. */
function backlogOf({ sent, seen }: Flow, subscriptions: number): readonly number[] {
  const offered = running(sent);
  const sights = running(seen);
  return Array.from({ length: Math.max(offered.length, sights.length) }, (_, i) =>
    Math.max(0, (offered[i] ?? offered.at(-1) ?? 0) - (sights[i] ?? sights.at(-1) ?? 0) / subscriptions),
  );
}

/** The first sign of trouble that a client had: an event of its driver, or a message without its acknowledgement. */
function detection(
  { events, flow, overNs }: Costly,
  { fromNs, toNs }: Span,
  nextNs: number,
): { readonly atNs: number; readonly by: string } | undefined {
  const untilNs = Math.min(nextNs, Math.min(toNs, overNs) + NOTICE_NS);
  const isWithin = (ns: number): boolean => ns >= fromNs && ns <= untilNs;
  const signs = events
    .filter((e) => e.source !== "fault" && !NO_TROUBLE.includes(e.kind) && isWithin(e.atNs))
    .map((e) => ({ atNs: e.atNs, by: `${e.source} ${e.kind}` }));
  const { failed } = flow;
  const i = failed.count.findIndex((n, k) => n > 0 && isWithin(failed.lastNs[k]!));
  if (i >= 0)
    signs.push({
      atNs: Math.max(fromNs, failed.firstNs[i]!),
      by: "a message failed, or its outcome is unknown",
    });
  return signs.reduce<(typeof signs)[number] | undefined>(
    (first, s) => (first === undefined || s.atNs < first.atNs ? s : first),
    undefined,
  );
}

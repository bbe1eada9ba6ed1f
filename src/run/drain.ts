import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../load/clock.ts";
import { percentileOf } from "../model/hdr.ts";
import type { Plan } from "../model/plan.ts";
import type { Tally } from "./tally.ts";

/** How the drain ended, and so what an absent message is. */
export interface DrainEnd {
  /** `complete`: all there; `empty`: the broker has nothing left, absent = lost; `bound`: absent = undelivered. */
  readonly kind: "complete" | "empty" | "bound";
}

export interface Drained {
  readonly plan: Plan;
  readonly tally: Tally;
  readonly clock: Clock;
  /** What was processed may come again: the broker must be empty. */
  readonly mayRepeat: boolean;
  /** A bound of its own after an early end. */
  hurriedMs(): number | undefined;
  /** Messages that the broker still holds, null when it cannot be asked. */
  depth(): Promise<number | null>;
}

const POLL_MS = 100;
/** Copies may trail the last message by as much as messages took. */
const QUIET_NS = 1e9;
/** Nothing for this long, and nothing left in the broker: what is absent is lost. */
const SILENCE_NS = 10e9;

/**
 * Waits until the fate of every message is known:
 * (1) every acked message is processed, and it was quiet for max(1 s, 2 × e2e p99.9); where messages may
 * be stored without an acknowledgement, or be delivered again, the broker must be empty too;
 * (2) nothing came for 10 s and the broker is empty;
 * (3) the plan's bound.
 */
export async function drain(d: Drained): Promise<DrainEnd> {
  const { tally, clock } = d;
  const startNs = clock.now();
  for (;;) {
    const now = clock.now();
    const quietNs = now - Math.max(startNs, tally.lastArrivalNs);
    const { ledger } = tally;
    if (ledger.outstanding === 0 && quietNs > quietBoundNs(tally)) {
      if (ledger.possible === 0 && !d.mayRepeat) return { kind: "complete" };
      const depth = await d.depth();
      if (depth === 0) return { kind: "complete" };
      // Repeats would have come by now, and there is nobody to ask.
      if (depth === null && ledger.possible === 0 && quietNs > SILENCE_NS) return { kind: "complete" };
    }
    if (quietNs > SILENCE_NS && (await d.depth()) === 0) return { kind: "empty" };
    const hurriedMs = d.hurriedMs();
    const boundNs =
      hurriedMs === undefined ? d.plan.phases.drainNs : Math.min(d.plan.phases.drainNs, hurriedMs * 1e6);
    if (clock.now() - startNs > boundNs) return { kind: ledger.outstanding === 0 ? "complete" : "bound" };
    await sleep(POLL_MS);
  }
}

function quietBoundNs(tally: Tally): number {
  const { buckets, count, max } = tally.histograms.e2e_response;
  return Math.max(QUIET_NS, count > 0 ? 2 * percentileOf(buckets, count, 99.9, max) : 0);
}

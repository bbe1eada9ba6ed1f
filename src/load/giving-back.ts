import type { Consumer } from "../drivers/driver.ts";
import type { RequeuePlan } from "../model/plan.ts";

/**
 * Gives some messages back to the broker instead of handling them, as a consumer does whose own database is away.
 * Which ones depends on nothing but their lane and sequence, so that it is the same ones each time they come.
 */
export class GivingBack {
  readonly #plan: RequeuePlan;
  /** How often each message that is to be given back was. */
  readonly #times = new Map<string, number>();
  /** Given back before the consumer was there to be told. */
  readonly #waiting: number[] = [];
  #consumer: Consumer | undefined;

  constructor(plan: RequeuePlan) {
    this.#plan = plan;
  }

  attach(consumer: Consumer): void {
    this.#consumer = consumer;
    for (const tag of this.#waiting.splice(0)) consumer.answer(tag, "requeue", false);
  }

  /** Whether the message was given back: it is none of the caller's then. */
  takes(lane: number, sequence: number, tag: number): boolean {
    if (!isChosen(lane, sequence, this.#plan.share)) return false;
    const id = `${lane}/${sequence}`;
    const times = (this.#times.get(id) ?? 0) + 1;
    if (times > this.#plan.times) return false;
    this.#times.set(id, times);
    if (this.#consumer === undefined) this.#waiting.push(tag);
    else this.#consumer.answer(tag, "requeue", false);
    return true;
  }
}

/** Multiplicative hashing (Knuth, TAOCP 3, 6.4) spreads consecutive numbers evenly over 32 bits. */
function isChosen(lane: number, sequence: number, share: number): boolean {
  return (Math.imul(sequence + lane * LANE_STEP, GOLDEN) >>> 0) / 2 ** 32 < share;
}

const GOLDEN = 0x9e37_79b1;
const LANE_STEP = 0x85eb_ca6b;

import type { PhasesPlan } from "../model/plan.ts";
import type { Recorders } from "./metrics.ts";

/**
 * Latencies of first sights, which alone have any: a repeat says how long a redelivery took, which is something
 * else. Neighbours with the same times (the clock is read for several messages at once) are recorded together.
 */
export class FirstSights {
  readonly #counters: { consumedInWindow: number };
  readonly #recorders: Recorders;
  readonly #startNs: number;
  readonly #endNs: number;
  #intendedNs = Number.NaN;
  #sentNs = Number.NaN;
  #receivedNs = Number.NaN;
  #count = 0;

  constructor(phases: PhasesPlan, counters: { consumedInWindow: number }, recorders: Recorders) {
    this.#counters = counters;
    this.#recorders = recorders;
    this.#startNs = phases.warmupNs;
    this.#endNs = phases.warmupNs + phases.measureNs;
  }

  add(intendedNs: number, sentNs: number, receivedNs: number): void {
    if (sentNs !== this.#sentNs || intendedNs !== this.#intendedNs || receivedNs !== this.#receivedNs) {
      this.record();
      this.#intendedNs = intendedNs;
      this.#sentNs = sentNs;
      this.#receivedNs = receivedNs;
    }
    this.#count++;
  }

  /** What was added last has a sign of redelivery: another agent may have seen it. */
  marked(receivedNs: number): void {
    this.#recorders.moments?.add("marked", receivedNs, 1);
  }

  /** A message that this agent had seen before. */
  again(receivedNs: number): void {
    this.#recorders.moments?.add("again", receivedNs, 1);
  }

  /** Brings what is held into counters and histograms: before they are shipped. */
  record(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    const receivedNs = this.#receivedNs;
    const intendedNs = this.#intendedNs;
    this.#recorders.moments?.add("seen", receivedNs, count, receivedNs - intendedNs);
    if (receivedNs >= this.#startNs && receivedNs < this.#endNs) this.#counters.consumedInWindow += count;
    if (!(intendedNs >= this.#startNs && intendedNs < this.#endNs)) return;
    this.#recorders.e2e_service.recordMany(receivedNs - this.#sentNs, count);
    this.#recorders.e2e_response.recordMany(receivedNs - intendedNs, count);
  }
}

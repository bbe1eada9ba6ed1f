import type { PhasesPlan } from "../model/plan.ts";
import type { Arrivals } from "./arrivals.ts";
import { FirstSights } from "./first-sights.ts";
import type { ProcessedMessage } from "./journal-records.ts";
import type { Recorders } from "./metrics.ts";

/** What one consumer processed, counted and timed: by itself, or by who reads its journal. */
export class Processed {
  readonly #arrivals: Arrivals;
  /** Per lane: highest sequence that this consumer was given. */
  readonly #highest: Float64Array;
  readonly #firstSights: FirstSights;

  constructor(lanes: number, arrivals: Arrivals, phases: PhasesPlan, recorders: Recorders) {
    this.#arrivals = arrivals;
    this.#highest = new Float64Array(lanes).fill(-1);
    this.#firstSights = new FirstSights(phases, arrivals.counters, recorders);
  }

  add(messages: readonly ProcessedMessage[], receivedNs: number): void {
    const { counters } = this.#arrivals;
    for (const { kind, lane, sequence, flagged, intendedNs, sentNs } of messages) {
      counters.delivered++;
      if (kind !== "ok") counters[kind]++;
      else if (this.#arrivals.mark(lane, sequence, flagged, this.#highest)) {
        this.#firstSights.add(intendedNs, sentNs, receivedNs);
        if (flagged) this.#firstSights.marked(receivedNs);
      } else this.#firstSights.again(receivedNs);
    }
    this.#firstSights.record();
  }
}

import type { EventKind, Outcome, Outcomes } from "../../../src/drivers/driver.ts";
import { until } from "../../support/until.ts";

/** What became of each message that a producer took. A breach of the contract is kept until somebody looks. */
export class OutcomeBook {
  readonly breaches: string[] = [];
  readonly events: { kind: EventKind; detail: string }[] = [];
  readonly outcomes: Outcomes;
  readonly #settled = new Map<string, { outcome: Outcome; code: string | undefined }>();
  readonly #open = new Set<string>();
  #taken = 0;
  #readies = 0;
  #maxInFlight = 0;

  constructor() {
    this.outcomes = {
      settled: (lane, from, count, outcome, code) => {
        if (!(count > 0)) this.breaches.push(`settled() with a count of ${count}`);
        for (let s = from; s < from + count; s++) this.#settle(lane, s, outcome, code);
      },
      settledList: (lane, sequences, outcome, code) => {
        for (const s of sequences) this.#settle(lane, s, outcome, code);
      },
      ready: () => {
        this.#readies += 1;
      },
      event: (kind, detail) => this.events.push({ kind, detail }),
    };
  }

  /** A message left the source. */
  taken(lane: number, sequence: number): void {
    this.#taken += 1;
    this.#open.add(`${lane}/${sequence}`);
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#open.size);
  }

  inFlight(): number {
    return this.#open.size;
  }

  maxInFlight(): number {
    return this.#maxInFlight;
  }

  readies(): number {
    return this.#readies;
  }

  takenCount(): number {
    return this.#taken;
  }

  /** How many messages ended in each way: `{ acked: 10 }`. */
  counts(): Partial<Record<Outcome, number>> {
    const counts: Partial<Record<Outcome, number>> = {};
    for (const { outcome } of this.#settled.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
    return counts;
  }

  /** Codes given with outcomes other than `acked`. */
  codes(): (string | undefined)[] {
    return [...this.#settled.values()].filter((s) => s.outcome !== "acked").map((s) => s.code);
  }

  /** `lane/sequence` of every message with that outcome. */
  with(outcome: Outcome): Set<string> {
    return new Set([...this.#settled].filter(([, s]) => s.outcome === outcome).map(([id]) => id));
  }

  async waitFor(what: string, condition: () => boolean, patienceMs: number): Promise<void> {
    const seen = () =>
      `${JSON.stringify(this.counts())}, ${this.#open.size} unsettled, ${JSON.stringify(this.events)}`;
    await until(what, condition, patienceMs, seen);
  }

  #settle(lane: number, sequence: number, outcome: Outcome, code: string | undefined): void {
    const id = `${lane}/${sequence}`;
    const before = this.#settled.get(id);
    if (before) this.breaches.push(`${id} was settled twice: ${before.outcome}, then ${outcome}`);
    else if (!this.#open.delete(id)) this.breaches.push(`${id} was settled but never taken`);
    else this.#settled.set(id, { outcome, code });
  }
}

import type { Outcome } from "../drivers/driver.ts";
import type { Journal } from "./journal.ts";
import { Producing, type ProducingContext } from "./producing.ts";
import type { ProducerTick } from "./protocol.ts";

/**
 * A producer that may be killed. Each message is in the journal before its driver gets it, since a driver may send
 * from within `offer`; each outcome is in it before it counts.
 */
export class JournalledProducing extends Producing {
  readonly #journal: Journal;
  readonly #now: () => number;

  constructor(index: number, context: ProducingContext, journal: Journal, before: ProducerTick | undefined) {
    super(index, context, before);
    this.#journal = journal;
    this.#now = () => context.clock.now();
  }

  override write(into: Uint8Array, at: number): void {
    super.write(into, at);
    const { lane, sequence, intendedNs, sentNs } = this.stamped;
    const { sizeBytes } = this.head;
    this.#journal.append({ type: "offered", lane, sequence, sizeBytes, intendedNs, sentNs });
  }

  override begun(): void {
    this.#journal.append({ type: "begun", producer: this.index, transaction: this.counters.transactions });
    super.begun();
  }

  override settled(lane: number, from: number, count: number, outcome: Outcome, code?: string): void {
    this.#append(lane, [[from, count]], outcome, code);
    super.settled(lane, from, count, outcome, code);
  }

  override settledList(lane: number, sequences: readonly number[], outcome: Outcome, code?: string): void {
    this.#append(
      lane,
      sequences.map((sequence) => [sequence, 1]),
      outcome,
      code,
    );
    super.settledList(lane, sequences, outcome, code);
  }

  #append(
    lane: number,
    ranges: readonly (readonly [number, number])[],
    outcome: Outcome,
    code?: string,
  ): void {
    // An answer proves that the bytes had left; until it is written down nobody knows of it.
    if (outcome === "acked" || outcome === "unasked") this.#journal.reach("after-send", this.unsettled);
    this.#journal.append({ type: "settled", atNs: this.#now(), lane, outcome, code, ranges });
  }
}

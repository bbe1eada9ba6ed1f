import { addDisplacement, type LaneOrder, laneOrder } from "../model/order.ts";
import { BitPages } from "./bit-pages.ts";
import { EXAMPLES } from "./examples.ts";

/** Examples are kept of at most so many: [lane, sequence]. */
/**
 * What a re-read found, one record after the other in the broker's order: which messages are there, which of them
 * more than once, and which came after a later one of their lane. Memory is that of the pages that are not full.
 */
export class Records {
  records = 0;
  foreign = 0;
  corrupt = 0;
  copied = 0;
  readonly copiedExamples: [number, number][] = [];
  readonly lateExamples: [number, number][] = [];
  readonly #pages: BitPages[];
  readonly #highest: Float64Array;
  readonly #displacements: number[] = [];
  #maxDisplacement = 0;
  /** Of this run, but of a lane that no producer has. */
  #unexpected = 0;

  constructor(lanes: number) {
    this.#pages = Array.from({ length: lanes }, () => new BitPages());
    this.#highest = new Float64Array(lanes).fill(-1);
  }

  /** A record that is no intact message of this run. */
  other(kind: "foreign" | "corrupt"): void {
    this.records++;
    this[kind]++;
  }

  add(lane: number, sequence: number): void {
    this.records++;
    const pages = this.#pages[lane];
    if (pages === undefined) {
      this.#unexpected++;
      return;
    }
    const top = this.#highest[lane]!;
    if (sequence > top) {
      this.#highest[lane] = sequence;
      pages.setRange(sequence, 1);
      return;
    }
    if (pages.has(sequence)) {
      this.copied++;
      if (this.copiedExamples.length < EXAMPLES) this.copiedExamples.push([lane, sequence]);
      return;
    }
    pages.setRange(sequence, 1);
    addDisplacement(this.#displacements, top - sequence);
    this.#maxDisplacement = Math.max(this.#maxDisplacement, top - sequence);
    if (this.lateExamples.length < EXAMPLES) this.lateExamples.push([lane, sequence]);
  }

  get unique(): number {
    return this.#pages.reduce((n, p) => n + p.count, 0) + this.#unexpected;
  }

  /** Per lane, the sequences that are there. */
  get pages(): readonly BitPages[] {
    return this.#pages;
  }

  get order(): LaneOrder {
    return laneOrder(this.unique, this.#maxDisplacement, this.#displacements);
  }
}

import { addDisplacement } from "../model/order.ts";
import { LanePages, type Page } from "./pages.ts";
import { type ProcessingCounters, ProcessingOrder } from "./processing-order.ts";
import { SightLog } from "./sight-log.ts";

/** Sums of one subscription, as one agent saw it. */
export interface ArrivalCounters {
  /** Processed messages, whatever they were. */
  delivered: number;
  foreign: number;
  corrupt: number;
  /** Of this run, but of a lane that no producer has. */
  unexpected: number;
  /** Repeats within a shipment, told apart by the broker's flag or offset. */
  redelivered: number;
  copied: number;
  /** Late first sights: without and with a sign of redelivery. */
  reordered: number;
  reorderedByRedelivery: number;
  maxDisplacement: number;
  /** Of late first sights of either kind; see `Displacements`. */
  readonly displacements: number[];
  /** The first repeats within this agent without a sign of redelivery: [lane, sequence]. */
  readonly copiedExamples: [number, number][];
  consumedInWindow: number;
  /** Only where the plan asks for it. */
  processing?: ProcessingCounters;
}

/** What one subscription received on this agent: pages to be merged elsewhere, and counts. */
export class Arrivals {
  readonly counters: ArrivalCounters = {
    delivered: 0,
    foreign: 0,
    corrupt: 0,
    unexpected: 0,
    redelivered: 0,
    copied: 0,
    reordered: 0,
    reorderedByRedelivery: 0,
    maxDisplacement: 0,
    displacements: [],
    copiedExamples: [],
    consumedInWindow: 0,
  };
  /** There where the plan asks for it. */
  readonly processing: ProcessingOrder | undefined;
  /** The first late messages: [lane, sequence]. */
  readonly reorderedExamples: [number, number][] = [];
  readonly #lanes: LanePages[];
  /** Per lane: first sights with a sign of redelivery. */
  readonly #flagged = new Map<number, Set<number>>();

  /** The same where several agents see parts of it. */
  readonly sights: SightLog | undefined;

  /**
   * @param partitions of each producer, where more is to be known of the order than that of lanes at each consumer
   * @param isPart other agents have consumers of the subscription, too
   */
  constructor(lanes: number, partitions = 0, isPart = false) {
    this.#lanes = Array.from({ length: lanes }, () => new LanePages());
    this.processing = partitions > 0 && !isPart ? new ProcessingOrder(lanes, partitions) : undefined;
    this.sights = partitions > 0 && isPart ? new SightLog() : undefined;
    if (this.processing) this.counters.processing = this.processing.counters;
  }

  /**
   * Counts one intact message of this run.
   * @param highest the consumer's highest sequence per lane so far
   * @returns whether it is a first sight, as far as this agent knows
   */
  mark(lane: number, sequence: number, flagged: boolean, highest: Float64Array): boolean {
    const { counters } = this;
    const pages = this.#lanes[lane];
    if (pages === undefined) {
      counters.unexpected++;
      return false;
    }
    const top = highest[lane]!;
    if (pages.mark(sequence, flagged)) {
      // Who was given it first may be through with it last: either sight's flag counts.
      if (flagged || this.#flagged.get(lane)?.has(sequence)) counters.redelivered++;
      else this.#copied(lane, sequence);
      return false;
    }
    if (flagged) this.#remember(lane, sequence);
    if (sequence > top) highest[lane] = sequence;
    else if (sequence < top) this.#late(lane, sequence, flagged, top);
    return true;
  }

  take(ship: (lane: number, page: Page) => void): void {
    this.#lanes.forEach((pages, lane) => {
      pages.take((page) => ship(lane, page));
    });
  }

  #remember(lane: number, sequence: number): void {
    const known = this.#flagged.get(lane);
    if (known === undefined) this.#flagged.set(lane, new Set([sequence]));
    else known.add(sequence);
  }

  #copied(lane: number, sequence: number): void {
    const { counters } = this;
    counters.copied++;
    if (counters.copiedExamples.length < 100) counters.copiedExamples.push([lane, sequence]);
  }

  #late(lane: number, sequence: number, flagged: boolean, top: number): void {
    const { counters } = this;
    if (flagged) counters.reorderedByRedelivery++;
    else {
      counters.reordered++;
      if (this.reorderedExamples.length < 100) this.reorderedExamples.push([lane, sequence]);
    }
    counters.maxDisplacement = Math.max(counters.maxDisplacement, top - sequence);
    addDisplacement(counters.displacements, top - sequence);
  }
}

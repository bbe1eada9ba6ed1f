import { addDisplacement } from "../model/order.ts";

/** What one agent saw of the order in which a subscription was through with its messages. */
export interface ProcessingCounters {
  messages: number;
  maxDisplacement: number;
  readonly displacements: number[];
  keysSeen: number;
  keysHit: number;
  keyLate: number;
  globalLate: number;
  /** Most that a message was due before another one that was through before it, ns. */
  globalMaxBehindNs: number;
}

/**
 * The order of first sights as they are processed, by lane, by key and over all lanes, across the consumers of one
 * subscription in this agent. A key belongs to one lane, and so to one producer; over all lanes the time counts at
 * which messages were due, which only grows within one producer.
 *
 * It costs a look into a map for each message, so it is only there when a plan asks for it.
 */
export class ProcessingOrder {
  readonly counters: ProcessingCounters = {
    messages: 0,
    maxDisplacement: 0,
    displacements: [],
    keysSeen: 0,
    keysHit: 0,
    keyLate: 0,
    globalLate: 0,
    globalMaxBehindNs: 0,
  };
  readonly #highest: Float64Array;
  /** Per lane: key → highest sequence. */
  readonly #keys: Map<number, number>[];
  /** Keys that were late, as lane and key. */
  readonly #hit = new Set<string>();
  #newestNs = Number.NEGATIVE_INFINITY;

  constructor(lanes: number) {
    this.#highest = new Float64Array(lanes).fill(-1);
    this.#keys = Array.from({ length: lanes }, () => new Map());
  }

  /** @param key its number, or -1 */
  add(lane: number, sequence: number, key: number, intendedNs: number): void {
    const { counters } = this;
    counters.messages++;
    const top = this.#highest[lane]!;
    if (sequence > top) this.#highest[lane] = sequence;
    else {
      addDisplacement(counters.displacements, top - sequence);
      counters.maxDisplacement = Math.max(counters.maxDisplacement, top - sequence);
    }
    if (key >= 0) this.#addKey(lane, sequence, key);
    const newestNs = this.#newestNs;
    if (intendedNs >= newestNs) this.#newestNs = intendedNs;
    else {
      counters.globalLate++;
      counters.globalMaxBehindNs = Math.max(counters.globalMaxBehindNs, newestNs - intendedNs);
    }
  }

  #addKey(lane: number, sequence: number, key: number): void {
    const { counters } = this;
    const keys = this.#keys[lane]!;
    const top = keys.get(key);
    if (top === undefined) counters.keysSeen++;
    if (top === undefined || sequence > top) {
      keys.set(key, sequence);
      return;
    }
    counters.keyLate++;
    const id = `${lane}/${key}`;
    if (this.#hit.has(id)) return;
    this.#hit.add(id);
    counters.keysHit++;
  }
}

import { addDisplacement } from "../model/order.ts";

/** What was seen of the order in which a subscription was through with its messages. */
export interface ProcessingCounters {
  messages: number;
  maxDisplacement: number;
  readonly displacements: number[];
  keysSeen: number;
  keysHit: number;
  keyLate: number;
  /** Most that a message was due before another one of its key that was through before it, ns. */
  keyMaxBehindNs: number;
  /** Keys that were seen in more than one partition. */
  keysSplit: number;
  globalLate: number;
  /** The same over all messages, ns. */
  globalMaxBehindNs: number;
}

/** The newest message of a key, and where the key was seen. */
interface KeyPlace {
  lane: number;
  sequence: number;
  intendedNs: number;
}

/**
 * The order of first sights as they are processed, by lane, by key and over all lanes, across the consumers of one
 * subscription in this agent. A key belongs to one producer. In one lane its messages are numbered; over several
 * lanes, as over all of them, the time counts at which messages were due, which only grows within one producer.
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
    keyMaxBehindNs: 0,
    keysSplit: 0,
    globalLate: 0,
    globalMaxBehindNs: 0,
  };
  readonly #partitions: number;
  readonly #highest: Float64Array;
  /** Per producer: key → its newest message. */
  readonly #keys: Map<number, KeyPlace>[];
  /** Key → the partition where it was seen first, or -1 where it was seen in another one, too. */
  readonly #homes = new Map<number, number>();
  readonly #hit = new Set<number>();
  #newestNs = Number.NEGATIVE_INFINITY;

  /** @param partitions of each producer: lanes are numbered by it */
  constructor(lanes: number, partitions: number) {
    this.#partitions = partitions;
    this.#highest = new Float64Array(lanes).fill(-1);
    this.#keys = Array.from({ length: lanes / partitions }, () => new Map());
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
    if (key >= 0) this.#addKey(lane, sequence, key, intendedNs);
    const newestNs = this.#newestNs;
    if (intendedNs >= newestNs) this.#newestNs = intendedNs;
    else {
      counters.globalLate++;
      counters.globalMaxBehindNs = Math.max(counters.globalMaxBehindNs, newestNs - intendedNs);
    }
  }

  #addKey(lane: number, sequence: number, key: number, intendedNs: number): void {
    const { counters } = this;
    this.#seenIn(lane % this.#partitions, key);
    const keys = this.#keys[Math.floor(lane / this.#partitions)]!;
    const newest = keys.get(key);
    if (newest === undefined) {
      keys.set(key, { lane, sequence, intendedNs });
      return;
    }
    const isLate = lane === newest.lane ? sequence < newest.sequence : intendedNs < newest.intendedNs;
    if (!isLate) {
      newest.lane = lane;
      newest.sequence = sequence;
      newest.intendedNs = intendedNs;
      return;
    }
    counters.keyLate++;
    counters.keyMaxBehindNs = Math.max(counters.keyMaxBehindNs, newest.intendedNs - intendedNs);
    this.#hit.add(key);
    counters.keysHit = this.#hit.size;
  }

  #seenIn(partition: number, key: number): void {
    const home = this.#homes.get(key);
    if (home === undefined) {
      this.#homes.set(key, partition);
      this.counters.keysSeen++;
    } else if (home >= 0 && home !== partition) {
      this.#homes.set(key, -1);
      this.counters.keysSplit++;
    }
  }
}

import { type ProcessingCounters, ProcessingOrder } from "../load/processing-order.ts";
import { SIGHT_FIELDS, type Sights } from "../load/sight-log.ts";

/** What each agent saw of one subscription, in the order in which it was shipped. */
export type SightsByAgent = ReadonlyMap<string, readonly Sights[]>;

/**
 * The order in which a subscription was through with its messages, over all agents: their first sights, merged by the
 * times at which they were done. What another agent had done before is a repeat, and not judged. Where the log of an
 * agent was full, the order ends with it.
 */
export function mergedOrder(agents: SightsByAgent, lanes: number, partitions: number): ProcessingCounters {
  const streams = [...agents.values()].map((parts) => new Stream(parts));
  const order = new ProcessingOrder(lanes, partitions);
  const seen = Array.from({ length: lanes }, () => new Set<number>());
  for (;;) {
    let first: Stream | undefined;
    for (const stream of streams)
      if (stream.doneNs < (first?.doneNs ?? Number.POSITIVE_INFINITY)) first = stream;
    if (first === undefined) return order.counters;
    const [lane, sequence, key, intendedNs] = first.fields();
    if (!seen[lane]!.has(sequence)) {
      seen[lane]!.add(sequence);
      order.add(lane, sequence, key, intendedNs);
    }
    first.advance();
    // Nobody knows what it did next.
    if (first.isCutHere) return order.counters;
  }
}

/** One agent's sights, one after the other. */
class Stream {
  readonly #parts: readonly Sights[];
  readonly #isCut: boolean;
  #part = 0;
  #at = 0;

  constructor(parts: readonly Sights[]) {
    this.#parts = parts.filter(({ rows }) => rows.length > 0);
    this.#isCut = parts.some(({ isCut }) => isCut);
  }

  /** Of the next one; infinite where there is none. */
  get doneNs(): number {
    return this.#parts[this.#part]?.rows[this.#at + SIGHT_FIELDS - 1] ?? Number.POSITIVE_INFINITY;
  }

  get isCutHere(): boolean {
    return this.#isCut && this.#part === this.#parts.length;
  }

  fields(): readonly [lane: number, sequence: number, key: number, intendedNs: number] {
    const { rows } = this.#parts[this.#part]!;
    const at = this.#at;
    return [rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!];
  }

  advance(): void {
    this.#at += SIGHT_FIELDS;
    if (this.#at < this.#parts[this.#part]!.rows.length) return;
    this.#part++;
    this.#at = 0;
  }
}

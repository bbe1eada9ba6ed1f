import type { MessageSource, Outcome, Outcomes, Producer, ProducerOptions } from "../driver.ts";
import type { Stream } from "./stream.ts";

/** Writes straight into the broker's segments; settles in ranges, one turn of the event loop later. */
export class MemoryProducer implements Producer {
  inFlight = 0;
  readonly #stream: Stream;
  readonly #on: Outcomes;
  readonly #maxInFlight: number;
  readonly #outcome: Outcome;
  /** Unsettled range of each partition's lane: `from … from + count - 1`. */
  readonly #lane: number[];
  readonly #from: number[];
  readonly #count: number[];
  /** When each of them is served; only with a script. */
  readonly #due: number[][];
  #starved = false;
  #closed = false;
  #flushes: (() => void)[] = [];

  constructor(stream: Stream, options: ProducerOptions, on: Outcomes) {
    this.#stream = stream;
    this.#on = on;
    this.#maxInFlight = Math.max(1, options.maxInFlight);
    this.#outcome = options.topology.durability === "none" ? "unasked" : "acked";
    const zeros = () => new Array<number>(options.topology.partitions).fill(0);
    this.#lane = zeros();
    this.#from = zeros();
    this.#count = zeros();
    this.#due = this.#lane.map(() => []);
    stream.producers.add(this);
  }

  offer(source: MessageSource, max: number): number {
    if (this.#closed) return 0;
    const stream = this.#stream;
    let now = 0;
    let took = 0;
    while (took < max) {
      const head = source.peek();
      if (head === undefined) break;
      if (this.inFlight >= this.#maxInFlight || stream.full()) {
        this.#starved = true;
        stream.starving = stream.full();
        break;
      }
      if (took === 0 && stream.scripted) now = stream.clockNs();
      const { partition, lane, sequence, sizeBytes } = head;
      const segment = stream.reserve(partition, sizeBytes);
      source.write(segment.bytes, segment.starts[segment.count]!);
      const due = stream.dropped ? 0 : stream.publish(partition, sizeBytes, now);
      if (this.#count[partition] === 0) {
        this.#lane[partition] = lane;
        this.#from[partition] = sequence;
      }
      this.#count[partition]! += 1;
      if (stream.scripted) this.#due[partition]!.push(due);
      this.inFlight += 1;
      took += 1;
    }
    if (stream.dropped) {
      this.#settleAll("failed", "STREAM_GONE");
      setImmediate(() => this.offerRoom());
    } else if (took > 0) stream.wake();
    return took;
  }

  /** Settles what is served by now; returns when the next one is, ns. */
  settle(nowNs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let p = 0; p < this.#count.length; p++) {
      const due = this.#due[p]!;
      let count = this.#count[p]!;
      if (this.#stream.scripted) {
        let served = 0;
        while (served < due.length && due[served]! <= nowNs) served += 1;
        due.splice(0, served);
        if (due.length > 0) next = Math.min(next, due[0]!);
        count = served;
      }
      if (count > 0) this.#settle(p, count, this.#outcome);
    }
    return next;
  }

  /** Says `ready()` where an offer was cut short and there is room now. */
  offerRoom(): void {
    if (!this.#starved || this.#closed || this.inFlight >= this.#maxInFlight) return;
    if (this.#stream.full()) {
      this.#stream.starving = true;
      return;
    }
    this.#starved = false;
    this.#on.ready();
  }

  flush(): Promise<void> {
    return this.inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.#flushes.push(resolve));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.producers.delete(this);
    this.#settleAll("unknown", "CLOSED");
    this.#stream.wake();
  }

  /** The stream is gone. */
  break(): void {
    this.#settleAll("unknown", "STREAM_GONE");
    this.#on.event("broken", `stream ${this.#stream.topology.name} was dropped`);
  }

  #settleAll(outcome: Outcome, code: string): void {
    for (let p = 0; p < this.#count.length; p++) {
      this.#due[p]!.length = 0;
      if (this.#count[p]! > 0) this.#settle(p, this.#count[p]!, outcome, code);
    }
  }

  #settle(partition: number, count: number, outcome: Outcome, code?: string): void {
    const from = this.#from[partition]!;
    this.#from[partition] = from + count;
    this.#count[partition]! -= count;
    this.inFlight -= count;
    this.#on.settled(this.#lane[partition]!, from, count, outcome, code);
    if (this.inFlight === 0) for (const resolve of this.#flushes.splice(0)) resolve();
  }
}

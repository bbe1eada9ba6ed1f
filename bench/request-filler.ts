import type { MessageSource, Producer } from "../src/drivers/driver.ts";

/** Fills requests one after another, and is full while all of them are out. */
export class RequestFiller implements Producer {
  readonly #requests = Array.from({ length: REQUESTS }, () => Buffer.alloc(REQUEST_BYTES));
  readonly #counts = new Array<number>(REQUESTS).fill(0);
  readonly #settled: (from: number, count: number) => void;
  #filling = 0;
  #at = 0;
  #out = 0;
  #acked = 0;

  constructor(settled: (from: number, count: number) => void) {
    this.#settled = settled;
  }

  offer(source: MessageSource, max: number): number {
    let took = 0;
    while (took < max) {
      const head = source.peek();
      if (head === undefined) break;
      if (this.#at + GAP_BYTES + head.sizeBytes > REQUEST_BYTES) {
        if (this.#out === REQUESTS - 1) break;
        this.#out++;
        this.#filling = (this.#filling + 1) % REQUESTS;
        this.#counts[this.#filling] = 0;
        this.#at = 0;
      }
      source.write(this.#requests[this.#filling]!, this.#at + GAP_BYTES);
      this.#at += GAP_BYTES + head.sizeBytes;
      this.#counts[this.#filling]!++;
      took++;
    }
    return took;
  }

  /** Nothing where none is out. */
  answerOldest(): void {
    if (this.#out === 0) return;
    const oldest = (this.#filling - this.#out + REQUESTS) % REQUESTS;
    const count = this.#counts[oldest]!;
    this.#out--;
    this.#settled(this.#acked, count);
    this.#acked += count;
  }

  async flush(): Promise<void> {}
  async close(): Promise<void> {}
}

export const REQUEST_BYTES = 1024 ** 2;
/** Bytes between two messages, as in a Kafka record with small deltas: messages lie at odd places. */
export const GAP_BYTES = 9;
const REQUESTS = 6;

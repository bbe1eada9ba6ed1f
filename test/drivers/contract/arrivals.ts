import type { Consumer, Deliveries, EventKind } from "../../../src/drivers/driver.ts";
import { until } from "../../support/until.ts";
import { readBody } from "./source.ts";

/** One delivery as the driver told it. */
export interface Arrival {
  /** `lane/sequence`, or `corrupt`. */
  readonly id: string;
  readonly lane: number;
  readonly sequence: number;
  readonly sizeBytes: number;
  readonly tag: number;
  readonly partition: number;
  readonly offset: number;
  readonly redelivered: number;
}

/** What one consumer got. */
export class Arrivals {
  readonly list: Arrival[] = [];
  readonly breaches: string[] = [];
  readonly events: { kind: EventKind; detail: string }[] = [];
  readonly deliveries: Deliveries;
  readonly #patienceMs: number;
  #consumer: Consumer | undefined;
  #unanswered: number[] = [];
  #inBatch = false;

  constructor(answering: boolean, patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.deliveries = {
      begin: () => {
        if (this.#inBatch) this.breaches.push("begin() inside a batch");
        this.#inBatch = true;
      },
      message: (bytes, start, end, tag, partition, offset, redelivered) => {
        if (!this.#inBatch) this.breaches.push("message() outside of begin() and end()");
        if (tag !== this.list.length) this.breaches.push(`tag ${tag} where ${this.list.length} was next`);
        const { lane, sequence } = readBody(bytes, start, end) ?? { lane: -1, sequence: -1 };
        const id = lane < 0 ? "corrupt" : `${lane}/${sequence}`;
        const sizeBytes = end - start;
        this.list.push({ id, lane, sequence, sizeBytes, tag, partition, offset, redelivered });
        if (answering && this.#consumer) this.#consumer.answer(tag, "ack", false);
        else if (answering) this.#unanswered.push(tag);
      },
      end: () => {
        if (!this.#inBatch) this.breaches.push("end() without begin()");
        this.#inBatch = false;
      },
      event: (kind, detail) => this.events.push({ kind, detail }),
    };
  }

  /** Messages may come before the consumer is known; they are answered now. */
  attach(consumer: Consumer): void {
    this.#consumer = consumer;
    for (const tag of this.#unanswered) consumer.answer(tag, "ack", false);
    this.#unanswered = [];
  }

  ids(): string[] {
    return this.list.map((a) => a.id);
  }

  /** Resolves once `count` deliveries arrived. */
  async reach(count: number): Promise<void> {
    await this.waitFor(`${count} deliveries`, () => this.list.length >= count, this.#patienceMs);
  }

  async waitFor(what: string, condition: () => boolean, patienceMs: number): Promise<void> {
    const seen = () => `${this.list.length} deliveries, ${JSON.stringify(this.events)}`;
    await until(what, condition, patienceMs, seen);
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer, Deliveries, EventKind } from "../drivers/driver.ts";
import type { Arrivals } from "./arrivals.ts";
import type { ConsumingContext } from "./consuming.ts";
import type { Effects } from "./effects.ts";
import { HeldBack } from "./held-back.ts";
import type { Journal } from "./journal.ts";
import type { ProcessedMessage } from "./journal-records.ts";
import { Processed } from "./processed.ts";
import type { ConsumerPlace, ConsumerSeat } from "./protocol.ts";

interface Batch {
  readonly receivedNs: number;
  readonly messages: ProcessedMessage[];
  lastTag: number;
}

/**
 * A consumer that may be killed, or that keeps its effects in a database. It takes one step after the other: what was delivered together is acknowledged
 * and processed as one batch, in the order that the plan says, and an acknowledgement is over when the broker has
 * it. To process is to append to the journal. So between two steps it is known what the broker knows.
 */
export class JournalledConsuming implements Deliveries {
  readonly name: string;
  /** Messages that it was given, whatever they were. */
  given = 0;
  readonly #seat: ConsumerSeat;
  readonly #context: ConsumingContext;
  readonly #journal: Journal;
  readonly #effects: Effects | undefined;
  readonly #processed: Processed;
  /** Per partition: highest offset that was given, to this consumer or to the one whose place it took. */
  readonly #offsets: Float64Array;
  readonly #waiting: Batch[] = [];
  readonly #unanswered = new HeldBack();
  #batch: Batch = { receivedNs: 0, messages: [], lastTag: -1 };
  #consumer: Consumer | undefined;
  #isRunning = false;
  #isStopped = false;

  constructor(
    name: string,
    seat: ConsumerSeat,
    arrivals: Arrivals,
    context: ConsumingContext,
    journal: Journal,
    before: ConsumerPlace | undefined,
    effects: Effects | undefined,
  ) {
    const { phases, producers, stream } = context.plan;
    this.name = name;
    this.#seat = seat;
    this.#context = context;
    this.#journal = journal;
    this.#effects = effects;
    this.#processed = new Processed(producers.count * stream.partitions, arrivals, phases, context.recorders);
    this.#offsets = Float64Array.from({ length: stream.partitions }, (_, p) => before?.offsets[p] ?? -1);
  }

  attach(consumer: Consumer): void {
    this.#consumer = consumer;
    this.answerHeldBack();
  }

  begin(): void {
    this.#batch = { receivedNs: this.#context.clock.now(), messages: [], lastTag: -1 };
  }

  message(
    bytes: Buffer,
    start: number,
    end: number,
    tag: number,
    partition: number,
    offset: number,
    redelivered: number,
  ): void {
    const { reader, offsets } = this.#context;
    const kind = reader.read(bytes, start, end);
    this.given++;
    let flagged = redelivered > 0;
    if (offsets) {
      if (offset <= this.#offsets[partition]!) flagged = true;
      else this.#offsets[partition] = offset;
    }
    const { lane, sequence, intendedNs, sentNs } = reader;
    this.#batch.messages.push({ kind, lane, sequence, intendedNs, sentNs, partition, offset, flagged });
    this.#batch.lastTag = tag;
    this.#unanswered.add(this.#batch.receivedNs);
  }

  end(): void {
    if (this.#batch.messages.length > 0) this.#waiting.push(this.#batch);
    this.answerHeldBack();
  }

  event(kind: EventKind, detail: string): void {
    this.#context.event(this.name, kind, detail);
  }

  /** Goes on with what was delivered, if it does not already. */
  answerHeldBack(): void {
    if (this.#isRunning || this.#consumer === undefined) return;
    this.#isRunning = true;
    void this.#run(this.#consumer).finally(() => {
      this.#isRunning = false;
    });
  }

  /** What was not processed goes back to the broker. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
  }

  async #run(consumer: Consumer): Promise<void> {
    const { acknowledge } = this.#context.plan.consumers;
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      const { length } = batch.messages;
      if (acknowledge === "before") await this.#acknowledge(consumer, batch);
      if (acknowledge !== "after") this.#journal.reach("after-acknowledge", length);
      this.#journal.reach("before-process", length);
      await this.#process(batch);
      this.#journal.reach("after-process", length);
      if (acknowledge !== "after" || this.#isStopped) continue;
      await this.#acknowledge(consumer, batch);
      this.#journal.reach("after-acknowledge", length);
    }
  }

  async #process({ receivedNs, messages }: Batch): Promise<void> {
    const { workNs } = this.#context.plan.consumers;
    if (workNs > 0) await sleep((workNs * messages.length) / 1e6);
    this.#effects?.apply(messages);
    const { subscription, index } = this.#seat;
    this.#journal.append({ type: "processed", receivedNs, subscription, consumer: index, messages });
    this.#processed.add(messages, receivedNs);
  }

  async #acknowledge(consumer: Consumer, { lastTag, messages }: Batch): Promise<void> {
    consumer.answer(lastTag, "ack", true);
    // One that fails is heard of as an event of the driver.
    await consumer.flush().catch(() => {});
    const { plan, recorders, clock } = this.#context;
    const { warmupNs, measureNs } = plan.phases;
    this.#unanswered.acknowledged(
      messages.length,
      clock.now(),
      warmupNs,
      warmupNs + measureNs,
      recorders.acknowledge,
    );
  }
}

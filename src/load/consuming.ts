import type { Consumer, Deliveries, EventKind } from "../drivers/driver.ts";
import type { Plan } from "../model/plan.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Clock } from "./clock.ts";
import type { Reader } from "./envelope.ts";
import type { Recorders } from "./metrics.ts";

/** What the consumers of an agent share. */
export interface ConsumingContext {
  readonly plan: Plan;
  readonly clock: Clock;
  readonly reader: Reader;
  readonly recorders: Recorders;
  /** The target's deliveries carry offsets, so a repeat at an old offset is a redelivery. */
  readonly offsets: boolean;
  event(source: string, kind: EventKind, detail: string): void;
}

/** One consumer's side of the harness: checks what arrives, "works", and acknowledges as the plan says. */
export class Consuming implements Deliveries {
  readonly name: string;
  readonly #context: ConsumingContext;
  readonly #arrivals: Arrivals;
  /** Per lane: highest sequence that this consumer was given. */
  readonly #highest: Float64Array;
  /** Per partition: highest offset that this consumer was given. */
  readonly #offset: Float64Array;
  readonly #measureStartNs: number;
  readonly #measureEndNs: number;
  /** Messages at work, oldest first. */
  readonly #work: { tag: number; receivedNs: number; doneNs: number; judge: () => void }[] = [];
  /** When each message since the last acknowledgement arrived. */
  readonly #unanswered: number[] = [];
  #consumer: Consumer | undefined;
  #lastTag = -1;
  #receivedNs = 0;
  #busyUntilNs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string, lanes: number, arrivals: Arrivals, context: ConsumingContext) {
    const { phases, stream } = context.plan;
    this.name = name;
    this.#context = context;
    this.#arrivals = arrivals;
    this.#highest = new Float64Array(lanes).fill(-1);
    this.#offset = new Float64Array(stream.partitions).fill(-1);
    this.#measureStartNs = phases.warmupNs;
    this.#measureEndNs = phases.warmupNs + phases.measureNs;
  }

  attach(consumer: Consumer): void {
    this.#consumer = consumer;
    this.answerHeldBack();
  }

  get working(): number {
    return this.#work.length;
  }

  begin(): void {
    this.#receivedNs = this.#context.clock.now();
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
    const { plan, reader } = this.#context;
    const kind = reader.read(bytes, start, end);
    let flagged = redelivered > 0;
    if (this.#context.offsets) {
      if (offset <= this.#offset[partition]!) flagged = true;
      else this.#offset[partition] = offset;
    }
    const { lane, sequence, intendedNs, sentNs } = reader;
    const receivedNs = this.#receivedNs;
    const { workNs, acknowledge } = plan.consumers;
    if (workNs === 0) {
      this.#judge(kind, lane, sequence, flagged, intendedNs, sentNs, receivedNs);
      this.#answered(tag, receivedNs);
      return;
    }
    // The slice and the reader's fields are gone after this call: what judging needs is kept.
    const judge = (): void => this.#judge(kind, lane, sequence, flagged, intendedNs, sentNs, receivedNs);
    if (acknowledge === "before") this.#answered(tag, receivedNs);
    this.#busyUntilNs = Math.max(this.#busyUntilNs, receivedNs) + workNs;
    this.#work.push({ tag, receivedNs, doneNs: this.#busyUntilNs, judge });
    this.#armTimer();
  }

  end(): void {}

  event(kind: EventKind, detail: string): void {
    this.#context.event(this.name, kind, detail);
  }

  /** Acknowledges what waits for its batch to fill: called now and then, and before leaving. */
  answerHeldBack(): void {
    if (this.#unanswered.length === 0 || this.#consumer === undefined) return;
    this.#consumer.answer(this.#lastTag, "ack", true);
    const { acknowledge } = this.#context.recorders;
    const now = this.#context.clock.now();
    for (const receivedNs of this.#unanswered)
      if (receivedNs >= this.#measureStartNs && receivedNs < this.#measureEndNs)
        acknowledge.record(now - receivedNs);
    this.#unanswered.length = 0;
  }

  /** Ends the simulated work; what was not finished goes back to the broker unanswered. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#work.length = 0;
  }

  #judge(
    kind: "ok" | "foreign" | "corrupt",
    lane: number,
    sequence: number,
    flagged: boolean,
    intendedNs: number,
    sentNs: number,
    receivedNs: number,
  ): void {
    const { recorders } = this.#context;
    const { counters } = this.#arrivals;
    counters.delivered++;
    if (kind !== "ok") {
      counters[kind]++;
      return;
    }
    if (!this.#arrivals.mark(lane, sequence, flagged, this.#highest)) return;
    if (receivedNs >= this.#measureStartNs && receivedNs < this.#measureEndNs) counters.consumedInWindow++;
    // Only a first sight has a latency: a repeat says how long a redelivery took, which is something else.
    if (intendedNs >= this.#measureStartNs && intendedNs < this.#measureEndNs) {
      recorders.e2e_service.record(receivedNs - sentNs);
      recorders.e2e_response.record(receivedNs - intendedNs);
    }
  }

  #answered(tag: number, receivedNs: number): void {
    if (this.#context.plan.consumers.acknowledge === "auto") return;
    this.#lastTag = tag;
    this.#unanswered.push(receivedNs);
    if (this.#unanswered.length >= this.#context.plan.consumers.acknowledgeEvery) this.answerHeldBack();
  }

  #armTimer(): void {
    const next = this.#work[0];
    if (next === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => this.#finishWork(),
      Math.max(0, (next.doneNs - this.#context.clock.now()) / 1e6),
    );
  }

  #finishWork(): void {
    this.#timer = undefined;
    const now = this.#context.clock.now();
    while (this.#work[0] !== undefined && this.#work[0].doneNs <= now) {
      const { tag, receivedNs, judge } = this.#work.shift()!;
      judge();
      if (this.#context.plan.consumers.acknowledge === "after") this.#answered(tag, receivedNs);
    }
    this.#armTimer();
  }
}

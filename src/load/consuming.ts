import type { Consumer, Deliveries, EventKind } from "../drivers/driver.ts";
import { type Plan, partitionsAtMost } from "../model/plan.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Clock } from "./clock.ts";
import type { Reader } from "./envelope.ts";
import { FirstSights } from "./first-sights.ts";
import { GivingBack } from "./giving-back.ts";
import { HeldBack } from "./held-back.ts";
import type { Recorders } from "./metrics.ts";
import type { OrderWatch } from "./sight-log.ts";

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
  /** Messages that it was given, whatever they were. */
  given = 0;
  readonly #context: ConsumingContext;
  readonly #reader: Reader;
  readonly #offsets: boolean;
  readonly #acknowledge: "after" | "before" | "auto";
  readonly #acknowledgeEvery: number;
  /** How long each of its handlers works on a message; one, unless the plan has them side by side. */
  readonly #handlersNs: readonly number[];
  /** When each of them is through with what it was given. */
  readonly #busyUntilNs: number[];
  readonly #arrivals: Arrivals;
  readonly #watch: OrderWatch | undefined;
  /** Per lane: highest sequence that this consumer was given. */
  readonly #highest: Float64Array;
  /** Per lane: highest sequence that was given to handlers side by side, who are not through in that order. */
  readonly #given: Float64Array;
  /** Per partition: highest offset that this consumer was given, or another one of its subscription. */
  readonly #offset: Float64Array;
  readonly #firstSights: FirstSights;
  readonly #measureStartNs: number;
  readonly #measureEndNs: number;
  /** Messages at work, in the order in which they will be done. */
  readonly #work: { tag: number; receivedNs: number; doneNs: number; judge: (doneNs: number) => void }[] = [];
  /** Done side by side before there was anybody to tell. */
  readonly #doneEarly: number[] = [];
  readonly #unanswered = new HeldBack();
  readonly #givingBack: GivingBack | undefined;
  #consumer: Consumer | undefined;
  #lastTag = -1;
  /** Of the groups of `acknowledgeEvery` that are complete: their newest tag, and how many messages they are. */
  #dueTag = -1;
  #due = 0;
  #delivering = false;
  #receivedNs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param offsets shared by the consumers of a subscription: what one of them was given is not new to another */
  constructor(
    name: string,
    lanes: number,
    arrivals: Arrivals,
    context: ConsumingContext,
    offsets: Float64Array = new Float64Array(partitionsAtMost(context.plan.stream)).fill(-1),
  ) {
    const { phases, consumers } = context.plan;
    this.name = name;
    this.#context = context;
    this.#reader = context.reader;
    this.#offsets = context.offsets;
    this.#acknowledge = consumers.acknowledge;
    this.#acknowledgeEvery = consumers.acknowledgeEvery;
    this.#handlersNs = handlersOf(consumers);
    this.#busyUntilNs = this.#handlersNs.map(() => 0);
    this.#givingBack = consumers.requeue && new GivingBack(consumers.requeue);
    this.#arrivals = arrivals;
    this.#watch = arrivals.processing ?? arrivals.sights;
    this.#highest = new Float64Array(lanes).fill(-1);
    this.#given = new Float64Array(lanes).fill(-1);
    this.#offset = offsets;
    this.#measureStartNs = phases.warmupNs;
    this.#measureEndNs = phases.warmupNs + phases.measureNs;
    this.#firstSights = new FirstSights(phases, arrivals.counters, context.recorders);
  }

  attach(consumer: Consumer): void {
    this.#consumer = consumer;
    // Before any answer that means "this one and all before it".
    this.#givingBack?.attach(consumer);
    this.answerHeldBack();
    for (const tag of this.#doneEarly.splice(0)) consumer.answer(tag, "ack", false);
  }

  get working(): number {
    return this.#work.length;
  }

  begin(): void {
    this.#receivedNs = this.#context.clock.now();
    this.#delivering = true;
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
    const reader = this.#reader;
    const kind = reader.read(bytes, start, end);
    this.given++;
    let flagged = redelivered > 0;
    if (this.#offsets) {
      if (offset <= this.#offset[partition]!) flagged = true;
      else this.#offset[partition] = offset;
    }
    if (kind === "ok" && this.#givingBack?.takes(reader.lane, reader.sequence, tag)) return;
    if (this.#handlersNs[0]! > 0) {
      this.#begunWork(kind, flagged, tag);
      return;
    }
    this.#judge(kind, flagged, reader, this.#receivedNs, this.#receivedNs);
    this.#answered(tag, this.#receivedNs);
  }

  end(): void {
    this.#delivering = false;
    this.#firstSights.record();
    if (this.#due > 0) this.#answer(this.#dueTag, this.#due);
  }

  event(kind: EventKind, detail: string): void {
    this.#context.event(this.name, kind, detail);
  }

  /** Acknowledges what waits for its batch to fill: called now and then, and before leaving. */
  answerHeldBack(): void {
    if (this.#unanswered.count > 0) this.#answer(this.#lastTag, this.#unanswered.count);
  }

  /** Ends the simulated work; what was not finished goes back to the broker unanswered. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#work.length = 0;
  }

  #judge(kind: Kind, flagged: boolean, sight: Sight, receivedNs: number, doneNs: number): void {
    const arrivals = this.#arrivals;
    arrivals.counters.delivered++;
    if (kind !== "ok") arrivals.counters[kind]++;
    else if (arrivals.mark(sight.lane, sight.sequence, flagged, this.#highest)) {
      this.#firstSights.add(sight.intendedNs, sight.sentNs, receivedNs);
      if (flagged) this.#firstSights.marked(receivedNs);
      this.#watch?.add(sight.lane, sight.sequence, sight.key, sight.intendedNs, doneNs);
    } else this.#firstSights.again(receivedNs);
  }

  #answered(tag: number, receivedNs: number): void {
    if (this.#acknowledge === "auto") return;
    this.#lastTag = tag;
    this.#unanswered.add(receivedNs);
    const open = this.#unanswered.count;
    if (open - this.#due < this.#acknowledgeEvery) return;
    this.#dueTag = tag;
    this.#due = open;
    // An offset is a place that the client brings to the broker when it likes: while it hands messages over,
    // only the last one counts. Where messages are acknowledged themselves, each group has its own answer.
    if (!(this.#offsets && this.#delivering)) this.#answer(tag, open);
  }

  #answer(tag: number, count: number): void {
    if (this.#consumer === undefined) return;
    this.#consumer.answer(tag, "ack", true);
    const now = this.#context.clock.now();
    const { acknowledge } = this.#context.recorders;
    this.#unanswered.acknowledged(count, now, this.#measureStartNs, this.#measureEndNs, acknowledge);
    this.#due = 0;
  }

  /** The slice and the reader's fields are gone after the call: what judging needs is kept. */
  #begunWork(kind: Kind, flagged: boolean, tag: number): void {
    const { lane, sequence, key, intendedNs, sentNs } = this.#reader;
    const receivedNs = this.#receivedNs;
    const sight = { lane, sequence, key, intendedNs, sentNs };
    const isAlone = this.#handlersNs.length === 1;
    const top = this.#given[lane] ?? -1;
    if (kind === "ok" && !isAlone) this.#given[lane] = Math.max(top, sequence);
    const judgeAsGiven = (doneNs: number): void => {
      // They are delivered in the order in which handlers were given them, whenever these are through.
      if (kind === "ok") this.#highest[lane] = top;
      this.#judge(kind, flagged, sight, receivedNs, doneNs);
    };
    const judge = isAlone
      ? (doneNs: number) => this.#judge(kind, flagged, sight, receivedNs, doneNs)
      : judgeAsGiven;
    if (this.#acknowledge === "before") this.#answered(tag, receivedNs);
    const doneNs = this.#handle(receivedNs);
    const at = this.#work.findLastIndex((w) => w.doneNs <= doneNs) + 1;
    this.#work.splice(at, 0, { tag, receivedNs, doneNs, judge });
    if (at === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#armTimer();
  }

  /** The handler that is free first takes it. @returns when it will be through, ns */
  #handle(receivedNs: number): number {
    const busy = this.#busyUntilNs;
    const first = busy.indexOf(Math.min(...busy));
    busy[first] = Math.max(busy[first]!, receivedNs) + this.#handlersNs[first]!;
    return busy[first]!;
  }

  /** Handlers side by side acknowledge each message by itself: those before it may still be at work. */
  #answeredAlone(tag: number, receivedNs: number, nowNs: number): void {
    if (this.#consumer === undefined) this.#doneEarly.push(tag);
    else this.#consumer.answer(tag, "ack", false);
    if (receivedNs >= this.#measureStartNs && receivedNs < this.#measureEndNs)
      this.#context.recorders.acknowledge.record(nowNs - receivedNs);
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
      judge(now);
      if (this.#handlersNs.length > 1) this.#answeredAlone(tag, receivedNs, now);
      else if (this.#acknowledge === "after") this.#answered(tag, receivedNs);
    }
    this.#firstSights.record();
    this.#armTimer();
  }
}

/** The last one takes `slowest` times as long as the first. */
function handlersOf({ workNs, parallel = 1, slowest = 1 }: Plan["consumers"]): readonly number[] {
  if (parallel === 1) return [workNs];
  return Array.from({ length: parallel }, (_, i) => workNs * (1 + ((slowest - 1) * i) / (parallel - 1)));
}

type Kind = "ok" | "foreign" | "corrupt";

interface Sight {
  readonly lane: number;
  readonly sequence: number;
  readonly key: number;
  readonly intendedNs: number;
  readonly sentNs: number;
}

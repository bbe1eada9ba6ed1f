import type { Deliveries } from "../../driver.ts";
import type { Unanswered } from "../unanswered.ts";
import type { Arrival, Fetcher, ReadPartition } from "./fetch.ts";
import { RecordReader } from "./record-reader.ts";

/** Hands over what arrived, in the order in which it arrived and as far as the prefetch allows. */
export interface ConsumerDelivery {
  /** Nothing waits, and there is room. */
  readonly isIdle: boolean;
  /** Delivers it now, straight from `bytes`, and keeps a copy of what has to wait. */
  take(bytes: Buffer, arrivals: readonly Arrival[], from: Fetcher): void;
  /** There is room again: goes on soon, not within this call. */
  resume(): void;
  stop(): void;
}

export interface DeliveryOptions {
  readonly prefetch: number;
  readonly ledger: Unanswered;
  /** Delivering is acknowledging. */
  readonly auto: boolean;
  /** Something was acknowledged by being delivered, or the position went on without a message. */
  moved(): void;
  /** What arrived of a partition cannot be read from its position on. */
  damaged(partition: ReadPartition, error: unknown): void;
}

/** What waits. */
interface Parcel {
  bytes: Buffer;
  readonly arrivals: readonly Arrival[];
  /** The arrival that is next or under way, and where `bytes` begin within what arrived. */
  index: number;
  shift: number;
  readonly from: Fetcher;
}

export function createConsumerDelivery(on: Deliveries, options: DeliveryOptions): ConsumerDelivery {
  return new Delivery(on, options);
}

/** A class, since V8 keeps a closure's variables in a context, which costs more for each message. */
class Delivery implements ConsumerDelivery {
  readonly #on: Deliveries;
  readonly #options: DeliveryOptions;
  readonly #ledger: Unanswered;
  readonly #most: number;
  readonly #reader = new RecordReader();
  readonly #waiting: Parcel[] = [];
  /** The reader is within the first parcel's arrival. */
  #isReading = false;
  /** Between `begin` and `end`. */
  #isDelivering = false;
  #isStopped = false;
  #soon: NodeJS.Immediate | undefined;
  #failure: unknown;
  #lastTag = -1;

  constructor(on: Deliveries, options: DeliveryOptions) {
    this.#on = on;
    this.#options = options;
    this.#ledger = options.ledger;
    this.#most = options.auto ? Number.POSITIVE_INFINITY : options.prefetch;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#ledger.count < this.#most;
  }

  take(bytes: Buffer, arrivals: readonly Arrival[], from: Fetcher): void {
    if (this.#isStopped) return;
    const parcel: Parcel = { bytes, arrivals, index: 0, shift: 0, from };
    if (this.#waiting.length > 0 || !this.#run(parcel)) this.#keep(parcel);
  }

  resume(): void {
    if (
      this.#waiting.length > 0 &&
      this.#ledger.count < this.#most &&
      !this.#isDelivering &&
      !this.#isStopped
    )
      this.#soon ??= setImmediate(() => this.#goOn());
  }

  stop(): void {
    this.#isStopped = true;
    clearImmediate(this.#soon);
    this.#waiting.length = 0;
  }

  /** @returns whether all of the parcel was delivered */
  #run(parcel: Parcel): boolean {
    const isEmpty = this.#empty(parcel);
    if (this.#isDelivering) {
      this.#isDelivering = false;
      this.#on.end();
      if (this.#options.auto) this.#ledger.answer(this.#lastTag, true);
    }
    this.#options.moved();
    return isEmpty;
  }

  #empty(parcel: Parcel): boolean {
    for (; parcel.index < parcel.arrivals.length; parcel.index++) {
      const arrival = parcel.arrivals[parcel.index]!;
      if (arrival.generation !== arrival.of.generation) this.#isReading = false;
      else {
        if (!this.#isReading) {
          const { start, end, from, aborted } = arrival;
          this.#reader.open(parcel.bytes, start - parcel.shift, end - parcel.shift, from, aborted);
          this.#isReading = true;
        }
        if (!this.#deliver(arrival.of.partition)) return false;
        this.#isReading = false;
        this.#passed(arrival.of);
      }
    }
    return true;
  }

  /** @returns whether all of the arrival was delivered, or cannot be read on */
  #deliver(partition: number): boolean {
    const on = this.#on;
    const reader = this.#reader;
    const ledger = this.#ledger;
    const most = this.#most;
    while (ledger.count < most && !this.#isStopped) {
      if (!this.#next()) return true;
      if (!this.#isDelivering) {
        this.#isDelivering = true;
        on.begin();
      }
      const { offset } = reader;
      const tag = ledger.deliver(partition, offset);
      this.#lastTag = tag;
      on.message(reader.bytes, reader.valueStart, reader.valueEnd, tag, partition, offset, 0);
    }
    return false;
  }

  /** The next record's, or false also when it cannot be read. */
  #next(): boolean {
    try {
      return this.#reader.next();
    } catch (error) {
      this.#failure = error;
      return false;
    }
  }

  /** Nothing of what arrived is left, or none that could be read. */
  #passed(of: ReadPartition): void {
    // Also after a failure: it is behind the last one that could be read.
    of.position = this.#reader.nextOffset;
    of.isUnderWay = true;
    const failure = this.#failure;
    if (failure === undefined) {
      of.damages = 0;
      this.#ledger.passed(of.partition, of.position);
    } else {
      this.#failure = undefined;
      this.#options.damaged(of, failure);
    }
  }

  /** Of what arrived only the part that is still needed. */
  #keep(parcel: Parcel): void {
    const { bytes, arrivals } = parcel;
    const isUnderWay = this.#isReading && this.#waiting.length === 0;
    const start = isUnderWay ? this.#reader.neededFrom : arrivals[parcel.index]!.start;
    const copy = Buffer.from(bytes.subarray(start, arrivals.at(-1)!.end));
    if (isUnderWay) this.#reader.moveTo(copy);
    parcel.bytes = copy;
    parcel.shift = start;
    parcel.from.held++;
    this.#waiting.push(parcel);
    // Answered already, while the last of it was told.
    this.resume();
  }

  #goOn(): void {
    this.#soon = undefined;
    for (let parcel = this.#waiting[0]; parcel && !this.#isStopped; parcel = this.#waiting[0]) {
      if (!this.#run(parcel)) {
        this.resume();
        return;
      }
      this.#waiting.shift();
      parcel.from.held--;
      parcel.from.ask();
    }
  }
}

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
  const { prefetch, ledger, auto } = options;
  const reader = new RecordReader();
  const waiting: Parcel[] = [];
  /** The reader is within the first parcel's arrival. */
  let isReading = false;
  /** Between `begin` and `end`. */
  let isDelivering = false;
  let isStopped = false;
  let soon: NodeJS.Immediate | undefined;
  let failure: unknown;
  let lastTag = -1;
  const most = auto ? Number.POSITIVE_INFINITY : prefetch;

  /** The next record's, or false also when it cannot be read. */
  const next = (): boolean => {
    try {
      return reader.next();
    } catch (error) {
      failure = error;
      return false;
    }
  };

  /** @returns whether all of the arrival was delivered */
  const deliver = ({ of }: Arrival): boolean => {
    const { partition } = of;
    while (ledger.count < most && !isStopped) {
      if (!next()) return true;
      if (!isDelivering) {
        isDelivering = true;
        on.begin();
      }
      const { offset } = reader;
      lastTag = ledger.deliver(partition, offset);
      on.message(reader.bytes, reader.valueStart, reader.valueEnd, lastTag, partition, offset, 0);
    }
    return false;
  };

  /** @returns whether all of the parcel was delivered */
  const empty = (parcel: Parcel): boolean => {
    for (; parcel.index < parcel.arrivals.length; parcel.index++) {
      const arrival = parcel.arrivals[parcel.index]!;
      const { of } = arrival;
      if (arrival.generation !== of.generation) isReading = false;
      else {
        if (!isReading) {
          const { start, end, from, aborted } = arrival;
          reader.open(parcel.bytes, start - parcel.shift, end - parcel.shift, from, aborted);
          isReading = true;
        }
        if (!deliver(arrival)) return false;
        isReading = false;
        // Also after a failure: it is behind the last one that could be read.
        of.position = reader.nextOffset;
        of.isUnderWay = true;
        if (failure !== undefined) {
          const error = failure;
          failure = undefined;
          options.damaged(of, error);
        } else {
          of.damages = 0;
          ledger.passed(of.partition, of.position);
        }
      }
    }
    return true;
  };

  const run = (parcel: Parcel): boolean => {
    const isEmpty = empty(parcel);
    if (isDelivering) {
      isDelivering = false;
      on.end();
      if (auto) ledger.answer(lastTag, true);
    }
    options.moved();
    return isEmpty;
  };

  /** Of what arrived only the part that is still needed. */
  const keep = (parcel: Parcel): void => {
    const { bytes, arrivals } = parcel;
    const isUnderWay = isReading && waiting.length === 0;
    const start = isUnderWay ? reader.neededFrom : arrivals[parcel.index]!.start;
    const copy = Buffer.from(bytes.subarray(start, arrivals.at(-1)!.end));
    if (isUnderWay) reader.moveTo(copy);
    parcel.bytes = copy;
    parcel.shift = start;
    parcel.from.held++;
    waiting.push(parcel);
    // Answered already, while the last of it was told.
    resume();
  };

  const resume = (): void => {
    if (waiting.length > 0 && ledger.count < most && !isDelivering && !isStopped) soon ??= setImmediate(goOn);
  };

  const goOn = (): void => {
    soon = undefined;
    for (let parcel = waiting[0]; parcel && !isStopped; parcel = waiting[0]) {
      if (!run(parcel)) {
        resume();
        return;
      }
      waiting.shift();
      parcel.from.held--;
      parcel.from.ask();
    }
  };

  return {
    get isIdle() {
      return waiting.length === 0 && ledger.count < most;
    },
    take(bytes, arrivals, from) {
      if (isStopped) return;
      const parcel: Parcel = { bytes, arrivals, index: 0, shift: 0, from };
      if (waiting.length > 0 || !run(parcel)) keep(parcel);
    },
    resume,
    stop() {
      isStopped = true;
      clearImmediate(soon);
      waiting.length = 0;
    },
  };
}

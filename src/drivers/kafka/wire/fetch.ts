import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Answer, Connection } from "./connection.ts";
import { readFetchAnswer } from "./fetch-answer.ts";
import { createFetchRequest, type FetchLimits, type FetchPosition } from "./fetch-request.ts";
import { type Aborted, offsetBehind } from "./record-reader.ts";

/** A partition that is read, wherever its leader is. */
export interface ReadPartition extends FetchPosition {
  /** Next one to ask for: behind everything that arrived. */
  fetchOffset: number;
  maxBytes: number;
  /** Next one to deliver, when none of what arrived is being delivered. */
  position: number;
  /** Grows when everything that was asked for is to be forgotten. */
  generation: number;
  /** Something of it was delivered. */
  isUnderWay: boolean;
  /** How often in a row what arrived could not be read. */
  damages: number;
}

/** What arrived of one partition: a record set in `[start, end)`. */
export interface Arrival {
  readonly of: ReadPartition;
  readonly generation: number;
  /** The offset that was asked for. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
  readonly aborted: readonly Aborted[];
}

export interface FetcherEvents {
  /** Whether more may be asked for before what arrives now has been delivered. */
  mayAskAhead(): boolean;
  /** `bytes` are dead when this returns. */
  arrived(bytes: Buffer, arrivals: readonly Arrival[], from: Fetcher): void;
  /** The broker refuses to serve a partition, which is no longer this fetcher's. */
  refused(partition: ReadPartition, code: number): void;
  throttled(ms: number): void;
  /** The answer cannot be read: the connection is of no use any more. */
  damaged(error: Error, from: Fetcher): void;
}

/** Asks one broker for its partitions, again and again: one request at a time, sent before the last answer is read. */
export interface Fetcher {
  readonly partitions: readonly ReadPartition[];
  /** Answers of it that wait to be delivered: while there are any, nothing more is asked for. */
  held: number;
  add(partition: ReadPartition): void;
  remove(partition: ReadPartition): void;
  /** Asks, unless it has asked already, or must not just now. */
  ask(): void;
  close(): void;
}

/** Largest piece of one partition that is ever asked for, when a batch is larger than the limit. */
const MOST_BYTES = 2 ** 30;

export function createFetcher(
  connection: Connection,
  topic: string,
  limits: FetchLimits,
  on: FetcherEvents,
): Fetcher {
  const request = createFetchRequest(topic);
  const partitions: ReadPartition[] = [];
  /** As they were asked for, by partition. */
  let asked = new Map<number, { of: ReadPartition; generation: number; from: number }>();
  let isAsking = false;
  let first = 0;
  let pause: NodeJS.Timeout | undefined;

  const remove = (partition: ReadPartition): void => {
    const at = partitions.indexOf(partition);
    if (at >= 0) partitions.splice(at, 1);
  };

  const arrivalsOf = (bytes: Buffer, start: number, end: number): Arrival[] => {
    const answer = readFetchAnswer(bytes, start, end);
    if (answer.errorCode !== 0)
      throw new BrokerError(`Fetch ends with error ${answer.errorCode}`, { code: "FETCH_FAILED" });
    if (answer.throttleMs > 0) wait(answer.throttleMs);
    const arrivals: Arrival[] = [];
    for (const { partition, errorCode, aborted, start: from, end: to } of answer.partitions) {
      const known = asked.get(partition);
      // Asked for anew meanwhile, or given to another broker.
      if (!known || known.of.generation !== known.generation || !partitions.includes(known.of)) continue;
      if (errorCode !== 0) {
        remove(known.of);
        on.refused(known.of, errorCode);
        continue;
      }
      if (from === to) continue;
      arrivals.push({ ...known, start: from, end: to, aborted });
      const behind = offsetBehind(bytes, from, to);
      if (behind > known.from) known.of.fetchOffset = behind;
      // Not even one batch: a broker older than 0.10.1 would be stuck here.
      else known.of.maxBytes = Math.min(MOST_BYTES, known.of.maxBytes * 2);
    }
    return arrivals;
  };

  const wait = (ms: number): void => {
    on.throttled(ms);
    clearTimeout(pause);
    pause = setTimeout(() => {
      pause = undefined;
      fetcher.ask();
    }, ms);
  };

  const answer: Answer = {
    answered(bytes, start, end) {
      isAsking = false;
      let arrivals: Arrival[];
      try {
        arrivals = arrivalsOf(bytes, start, end);
      } catch (error) {
        on.damaged(error instanceof Error ? error : new Error(messageOf(error)), fetcher);
        return;
      }
      if (on.mayAskAhead()) fetcher.ask();
      if (arrivals.length > 0) on.arrived(bytes, arrivals, fetcher);
      fetcher.ask();
    },
    // The connection's owner hears of it, too.
    failed() {
      isAsking = false;
    },
  };

  const fetcher: Fetcher = {
    partitions,
    held: 0,
    add(partition) {
      partitions.push(partition);
      this.ask();
    },
    remove,
    ask() {
      if (isAsking || this.held > 0 || pause || partitions.length === 0) return;
      first = (first + 1) % partitions.length;
      request.write(partitions, first, limits);
      asked = new Map(
        partitions.map((of) => [of.partition, { of, generation: of.generation, from: of.fetchOffset }]),
      );
      isAsking = connection.send(request.frame, 0, request.end, answer);
    },
    close() {
      clearTimeout(pause);
      partitions.length = 0;
      connection.close();
    },
  };
  return fetcher;
}

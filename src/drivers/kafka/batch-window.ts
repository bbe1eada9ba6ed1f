import type { MessageSource, Outcome, Outcomes, ProducerOptions } from "../driver.ts";
import type { Batch } from "./batch.ts";
import type { BatchQueue } from "./queue.ts";

/** What a producer has taken and not settled: the same whatever client carries its batches. */
export interface BatchWindow {
  /** Somebody waits until everything is settled: nothing should linger. */
  readonly isFlushing: boolean;
  /** Some batch was handed to the client and is not settled. */
  readonly isSending: boolean;
  offer(source: MessageSource, max: number): number;
  flush(): Promise<void>;
  /** The batch is the client's now. */
  sent(batch: Batch): void;
  /** Once for each batch that was sent; what comes later changes nothing. */
  settle(batch: Batch, outcome: Outcome, code?: string): void;
  /** After any answer: room may be free, and a flush done. */
  proceed(): void;
  /** Everything is unknown from now on, and nobody need wait. */
  abandon(): void;
}

export interface BatchWindowOptions extends Pick<ProducerOptions, "maxInFlight"> {
  readonly queue: BatchQueue;
  readonly lingerMs: number;
  isClosed(): boolean;
  /** Sends whatever may be sent now. */
  pump(): void;
}

export function createBatchWindow(
  { queue, lingerMs, maxInFlight, isClosed, pump }: BatchWindowOptions,
  on: Pick<Outcomes, "settled" | "ready">,
): BatchWindow {
  let unsettled = 0;
  let starved = false;
  const flushes: (() => void)[] = [];
  const sending = new Set<Batch>();

  const settle = (batch: Batch, outcome: Outcome, code?: string): void => {
    if (!sending.delete(batch)) return;
    unsettled -= batch.count;
    on.settled(batch.lane, batch.from, batch.count, outcome, code);
  };

  const endFlushes = (): void => {
    for (const done of flushes.splice(0)) done();
  };

  return {
    get isFlushing() {
      return flushes.length > 0;
    },
    get isSending() {
      return sending.size > 0;
    },
    offer(source, max) {
      if (isClosed()) return 0;
      const nowMs = lingerMs > 0 ? performance.now() : 0;
      let taken = 0;
      while (taken < max) {
        if (unsettled >= maxInFlight) {
          starved = true;
          break;
        }
        const head = source.peek();
        if (!head) break;
        queue.take(head, source, nowMs);
        unsettled++;
        taken++;
      }
      if (taken > 0) pump();
      return taken;
    },
    flush() {
      if (unsettled === 0 || isClosed()) return Promise.resolve();
      return new Promise((resolve) => {
        flushes.push(resolve);
        pump();
      });
    },
    sent: (batch) => void sending.add(batch),
    settle,
    proceed() {
      if (starved && !isClosed() && unsettled < maxInFlight) {
        starved = false;
        on.ready();
      }
      pump();
      if (unsettled === 0) endFlushes();
    },
    abandon() {
      for (const batch of [...sending]) settle(batch, "unknown", "CLOSED");
      for (let batch = queue.next(0, true); batch; batch = queue.next(0, true)) {
        sending.add(batch);
        settle(batch, "unknown", "CLOSED");
      }
      endFlushes();
    },
  };
}

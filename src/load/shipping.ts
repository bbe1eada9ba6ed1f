import type { Writable } from "node:stream";
import type { Clock } from "./clock.ts";
import type { ConsumerSide } from "./consumer-side.ts";
import { FRAME, writeControl, writeFrame } from "./frames.ts";
import { encodeRecorder } from "./histogram-frame.ts";
import type { Journal } from "./journal.ts";
import { RECORDED, type Recorders } from "./metrics.ts";
import type { OutcomeLog } from "./outcome-log.ts";
import { encodePage } from "./page-frame.ts";
import type { ProducerSide } from "./producer-side.ts";
import type { Tick } from "./protocol.ts";
import type { TransactionLog } from "./transaction-log.ts";
import { createVitals } from "./vitals.ts";

/** Ships what an agent saw since the last time: histograms, outcomes, pages, and a tick that completes them. */
export interface Shipping {
  /** Its threads run: until then they would take the first messages' time. */
  readonly ready: Promise<void>;
  /** Ships at every whole second of the run, from now on. */
  start(): void;
  /** Ships now, and from now on this often. */
  every(ms: number): void;
  now(): void;
  end(): void;
}

export interface Shipped {
  readonly clock: Clock;
  readonly recorders: Recorders;
  readonly outcomes: OutcomeLog;
  readonly transactions: TransactionLog;
  readonly producers: ProducerSide;
  readonly consumers: ConsumerSide;
  readonly journal: Journal | undefined;
}

export function createShipping(pipe: Writable, from: Shipped): Shipping {
  const { clock, recorders, outcomes, transactions, producers, consumers, journal } = from;
  const vitals = createVitals(recorders.hiccup);
  let everyNs = 1e9;
  let timer: NodeJS.Timeout | undefined;

  const ship = (atNs: number): void => {
    RECORDED.forEach((name, i) => {
      const recorder = recorders[name];
      if (recorder.count === 0 && recorder.anomalies === 0) return;
      writeFrame(pipe, FRAME.histogram, Buffer.concat([Buffer.from([i]), encodeRecorder(recorder)]));
      recorder.clear();
    });
    const settled = outcomes.take();
    if (settled) writeFrame(pipe, FRAME.outcomes, settled);
    const begun = transactions.take();
    if (begun) writeFrame(pipe, FRAME.transactions, begun);
    for (const [subscription, { sights }] of consumers.arrivals) {
      const done = sights?.take(subscription);
      if (done) writeFrame(pipe, FRAME.sights, done);
    }
    for (const [subscription, arrivals] of consumers.arrivals)
      arrivals.take((lane, page) => writeFrame(pipe, FRAME.page, encodePage(subscription, lane, page)));
    // Behind the pages: what they repeat is known when these come.
    const moments = recorders.moments?.take();
    if (moments) writeFrame(pipe, FRAME.moments, moments);
    const tick: Tick = {
      type: "tick",
      atNs,
      ...vitals.read(),
      backlogNs: producers.backlogNs(),
      ...(journal === undefined ? {} : { journalBytes: journal.bytes }),
      producers: producers.producing.map((p) => ({
        index: p.index,
        offered: p.offered,
        ...p.counters,
        codes: Object.fromEntries(p.codes),
      })),
      subscriptions: [...consumers.arrivals].map(([subscription, a]) => ({
        subscription,
        ...a.counters,
        reorderedExamples: a.reorderedExamples,
      })),
    };
    writeControl(pipe, tick);
  };

  const arm = (): void => {
    const now = clock.now();
    const next = (Math.floor(now / everyNs) + 1) * everyNs;
    timer = setTimeout(
      () => {
        // A timer may fire a little early.
        ship(next);
        arm();
      },
      Math.ceil((next - now) / 1e6),
    );
  };

  return {
    ready: vitals.ready,
    start() {
      // What was before the run's time 0 is nobody's.
      vitals.read();
      recorders.hiccup.clear();
      arm();
    },
    every(ms) {
      clearTimeout(timer);
      everyNs = ms * 1e6;
      ship(clock.now());
      arm();
    },
    now: () => ship(clock.now()),
    end() {
      clearTimeout(timer);
      vitals.stop();
    },
  };
}

import { Arrivals } from "../load/arrivals.ts";
import { FRAME } from "../load/frames.ts";
import { encodeRecorder } from "../load/histogram-frame.ts";
import { type CrashRecord, type JournalRecord, readJournal } from "../load/journal-records.ts";
import { createRecorders, RECORDED } from "../load/metrics.ts";
import { Moments } from "../load/moments.ts";
import { OutcomeLog } from "../load/outcome-log.ts";
import { encodePage } from "../load/page-frame.ts";
import { Processed } from "../load/processed.ts";
import type { AgentInit, Incarnation, Tick } from "../load/protocol.ts";
import { TransactionLog } from "../load/transaction-log.ts";
import { flowBucketNs } from "../model/flow.ts";
import { ReplayedProducer } from "./replayed-producer.ts";

/** Counters of an agent, without its process's vital signs. */
export type TickCounts = Pick<Tick, "atNs" | "producers" | "subscriptions" | "journalBytes">;

/** What a killed agent would have shipped, had it lived to. */
export interface Replay {
  /** The last thing that it wrote; undefined: it was not killed by the plan. */
  readonly crash: CrashRecord | undefined;
  /** Messages at hand when it was killed: sent and not settled, or in the step of a consumer. */
  readonly inFlight: number;
  readonly frames: readonly { readonly type: number; readonly payload: Buffer }[];
  /** Completes the frames, as of the kill. */
  readonly tick: TickCounts;
  readonly before: Incarnation;
}

/**
 * Reads an agent's journal as the agent itself would have counted: all of it, so that repeats and order are seen
 * across the whole of its life; what it shipped before is left out of the frames. Pure.
 * @param shipped its newest tick
 */
export function replayJournal(bytes: Buffer, init: AgentInit, shipped: TickCounts | undefined): Replay {
  const { plan } = init;
  const { partitions } = plan.stream;
  const lanes = plan.producers.count * partitions;
  const { warmupNs, measureNs } = plan.phases;
  const moments = new Moments(flowBucketNs(warmupNs + measureNs));
  const recorders = createRecorders(moments);
  const outcomes = new OutcomeLog();
  const transactions = new TransactionLog();
  const before = init.journal?.before;
  const producers = new Map(
    init.producers.map((index) => [
      index,
      new ReplayedProducer(index, { plan, recorders, outcomes, transactions }, [before, shipped]),
    ]),
  );
  const arrivals = new Map(init.consumers.map(({ subscription }) => [subscription, new Arrivals(lanes)]));
  const consumers = init.consumers.map((seat) => ({
    seat,
    processed: new Processed(lanes, arrivals.get(seat.subscription)!, plan.phases, recorders),
    offsets: Array.from(
      { length: partitions },
      (_, p) =>
        before?.consumers.find((c) => c.subscription === seat.subscription && c.index === seat.index)
          ?.offsets[p] ?? -1,
    ),
  }));
  let crash: CrashRecord | undefined;

  const take = (record: JournalRecord): void => {
    switch (record.type) {
      case "offered":
        producers.get(Math.floor(record.lane / partitions))?.offered(record);
        return;
      case "settled":
        producers.get(Math.floor(record.lane / partitions))?.settled(record);
        return;
      case "processed": {
        const { subscription, consumer, messages, receivedNs } = record;
        const c = consumers.find(({ seat }) => seat.subscription === subscription && seat.index === consumer);
        c?.processed.add(messages, receivedNs);
        for (const m of messages) if (c) c.offsets[m.partition] = Math.max(c.offsets[m.partition]!, m.offset);
        return;
      }
      case "begun":
        producers.get(record.producer)?.begun(record);
        return;
      case "crash":
        crash = record;
    }
  };
  const shippedBytes = shipped?.journalBytes ?? 0;
  readJournal(bytes, (record, endsAt) => {
    take(record);
    if (endsAt !== shippedBytes) return;
    outcomes.take();
    transactions.take();
    for (const a of arrivals.values()) a.take(() => {});
    for (const name of RECORDED) recorders[name].clear();
    moments.take();
  });

  const atNs = crash?.atNs ?? shipped?.atNs ?? 0;
  const unsettled = [...producers.values()].reduce((n, p) => n + p.unsettled, 0);
  for (const p of producers.values()) p.giveUp(atNs);
  const frames: Replay["frames"][number][] = [];
  RECORDED.forEach((name, i) => {
    const recorder = recorders[name];
    if (recorder.count === 0 && recorder.anomalies === 0) return;
    frames.push({
      type: FRAME.histogram,
      payload: Buffer.concat([Buffer.from([i]), encodeRecorder(recorder)]),
    });
  });
  const settled = outcomes.take();
  if (settled) frames.push({ type: FRAME.outcomes, payload: settled });
  const begun = transactions.take();
  if (begun) frames.push({ type: FRAME.transactions, payload: begun });
  for (const [subscription, a] of arrivals)
    a.take((lane, page) => frames.push({ type: FRAME.page, payload: encodePage(subscription, lane, page) }));
  const moved = moments.take();
  if (moved) frames.push({ type: FRAME.moments, payload: moved });
  const ticks = [...producers.values()].map((p) => p.tick());
  return {
    crash,
    inFlight: producers.size > 0 ? unsettled : (crash?.inFlight ?? 0),
    frames,
    tick: {
      atNs,
      producers: ticks,
      subscriptions: [...arrivals].map(([subscription, a]) => ({
        subscription,
        ...a.counters,
        reorderedExamples: a.reorderedExamples,
      })),
    },
    before: {
      producers: ticks,
      consumers: consumers.map(({ seat, offsets }) => ({ ...seat, offsets })),
    },
  };
}

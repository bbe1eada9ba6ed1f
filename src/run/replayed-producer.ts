import type { BegunRecord, OfferedRecord, SettledRecord } from "../load/journal-records.ts";
import type { Incarnation, ProducerTick, Tick } from "../load/protocol.ts";
import { Settling, type SettlingContext } from "../load/settling.ts";
import { type TransactionLog, transactionNumber } from "../load/transaction-log.ts";

interface ReplayContext extends SettlingContext {
  readonly transactions: TransactionLog;
}

/** A producer's account, made again from its journal. */
export class ReplayedProducer {
  readonly #context: ReplayContext;
  readonly #settling: Settling;
  readonly #offered: number[];
  readonly #counters: { -readonly [K in keyof Omit<ProducerTick, "offered" | "codes">]: number };

  /** @param known what is known of it from before: its earlier incarnation, and its newest tick */
  constructor(
    index: number,
    context: ReplayContext,
    [before, shipped]: readonly [Incarnation | undefined, Pick<Tick, "producers"> | undefined],
  ) {
    const { partitions } = context.plan.stream;
    const earlier = before?.producers.find((p) => p.index === index);
    const newest = shipped?.producers.find((p) => p.index === index);
    this.#context = context;
    this.#offered = [...(earlier?.offered ?? new Array<number>(partitions).fill(0))];
    this.#counters = {
      index,
      sent: earlier?.sent ?? 0,
      sentInWindow: earlier?.sentInWindow ?? 0,
      ackedInWindow: earlier?.ackedInWindow ?? 0,
      ackedBytesInWindow: earlier?.ackedBytesInWindow ?? 0,
      bytes: earlier?.bytes ?? 0,
      late: earlier?.late ?? 0,
      // How often the client was full is nothing that is judged, and not in the journal.
      full: newest?.full ?? earlier?.full ?? 0,
      offers: newest?.offers ?? earlier?.offers ?? 0,
      transactions: earlier?.transactions ?? 0,
    };
    this.#settling = new Settling(index, context, this.#counters, earlier);
  }

  /** Sent and without an outcome. */
  get unsettled(): number {
    return this.#settling.unsettled;
  }

  offered({ lane, sequence, sizeBytes, intendedNs, sentNs }: OfferedRecord): void {
    const { load, phases, stream } = this.#context.plan;
    const endNs = phases.warmupNs + phases.measureNs;
    const counters = this.#counters;
    const partition = lane % stream.partitions;
    this.#settling.put(partition, intendedNs, sentNs, sizeBytes);
    this.#context.recorders.moments?.add("sent", sentNs, 1);
    this.#offered[partition] = sequence + 1;
    counters.sent++;
    counters.bytes += sizeBytes;
    if (sentNs >= phases.warmupNs && sentNs < endNs) counters.sentInWindow++;
    if (load.loop === "open" && intendedNs >= phases.warmupNs && intendedNs < endNs)
      this.#context.recorders.schedule_delay.record(sentNs - intendedNs);
  }

  begun({ transaction }: BegunRecord): void {
    const { index } = this.#counters;
    const number = transactionNumber(this.#context.plan.producers.count, index, transaction);
    this.#context.transactions.add(index * this.#offered.length, this.#offered, number);
    this.#counters.transactions = transaction + 1;
  }

  settled({ lane, ranges, outcome, code, atNs }: SettledRecord): void {
    for (const [from, count] of ranges) this.#settling.settled(lane, from, count, outcome, code, atNs);
  }

  /** What has no outcome by now never gets one: whether it was stored, nobody knows. */
  giveUp(atNs: number): void {
    this.#settling.giveUp("AGENT_KILLED", atNs);
  }

  tick(): ProducerTick {
    return {
      ...this.#counters,
      offered: this.#offered,
      codes: Object.fromEntries(this.#settling.codes),
    };
  }
}

import { BrokerError } from "../../../model/errors.ts";
import type { MessageSource, Outcomes, Positions, Producer } from "../../driver.ts";
import { groupOf } from "../topic-plan.ts";
import { codeIn } from "./consumer-offsets.ts";
import type { HeldOutcomes } from "./held-outcomes.ts";
import type { ProducerEngine } from "./producer-engine.ts";
import type { TransactionCoordinator } from "./transaction-coordinator.ts";

export interface TransactionsOptions {
  readonly engine: ProducerEngine;
  readonly coordinator: TransactionCoordinator;
  /** Where the engine's outcomes are. */
  readonly held: HeldOutcomes;
  readonly topic: string;
  readonly maxInFlight: number;
  /** An end without an answer for so long is given up. */
  readonly patienceMs: number;
  readonly on: Pick<Outcomes, "ready">;
}

export interface Transactions extends Required<Producer> {
  /** Something of the transaction was not taken. */
  doom(error: BrokerError): void;
}

/**
 * `doomed`: can only be aborted. `busy`: begins or ends. `fenced`: somebody else has the id. `closed`: as the
 * producer.
 */
type State = "idle" | "open" | "doomed" | "busy" | "fenced" | "closed";

const ABORTED = "TRANSACTION_ABORTED";
const FENCED: ReadonlySet<string> = new Set(["PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH"]);
/** The broker knows of no transaction that is open. */
const NONE_OPEN = "INVALID_TXN_STATE";
const CLOSE_MS = 1000;

/**
 * The transactions of a producer. A partition is added to the transaction when it gets its first message, and
 * nothing goes to it before. Sequences go on from one transaction to the next; a new epoch begins them anew
 * after anything that may still be on its way to a broker, which would otherwise end up in the next transaction.
 */
export function createTransactions(options: TransactionsOptions): Transactions {
  const { engine, coordinator, held, topic, maxInFlight } = options;
  let state: State = "idle";
  /** Messages of this transaction. */
  let taken = 0;
  let isStarved = false;
  /** The broker may know of this transaction. */
  let isTold = false;
  let failure: BrokerError | undefined;
  /** The end was asked for. */
  let isEnding = false;
  /** Something that a new epoch must keep out of the next transaction. */
  let mustRenew = false;
  const added = new Set<number>();
  let adding: Promise<void> | undefined;
  let isSendingOffsets = false;

  // Nothing is sent to a partition before it is part of the transaction.
  const pause = (): void => {
    for (const lane of engine.lanes) lane.pausedUntilMs = Number.POSITIVE_INFINITY;
  };
  pause();

  const doom = (error: BrokerError): void => {
    if (failure !== undefined || state === "closed") return;
    failure = error;
    if (state === "open") state = "doomed";
    // Not within the call that said so: it is not done with its batches.
    queueMicrotask(() => {
      if (failure === error && !engine.isClosed) engine.abandon(error.code);
    });
  };

  /** Adds the partitions that have messages and are not added yet; one request at a time. */
  const add = (): void => {
    if (adding !== undefined || failure !== undefined || added.size === engine.lanes.length) return;
    const fresh = engine.lanes.filter((lane) => lane.hasUnsent && !added.has(lane.partition));
    if (fresh.length === 0) return;
    const partitions = fresh.map(({ partition }) => partition);
    isTold = true;
    adding = coordinator
      .addPartitions(topic, partitions)
      .then(() => {
        for (const lane of fresh) {
          added.add(lane.partition);
          lane.pausedUntilMs = 0;
        }
        engine.pump();
      }, doom)
      .finally(() => {
        adding = undefined;
        add();
      });
  };

  /** Resolves when nothing is under way, and nothing is to be sent. */
  const quiet = async (): Promise<void> => {
    await engine.flush();
    while (adding !== undefined) await adding;
  };

  const need = (...wanted: State[]): void => {
    if (wanted.includes(state)) return;
    if (state === "fenced" || state === "closed")
      throw new BrokerError(`the transactional producer is ${state}`, {
        code: state === "fenced" ? "PRODUCER_FENCED" : "CLOSED",
      });
    throw new Error(`a transaction that is ${state} cannot do that`);
  };

  /** @throws BrokerError `CLOSED` after a wait in which it was closed */
  const needProducer = (): void => {
    if (engine.isClosed) throw new BrokerError("the producer was closed", { code: "CLOSED" });
  };

  const renew = async (): Promise<void> => {
    const identity = await coordinator.init();
    for (const lane of engine.lanes) {
      lane.identity = identity;
      lane.nextSequence = 0;
      lane.mustRenew = false;
    }
    mustRenew = false;
  };

  /** Tells the outcomes, and is ready for the next one. */
  const finish = (end: "acked" | "failed" | "unknown", code: string, next: State): void => {
    if (engine.isClosed) return;
    pause();
    added.clear();
    taken = 0;
    isTold = false;
    isEnding = false;
    failure = undefined;
    engine.isAbandoned = false;
    state = next;
    held.tell(end, code);
  };

  const failed = (error: BrokerError, end: "failed" | "unknown"): BrokerError => {
    finish(end, error.code, FENCED.has(error.code) ? "fenced" : "idle");
    return error;
  };

  const begin = async (): Promise<void> => {
    need("idle");
    state = "busy";
    try {
      if (mustRenew || coordinator.hasStray) await renew();
      needProducer();
      state = "open";
    } catch (error) {
      if (!engine.isClosed) state = FENCED.has(codeIn(error)) ? "fenced" : "idle";
      throw error;
    }
    if (!isStarved) return;
    isStarved = false;
    setImmediate(() => {
      if (!engine.isClosed) options.on.ready();
    });
  };

  const sendOffsets = async ({ topology, subscription, offsets }: Positions): Promise<void> => {
    if (failure) throw failure;
    need("open");
    if (offsets.size === 0) return;
    isTold = true;
    isSendingOffsets = true;
    try {
      await coordinator.addOffsets(groupOf(topology, subscription), topology.name, offsets);
    } catch (error) {
      doom(error as BrokerError);
      throw error;
    } finally {
      isSendingOffsets = false;
    }
  };

  const commit = async (): Promise<void> => {
    if (state === "doomed" && failure) throw failure;
    need("open");
    if (isSendingOffsets) throw new Error("the offsets of the transaction are still being sent");
    state = "busy";
    await quiet();
    needProducer();
    if (failure) {
      state = "doomed";
      throw failure;
    }
    if (isTold) {
      isEnding = true;
      const answer = await coordinator.end(true, options.patienceMs);
      needProducer();
      if (answer.kind !== "done") {
        const { error, kind } = answer;
        if (kind === "unknown") mustRenew = true;
        else if (!FENCED.has(error.code)) {
          isEnding = false;
          failure = error;
          state = "doomed";
          throw error;
        }
        // Whoever was fenced with a transaction open had it aborted.
        throw failed(error, kind === "unknown" ? "unknown" : "failed");
      }
    }
    finish("acked", "", "idle");
  };

  const abort = async (): Promise<void> => {
    need("open", "doomed");
    state = "busy";
    engine.abandon(ABORTED);
    await quiet();
    needProducer();
    if (isTold) {
      isEnding = true;
      const answer = await coordinator.end(false, options.patienceMs);
      needProducer();
      mustRenew ||= isSendingOffsets || held.isUndecided || engine.lanes.some((lane) => lane.mustRenew);
      if (answer.kind !== "done") mustRenew = true;
      // With a partition in it there was one: somebody, such as a late request of ours, has ended it somehow.
      const isNone = answer.kind === "refused" && answer.error.code === NONE_OPEN && added.size === 0;
      if (answer.kind !== "done" && !isNone) {
        const isCertain = answer.kind === "refused" && FENCED.has(answer.error.code);
        throw failed(answer.error, isCertain ? "failed" : "unknown");
      }
    }
    // With another epoch what is still on its way is refused; without, some of it may be taken later.
    const isCertain =
      !(mustRenew || coordinator.hasStray) ||
      (await renew().then(
        () => true,
        () => false,
      ));
    needProducer();
    finish(isCertain || !held.isUndecided ? "failed" : "unknown", ABORTED, "idle");
  };

  return {
    doom,
    offer(source: MessageSource, max: number) {
      const room = state === "open" ? Math.min(max, maxInFlight - taken) : 0;
      const took = room > 0 && !engine.isClosed ? engine.offer(source, room) : 0;
      taken += took;
      if (took < max && (state !== "open" || taken >= maxInFlight)) isStarved = true;
      if (took > 0) add();
      return took;
    },
    flush: quiet,
    async close() {
      if (engine.isClosed) return;
      const isOpen = isTold && !isEnding;
      state = "closed";
      engine.close();
      held.tell("unknown", "CLOSED");
      // So that readers of what is committed need not wait for its time-out. Nobody waits for long.
      if (isOpen) await coordinator.end(false, CLOSE_MS);
    },
    transaction: { begin, sendOffsets, commit, abort },
  };
}

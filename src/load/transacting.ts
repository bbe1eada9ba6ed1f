import { setTimeout as sleep } from "node:timers/promises";
import type { MessageSource, Producer, Transaction } from "../drivers/driver.ts";
import { BrokerError, messageOf } from "../model/errors.ts";
import type { TransactionPlan } from "../model/plan.ts";
import { createRandom } from "../model/random.ts";
import type { Journal } from "./journal.ts";
import type { Producing } from "./producing.ts";

/** A producer of the plan's transactions, as the harness offers messages to it. */
export interface Transacting extends Producer {
  /** Resolves when the first transaction is open. @throws BrokerError */
  start(): Promise<void>;
}

export interface TransactingOptions {
  readonly client: Producer;
  readonly transaction: Transaction;
  readonly side: Producing;
  readonly plan: TransactionPlan;
  readonly seed: number;
  /** Where the producer may be killed. */
  readonly journal: Journal | undefined;
}

/** Far from the streams that messages and schedules are drawn from. */
const ABORTS = 0xab0_0000;
/** A broker that cannot begin a transaction now is asked again so much later. */
const RETRY_MS = 100;
/** Somebody else has the transactional id, for good. */
const FENCED: ReadonlySet<string> = new Set(["PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH"]);

/**
 * Makes transactions of what a producer offers: so many messages each, one after another, some of them ended by an
 * abort, which ones follows from the seed. What becomes due meanwhile waits, and its waiting is counted.
 */
export function createTransacting(o: TransactingOptions): Transacting {
  const { client, transaction, side, plan, journal } = o;
  const isAborted = abortsOf(o);
  /** Where a producer is killed in mid-transaction. */
  const half = Math.ceil(plan.messages / 2);
  let isOpen = false;
  let isOver = false;
  let taken = 0;
  let isStarved = false;
  /** What is done between messages. */
  let current: Promise<void> = Promise.resolve();

  const open = (): void => {
    isOpen = true;
    if (!isStarved) return;
    isStarved = false;
    side.ready();
  };

  const begin = async (): Promise<void> => {
    while (!isOver && !side.finished) {
      try {
        await transaction.begin();
        taken = 0;
        return open();
      } catch (error) {
        if (error instanceof BrokerError && FENCED.has(error.code)) {
          isOver = true;
          side.event("broken", `no transaction can begin any more: ${messageOf(error)}`);
          return;
        }
        if (!(error instanceof BrokerError)) throw error;
        await sleep(RETRY_MS);
      }
    }
  };

  /** Ends the open transaction; what it came to, its messages' outcomes say. */
  const end = async (): Promise<void> => {
    isOpen = false;
    if (isAborted()) {
      // The broker is to have all of it: an abort drops what was not sent, and nobody could see that.
      await client.flush();
      return await transaction.abort().catch(onlyBroker);
    }
    await transaction.commit().catch(async (error: unknown) => {
      onlyBroker(error);
      // With nothing settled it goes on, and can only be aborted.
      if (side.unsettled > 0) await transaction.abort().catch(onlyBroker);
    });
  };

  /** So that the plan can kill the producer while the broker has a part of the transaction. */
  const pauseInTheMiddle = async (): Promise<void> => {
    isOpen = false;
    await client.flush();
    journal?.reach("mid-transaction", side.unsettled);
    open();
  };

  const goOn = (next: () => Promise<void>): void => {
    current = next().catch((error: unknown) => {
      isOver = true;
      side.event("broken", messageOf(error));
    });
  };

  return {
    async start() {
      await transaction.begin();
      open();
    },
    offer(source: MessageSource, max: number) {
      if (!isOpen) {
        isStarved = true;
        return 0;
      }
      if (taken === 0 && source.peek() !== undefined) side.begun();
      const isToPause = taken < half && journal?.isDue("mid-transaction") === true;
      const room = Math.min(max, (isToPause ? half : plan.messages) - taken);
      const took = client.offer(source, room);
      taken += took;
      if (taken === plan.messages) {
        isStarved = true;
        goOn(() => end().then(begin));
      } else if (isToPause && taken === half) {
        isStarved = true;
        goOn(pauseInTheMiddle);
      }
      return took;
    },
    async flush() {
      isOver = true;
      await current;
      if (isOpen && taken > 0) await end();
      await client.flush();
    },
    close: () => client.close(),
  };
}

/** Whether the next transaction, in their order, is to be aborted. */
function abortsOf({ plan, seed, side }: TransactingOptions): () => boolean {
  const random = createRandom(seed, ABORTS + side.index);
  for (let n = 0; n < side.counters.transactions; n++) random();
  return () => random() < plan.abort;
}

/** What the broker could not do is in the outcomes; anything else is a bug. */
function onlyBroker(error: unknown): void {
  if (!(error instanceof BrokerError)) throw error;
}

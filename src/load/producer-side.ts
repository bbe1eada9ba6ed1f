import type { Driver, Producer, Transactional } from "../drivers/driver.ts";
import { TRANSACTION_TIMEOUT_NS } from "../model/plan.ts";
import type { Instant } from "./clock.ts";
import type { Journal } from "./journal.ts";
import { JournalledProducing } from "./journalled-producing.ts";
import { createOverloadWatch } from "./overload.ts";
import { type Pacer, startPacer } from "./pacer.ts";
import { Producing, type ProducingContext } from "./producing.ts";
import type { AgentInit } from "./protocol.ts";
import { createTransacting } from "./transacting.ts";

/** The producers of one agent. */
export interface ProducerSide {
  readonly producing: readonly Producing[];
  backlogNs(): number;
  /** Begins at the run's time 0, and reports once how it ended. */
  start(origin: Instant, on: ProducerSideEnd): void;
  /** Makes no more messages; `flushMs` bounds the wait for what is in flight. */
  stop(flushMs: number): void;
  /** Stops timers and threads; closes nothing. */
  end(): void;
}

export interface ProducerSideEnd {
  overloaded(backlogNs: number): void;
  /** Everything is settled. */
  produced(): void;
  failed(error: unknown): void;
}

const WATCH_MS = 20;

/** @param journal where the agent may be killed */
export async function createProducerSide(
  init: AgentInit,
  driver: Driver,
  context: ProducingContext,
  journal: Journal | undefined,
): Promise<ProducerSide> {
  const { plan, topology } = init;
  const { maxInFlight, lingerNs, batchBytes, publishTimeoutNs, idempotent, transaction } = plan.producers;
  const producing = init.producers.map((index) => {
    const before = init.journal?.before?.producers.find((p) => p.index === index);
    return journal === undefined
      ? new Producing(index, context)
      : new JournalledProducing(index, context, journal, before);
  });
  const clients: Producer[] = [];
  const transactedBy = async (client: Producer, side: Producing): Promise<Producer> => {
    if (transaction === undefined || client.transaction === undefined) return client;
    const transacting = createTransacting({
      client,
      transaction: client.transaction,
      side,
      plan: transaction,
      seed: plan.seed,
      journal,
    });
    await transacting.start();
    return transacting;
  };
  for (const side of producing) {
    const options = {
      topology,
      index: side.index,
      maxInFlight,
      lingerNs,
      batchBytes,
      publishTimeoutNs,
      idempotent,
      ...(transaction === undefined ? {} : { transactional: transactional(topology.name, side.index) }),
    };
    const client = await driver.producer(options, side);
    const whole = await transactedBy(client, side);
    side.attach(whole);
    clients.push(whole);
  }
  let flushMs = publishTimeoutNs / 1e6;
  let pacer: Pacer | undefined;
  let watch: NodeJS.Timeout | undefined;
  let cutFlush = (): void => {};
  const isOverload = createOverloadWatch(plan);
  const backlogNs = (): number => {
    const now = context.clock.now();
    return Math.max(0, ...producing.map((p) => p.backlogNs(now)));
  };
  const fire = (): void => {
    for (const p of producing) p.fire();
  };

  /** Waits for what is in flight; what the broker never answered becomes unknown. */
  const settleAll = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<void>((resolve) => {
      cutFlush = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, flushMs);
      };
      cutFlush();
    });
    await Promise.race([Promise.all(clients.map((c) => c.flush())), expired]);
    clearTimeout(timer);
    for (const p of producing) p.giveUp("NO_ANSWER");
    await Promise.all(clients.map((c) => c.close()));
  };

  return {
    producing,
    backlogNs,
    start(origin, on) {
      if (producing.length === 0) return;
      const { load, phases, seed } = plan;
      if (load.loop === "open")
        pacer = startPacer(
          { origin, load, phases, seed, producers: init.producers, producerCount: plan.producers.count },
          fire,
        );
      else setTimeout(fire, Math.max(0, -context.clock.now() / 1e6));
      watch = setInterval(() => {
        const late = backlogNs();
        if (isOverload(context.clock.now(), late)) {
          on.overloaded(late);
          for (const p of producing) p.stop();
        }
        if (!producing.every((p) => p.finished)) return;
        clearInterval(watch);
        pacer?.stop();
        settleAll().then(on.produced, on.failed);
      }, WATCH_MS);
    },
    stop(ms) {
      flushMs = Math.min(flushMs, ms);
      for (const p of producing) p.stop();
      cutFlush();
    },
    end() {
      pacer?.stop();
      clearInterval(watch);
    },
  };
}

/** The same for each incarnation of a producer: a new one fences the old, whose open transaction is aborted. */
function transactional(stream: string, producer: number): Transactional {
  return { id: `${stream}-${producer}`, timeoutNs: TRANSACTION_TIMEOUT_NS };
}

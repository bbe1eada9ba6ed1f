import type { Consumer, Driver } from "../drivers/driver.ts";
import { type ConsumersPlan, partitionsAtMost } from "../model/plan.ts";
import { Arrivals } from "./arrivals.ts";
import { Consuming, type ConsumingContext } from "./consuming.ts";
import { type Effects, effectsPath, openEffects } from "./effects.ts";
import { type Journal, NO_JOURNAL } from "./journal.ts";
import { JournalledConsuming } from "./journalled-consuming.ts";
import type { AgentInit, ConsumerSeat } from "./protocol.ts";

/** The consumers of one agent. */
export interface ConsumerSide {
  /** Subscription number → what arrived for it here. */
  readonly arrivals: ReadonlyMap<number, Arrivals>;
  /** Makes the consumers; resolves when all are assigned and positioned. */
  open(): Promise<void>;
  /** The stream has so many partitions now: consumers that are there read their share of the new ones, too. */
  grow(partitions: number): Promise<void>;
  /** One more consumer of each subscription. */
  join(): Promise<void>;
  /** Those that joined leave. @returns how many messages they were given */
  leave(): Promise<number>;
  /** Acknowledges what is held back, and leaves. */
  close(): Promise<void>;
  /** Stops timers; closes nothing. */
  end(): void;
}

interface Opened {
  readonly side: Consuming | JournalledConsuming;
  readonly client: Consumer;
}

/** Acknowledgements that wait for their batch to fill wait no longer than this. */
const HELD_BACK_MS = 50;

/** @param journal where the agent may be killed */
export function createConsumerSide(
  init: AgentInit,
  driver: Driver,
  context: ConsumingContext,
  journal: Journal | undefined,
): ConsumerSide {
  const { plan, topology } = init;
  const { perSubscription, sharing, prefetch, acknowledge } = plan.consumers;
  const lanes = plan.producers.count * partitionsAtMost(plan.stream);
  let partitions = range(0, topology.firstPartitions ?? topology.partitions);
  let isOpen = false;
  let joining: Promise<readonly Opened[]> = Promise.resolve([]);
  const arrivals = new Map<number, Arrivals>();
  const consuming: (Consuming | JournalledConsuming)[] = [];
  const clients: Consumer[] = [];
  /**
   * Subscription number → per partition: highest offset that any consumer here was given. Not where they compete: what
   * is new to one of them may be behind what another was given.
   */
  const highest = new Map<number, Float64Array>();
  const effects: Effects[] = [];
  let heldBack: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearInterval(heldBack);
    for (const c of consuming) c.stop();
  };

  const effectsOf = async (subscription: string): Promise<Effects | undefined> => {
    const { deduplicate } = plan.consumers;
    if (init.effects === undefined || deduplicate === undefined) return undefined;
    const opened = await openEffects(effectsPath(init.effects, subscription), deduplicate);
    effects.push(opened);
    return opened;
  };

  const consumingOf = (
    name: string,
    seat: ConsumerSeat,
    arrival: Arrivals,
    kept: Effects | undefined,
  ): Consuming | JournalledConsuming => {
    if (journal === undefined && kept === undefined) {
      const consumers = { ...plan.consumers, workNs: workOf(plan.consumers, seat.index) };
      const offsets =
        highest.get(seat.subscription) ?? new Float64Array(partitionsAtMost(plan.stream)).fill(-1);
      if (sharing === "exclusive") highest.set(seat.subscription, offsets);
      return new Consuming(name, lanes, arrival, { ...context, plan: { ...plan, consumers } }, offsets);
    }
    const before = init.journal?.before?.consumers.find(
      (c) => c.subscription === seat.subscription && c.index === seat.index,
    );
    return new JournalledConsuming(name, seat, arrival, context, journal ?? NO_JOURNAL, before, kept);
  };

  const openOne = async (seat: ConsumerSeat, all: readonly number[]): Promise<Opened> => {
    const { subscription, index } = seat;
    const name = topology.subscriptions[subscription]!;
    const arrival =
      arrivals.get(subscription) ??
      new Arrivals(
        lanes,
        plan.verify?.order === "full" ? partitionsAtMost(plan.stream) : 0,
        plan.agents.consume > 1,
      );
    arrivals.set(subscription, arrival);
    const side = consumingOf(`consumer ${name}/${index}`, seat, arrival, await effectsOf(name));
    consuming.push(side);
    const client = await driver.consumer(
      {
        topology,
        subscription: name,
        index,
        sharing,
        partitions: sharing === "compete" ? all : all.filter((p) => p % perSubscription === index),
        prefetch,
        acknowledge: acknowledge === "auto" ? "auto" : "manual",
      },
      side,
    );
    clients.push(client);
    side.attach(client);
    return { side, client };
  };

  const closeOne = async ({ side, client }: Opened): Promise<void> => {
    side.answerHeldBack();
    side.stop();
    consuming.splice(consuming.indexOf(side), 1);
    clients.splice(clients.indexOf(client), 1);
    await client.flush().catch(() => {});
    await client.close();
  };

  return {
    arrivals,
    async open() {
      // At once: members of one consumer group wait for each other.
      isOpen = true;
      await Promise.all(init.consumers.map((seat) => openOne(seat, partitions)));
      heldBack = setInterval(() => {
        for (const c of consuming) c.answerHeldBack();
      }, HELD_BACK_MS);
    },
    async grow(to) {
      const added = range(partitions.length, to);
      partitions = range(0, to);
      // Those of another client, as if they were another consumer's: what is read already goes on undisturbed.
      if (isOpen) await Promise.all(init.consumers.map((seat) => openOne(seat, added)));
    },
    join() {
      const subscriptions = new Set(init.consumers.map(({ subscription }) => subscription));
      // Nothing is divided anew by the plan: it gets what the system gives it.
      const seats = [...subscriptions].map((subscription) => ({ subscription, index: perSubscription }));
      joining = Promise.all(seats.map((seat) => openOne(seat, partitions)));
      return joining.then(() => undefined);
    },
    async leave() {
      const joined = await joining.catch(() => []);
      joining = Promise.resolve([]);
      await Promise.all(joined.map(closeOne));
      return joined.reduce((n, { side }) => n + side.given, 0);
    },
    async close() {
      for (const c of consuming) c.answerHeldBack();
      end();
      await Promise.all(clients.map((c) => c.flush()));
      await Promise.all(clients.map((c) => c.close()));
      for (const one of effects.splice(0)) one.close();
    },
    end,
  };
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** Consumers of unequal speed: the last one takes `slowest` times as long as the first; or its handlers are unequal. */
function workOf({ workNs, slowest = 1, parallel, perSubscription }: ConsumersPlan, index: number): number {
  if (parallel !== undefined) return workNs;
  return workNs * (1 + ((slowest - 1) * index) / Math.max(1, perSubscription - 1));
}

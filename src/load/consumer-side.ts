import type { Consumer, Driver } from "../drivers/driver.ts";
import type { ConsumersPlan } from "../model/plan.ts";
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
  /** Acknowledges what is held back, and leaves. */
  close(): Promise<void>;
  /** Stops timers; closes nothing. */
  end(): void;
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
  const lanes = plan.producers.count * plan.stream.partitions;
  const partitions = Array.from({ length: topology.partitions }, (_, p) => p);
  const arrivals = new Map<number, Arrivals>();
  const consuming: (Consuming | JournalledConsuming)[] = [];
  const clients: Consumer[] = [];
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
      return new Consuming(name, lanes, arrival, { ...context, plan: { ...plan, consumers } });
    }
    const before = init.journal?.before?.consumers.find(
      (c) => c.subscription === seat.subscription && c.index === seat.index,
    );
    return new JournalledConsuming(name, seat, arrival, context, journal ?? NO_JOURNAL, before, kept);
  };

  const openOne = async (seat: ConsumerSeat): Promise<void> => {
    const { subscription, index } = seat;
    const name = topology.subscriptions[subscription]!;
    const arrival = arrivals.get(subscription) ?? new Arrivals(lanes, plan.verify?.order === "full");
    arrivals.set(subscription, arrival);
    const side = consumingOf(`consumer ${name}/${index}`, seat, arrival, await effectsOf(name));
    consuming.push(side);
    const client = await driver.consumer(
      {
        topology,
        subscription: name,
        index,
        sharing,
        partitions:
          sharing === "compete" ? partitions : partitions.filter((p) => p % perSubscription === index),
        prefetch,
        acknowledge: acknowledge === "auto" ? "auto" : "manual",
      },
      side,
    );
    clients.push(client);
    side.attach(client);
  };

  return {
    arrivals,
    async open() {
      // At once: members of one consumer group wait for each other.
      await Promise.all(init.consumers.map(openOne));
      heldBack = setInterval(() => {
        for (const c of consuming) c.answerHeldBack();
      }, HELD_BACK_MS);
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

/** Consumers of unequal speed: the last one takes `slowest` times as long as the first. */
function workOf({ workNs, slowest = 1, perSubscription }: ConsumersPlan, index: number): number {
  return workNs * (1 + ((slowest - 1) * index) / Math.max(1, perSubscription - 1));
}

import type { ConsumerSeat } from "../load/protocol.ts";
import type { Plan } from "../model/plan.ts";

/** Who lives in which agent. */
export interface Seat {
  readonly name: string;
  readonly producers: readonly number[];
  readonly consumers: readonly ConsumerSeat[];
}

/**
 * Deals producers and consumers out to agents in turn, so that consumers of one subscription sit apart.
 * @param together one agent for both sides, because the broker lives in it
 */
export function dealSeats(plan: Plan, together: boolean): readonly Seat[] {
  const producers = range(plan.producers.count);
  const consumers = range(plan.stream.subscriptions).flatMap((subscription) =>
    range(plan.consumers.perSubscription).map((index) => ({ subscription, index })),
  );
  if (together) return [{ name: "agent", producers, consumers }];
  const { produce, consume } = plan.agents;
  return [
    ...range(consume).map((a) => ({
      name: consume > 1 ? `consume-${a}` : "consume",
      producers: [],
      consumers: consumers.filter((_, i) => i % consume === a),
    })),
    ...range(produce).map((a) => ({
      name: produce > 1 ? `produce-${a}` : "produce",
      producers: producers.filter((p) => p % produce === a),
      consumers: [],
    })),
  ];
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

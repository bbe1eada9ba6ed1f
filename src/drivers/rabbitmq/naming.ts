import type { Topology } from "../../model/topology.ts";

/** How a stream maps to names on the broker: one queue for each (partition, subscription). */
export interface Naming {
  /** Empty, the default exchange, where there is one queue only: from that one nothing can be unbound. */
  readonly exchange: string;
  queue(partition: number, subscription: string): string;
  routingKey(partition: number): string;
  /** Every queue of the stream. */
  readonly queues: readonly QueueName[];
}

export interface QueueName {
  readonly name: string;
  readonly partition: number;
  readonly subscription: string;
}

export function namingOf({ name, partitions, subscriptions, isAltered = false }: Topology): Naming {
  const queue = (partition: number, subscription: string) => `${name}.${subscription}.${partition}`;
  const queues = Array.from({ length: partitions }, (_, partition) =>
    subscriptions.map((subscription) => ({ name: queue(partition, subscription), partition, subscription })),
  ).flat();
  const only = queues.length === 1 && !isAltered ? queues[0] : undefined;
  return {
    exchange: only ? "" : name,
    queue,
    routingKey: (partition) => only?.name ?? String(partition),
    queues,
  };
}

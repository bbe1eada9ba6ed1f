import type { Topology } from "../../model/topology.ts";

/** How a stream maps to names on the broker: one queue for each (partition, subscription). */
export interface Naming {
  /** Empty, the default exchange, where there is one queue only: from that one nothing can be unbound. */
  readonly exchange: string;
  queue(partition: number, subscription: string): string;
  routingKey(partition: number): string;
  /** Every queue of the stream. */
  readonly queues: readonly QueueName[];
  /** Where these queues get their messages from. */
  readonly bindings: readonly Binding[];
}

export interface QueueName {
  readonly name: string;
  readonly partition: number;
  readonly subscription: string;
}

export interface Binding {
  readonly queue: string;
  readonly exchange: string;
  readonly key: string;
}

/** @param isIndirect messages wait in other queues first, and come from there as dead letters */
export function namingOf(
  { name, partitions, subscriptions, isAltered = false }: Topology,
  isIndirect = false,
): Naming {
  const queue = (partition: number, subscription: string) => `${name}.${subscription}.${partition}`;
  const queues = Array.from({ length: partitions }, (_, partition) =>
    subscriptions.map((subscription) => ({ name: queue(partition, subscription), partition, subscription })),
  ).flat();
  const only = queues.length === 1 && !isAltered && !isIndirect ? queues[0] : undefined;
  const routingKey = (partition: number) => only?.name ?? String(partition);
  return {
    exchange: only ? "" : name,
    queue,
    routingKey,
    queues,
    bindings: queues.map((q) =>
      isIndirect
        ? { queue: q.name, exchange: `${name}.dead`, key: q.name }
        : { queue: q.name, exchange: only ? "" : name, key: routingKey(q.partition) },
    ),
  };
}

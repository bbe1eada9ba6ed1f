import type { Topology } from "../../../model/topology.ts";

/**
 * The broker's name of a partition: a stream of its own, named as the partitions of a super stream are. There is no
 * exchange in front of them: producers know the partition, so nothing has to be routed.
 */
export function streamName({ name }: Pick<Topology, "name">, partition: number): string {
  return `${name}-${partition}`;
}

/** Every stream of a topology, by partition. */
export function streamNames(topology: Topology): readonly string[] {
  return Array.from({ length: topology.partitions }, (_, partition) => streamName(topology, partition));
}

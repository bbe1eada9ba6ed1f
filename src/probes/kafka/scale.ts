import type { Consumer } from "kafkajs";
import type { Crew, ScaleHands } from "../hands.ts";
import { pause, promised } from "../waiting.ts";
import type { Office } from "./office.ts";

const PARTITIONS = 4;

/** A group whose members get whole partitions, with the eager protocol that every client speaks. */
export function kafkaScale(office: Office): ScaleHands {
  let made: Promise<string> | undefined;
  const topicOf = (): Promise<string> => {
    made ??= office.topic("scale", PARTITIONS);
    return made;
  };
  /** Of each member: its partitions since it last joined. */
  const assigned: ReadonlySet<number>[] = [];
  /** Members that have joined since the newest one came. */
  let joined = new Set<number>();
  let settled = promised();

  const onJoin = (worker: number, partitions: readonly number[], crew: Crew): void => {
    assigned[worker] = new Set(partitions);
    joined.add(worker);
    crew.moved();
    const all = assigned.flatMap((own) => [...own]);
    const isWhole = all.length === PARTITIONS && new Set(all).size === PARTITIONS;
    if (joined.size === assigned.length && isWhole) settled.resolve();
  };

  return {
    sharing: `${PARTITIONS} partitions, whole ones (consumer group, classic protocol, eager)`,
    partitions: PARTITIONS,
    async fill(bodies) {
      await office.publish(
        await topicOf(),
        PARTITIONS,
        bodies.map((value) => ({ value })),
      );
    },
    async join(workMs, crew) {
      const topic = await topicOf();
      const worker = assigned.length;
      assigned.push(new Set());
      joined = new Set();
      settled = promised();
      const prepare = (consumer: Consumer): void => {
        consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
          onJoin(worker, payload.memberAssignment[topic] ?? [], crew),
        );
      };
      await office.member({
        group: `${topic}-crew`,
        topic,
        autoCommit: true,
        prepare,
        each: async (partition, _, body) => {
          const beganMs = performance.now();
          await pause(workMs, office.signal);
          const isOwn = assigned[worker]!.has(partition);
          crew.done({ worker, body, beganMs, atMs: performance.now(), isOwn });
        },
      });
      await office.wait("share the partitions anew", settled.promise);
    },
  };
}

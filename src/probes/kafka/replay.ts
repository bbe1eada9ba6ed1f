import type { Consumer } from "kafkajs";
import type { Place, ReplayHands } from "../hands.ts";
import { pause, promised } from "../waiting.ts";
import type { Office } from "./office.ts";

const PARTITIONS = 3;
const TRIES = 10;
const BETWEEN_MS = 300;

/** One consumer group whose committed offsets are moved, as `kafka-consumer-groups --reset-offsets` moves them. */
export function kafkaReplay(office: Office): ReplayHands {
  let made: Promise<string> | undefined;
  const topicOf = (): Promise<string> => {
    made ??= office.topic("replay", PARTITIONS);
    return made;
  };
  let member: Consumer | undefined;

  const publish = async (bodies: readonly string[]): Promise<void> =>
    office.publish(
      await topicOf(),
      PARTITIONS,
      bodies.map((value) => ({ value })),
    );

  /** The group's member reads on from what is committed until it has seen enough. */
  const read = async (
    isEnough: (bodies: readonly string[]) => boolean,
    whenThere: () => Promise<void>,
  ): Promise<readonly string[]> => {
    const topic = await topicOf();
    const bodies: string[] = [];
    const enough = promised();
    member = await office.member({
      group: `${topic}-readers`,
      topic,
      autoCommit: false,
      each: async (_, __, body) => {
        bodies.push(body);
        if (isEnough(bodies)) enough.resolve();
      },
    });
    await whenThere();
    await office.wait("read", enough.promise);
    return bodies;
  };

  const commit = async (offsets: readonly { readonly partition: number; readonly offset: string }[]) => {
    const topic = await topicOf();
    const moved = offsets.map(({ partition, offset }) => ({ topic, partition, offset }));
    await office.wait(
      "commit offsets",
      again(() => member!.commitOffsets(moved)),
    );
  };

  /** A group that is just being shared out anew takes no commits. */
  const again = async (action: () => Promise<void>): Promise<void> => {
    for (let tries = 1; ; tries++)
      try {
        return await action();
      } catch (error) {
        if (tries === TRIES || office.signal.aborted) throw error;
        await pause(BETWEEN_MS, office.signal);
      }
  };

  const offsetsOf = async (place: Place) => {
    const topic = await topicOf();
    if (typeof place === "object")
      return office.wait("look up a time", office.admin.fetchTopicOffsetsByTimestamp(topic, place.timeMs));
    const found = await office.wait("look up offsets", office.admin.fetchTopicOffsets(topic));
    return found.map(({ partition, low, high }) => ({ partition, offset: place === "start" ? low : high }));
  };

  return {
    hasPlaces: true,
    publish,
    async readAndAcknowledge(count) {
      const bodies = await read(
        (all) => all.length >= count,
        async () => {},
      );
      await commit(await offsetsOf("tail"));
      return bodies;
    },
    async readAgain(place, mark) {
      await commit(await offsetsOf(place));
      await office.wait("leave the group", member!.disconnect());
      // One in each partition: then all that lies before is there.
      const bodies = await read(
        (all) => all.filter((body) => body === mark).length === PARTITIONS,
        () => publish(Array.from({ length: PARTITIONS }, () => mark)),
      );
      return bodies.filter((body) => !body.startsWith("mark"));
    },
  };
}

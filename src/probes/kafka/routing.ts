import type { RoutingHands } from "../hands.ts";
import { promised } from "../waiting.ts";
import type { Office } from "./office.ts";

/** One topic for all kinds, and one for each: what a reader of one kind gets of either. */
export function kafkaRouting(office: Office): RoutingHands {
  const readAll = async (topic: string): Promise<readonly string[]> => {
    const [end] = await office.wait("look up offsets", office.admin.fetchTopicOffsets(topic));
    const bodies: string[] = [];
    const enough = promised();
    await office.member({
      group: `${topic}-reader`,
      topic,
      autoCommit: false,
      each: async (_, offset, body) => {
        bodies.push(body);
        if (offset + 1 === Number(end!.high)) enough.resolve();
      },
    });
    await office.wait("read", enough.promise);
    return bodies;
  };

  return {
    async broadcast(kinds, wanted, ofEach) {
      const messages = Array.from({ length: kinds.length * ofEach }, (_, i) => {
        const kind = kinds[i % kinds.length]!;
        return { kind, message: { key: kind, value: `${kind} ${i}`, headers: { kind } } };
      });
      const all = await office.topic("routing-all", 1);
      await office.publish(
        all,
        1,
        messages.map(({ message }) => message),
      );
      const own = await office.topic(`routing-${wanted}`, 1);
      await office.publish(
        own,
        1,
        messages.filter(({ kind }) => kind === wanted).map(({ message }) => message),
      );
      const received = await readAll(all);
      return {
        published: messages.length,
        received: received.length,
        kept: received.filter((body) => body.startsWith(`${wanted} `)).length,
        ownTopic: (await readAll(own)).length,
      };
    },
  };
}

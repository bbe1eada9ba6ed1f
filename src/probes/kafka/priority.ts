import type { PriorityHands, PriorityJob, PriorityTrial } from "../hands.ts";
import { pause, promised } from "../waiting.ts";
import type { Office } from "./office.ts";

type Seen = PriorityTrial["order"][number];

/** One topic, as it is; and two, of which the application reads the urgent one empty before it reads the other. */
export function kafkaPriority(office: Office): PriorityHands {
  const work = async (
    topic: string,
    count: number,
    { workMs }: PriorityJob,
    publishedMs: number,
    order: Seen[],
  ): Promise<void> => {
    const done = promised();
    let seen = 0;
    await office.member({
      group: `${topic}-worker`,
      topic,
      autoCommit: false,
      each: async (_, __, body) => {
        await pause(workMs, office.signal);
        order.push({ isUrgent: body.startsWith("urgent"), waitedMs: performance.now() - publishedMs });
        if (++seen === count) done.resolve();
      },
    });
    await office.wait("read", done.promise);
  };
  const some = (kind: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ value: `${kind} ${i}` }));

  return {
    async trials(job) {
      const one = await office.topic("priority", 1);
      await office.publish(one, 1, some("normal", job.normal));
      await office.publish(one, 1, some("urgent", job.urgent));
      const arrival: Seen[] = [];
      await work(one, job.normal + job.urgent, job, performance.now(), arrival);

      const [normal, urgent] = [
        await office.topic("priority-normal", 1),
        await office.topic("priority-urgent", 1),
      ];
      await office.publish(normal, 1, some("normal", job.normal));
      await office.publish(urgent, 1, some("urgent", job.urgent));
      const emulated: Seen[] = [];
      const publishedMs = performance.now();
      await work(urgent, job.urgent, job, publishedMs, emulated);
      await work(normal, job.normal, job, publishedMs, emulated);
      return [
        { name: "oneTopic", how: "one topic", order: arrival },
        {
          name: "twoTopics",
          how: "two topics, the application reads the urgent one first",
          isEmulation: true,
          order: emulated,
        },
      ];
    },
  };
}

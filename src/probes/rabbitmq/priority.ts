import type { ConsumeMessage } from "amqplib";
import type { PriorityHands, PriorityJob, PriorityTrial } from "../hands.ts";
import { pause, promised } from "../waiting.ts";
import type { Desk, Reader } from "./desk.ts";

/** Above 4, where the upper level of quorum queues begins (RabbitMQ 4.0 to 4.2). */
const URGENT = 9;
/** What a busy consumer has in its hands when the urgent messages come. */
const PREFETCH = 10;

type Levels = Readonly<Record<string, number>>;

/** One arrangement. */
interface Way {
  readonly queue: string;
  readonly levels?: Levels | undefined;
  /** A consumer that already works when the urgent ones come, with some normal ones in its hands. */
  readonly isBusy?: boolean;
}

/** @param levels arguments of a queue that has priorities; undefined: the mode has them, or has none, by itself */
export function rabbitPriority(
  desk: Desk,
  { isLog, levels }: { readonly isLog: boolean; readonly levels?: Levels },
): PriorityHands {
  const run = async (job: PriorityJob, way: Way): Promise<PriorityTrial["order"]> => {
    const key = await desk.queue(way.queue, way.levels);
    const some = (kind: string, count: number, priority?: number) =>
      Array.from({ length: count }, (_, i) => ({
        key,
        body: `${kind} ${i}`,
        options: priority === undefined ? {} : { priority },
      }));
    const publishUrgent = (): Promise<void> => desk.publish("", some("urgent", job.urgent, URGENT));
    await desk.publish("", some("normal", job.normal));
    if (!way.isBusy) await publishUrgent();
    const prefetch = way.isBusy ? PREFETCH : 1;
    const inHand: ConsumeMessage[] = [];
    const full = promised();
    const done = promised();
    const order: { isUrgent: boolean; waitedMs: number }[] = [];
    let beganMs: number | undefined;
    let isWorking = false;
    /** One after the other, in the order in which they were handed out. */
    const work = async (reader: Reader): Promise<void> => {
      if (isWorking || beganMs === undefined) return;
      isWorking = true;
      for (let next = inHand.shift(); next !== undefined; next = inHand.shift()) {
        await pause(job.workMs, desk.signal);
        const isUrgent = next.content.toString().startsWith("urgent");
        order.push({ isUrgent, waitedMs: performance.now() - beganMs });
        reader.ack(next);
      }
      isWorking = false;
      if (order.length === job.normal + job.urgent) done.resolve();
    };
    const arguments_ = isLog && { arguments: { "x-stream-offset": "first" } };
    const reader = await desk.consume(key, { prefetch, ...arguments_ }, (message, own) => {
      inHand.push(message);
      if (inHand.length === prefetch) full.resolve();
      void work(own);
    });
    await desk.wait("hand out messages", () => full.promise);
    if (way.isBusy) await publishUrgent();
    beganMs = performance.now();
    void work(reader);
    await desk.wait("read", () => done.promise);
    await reader.close();
    return order;
  };

  return {
    async trials(job) {
      const [argument] = Object.entries(levels ?? {});
      const how = argument ? argument.join(" ") : `message priority ${URGENT}, no argument of the queue`;
      const trials: PriorityTrial[] = [
        { name: "waiting", how, order: await run(job, { queue: "priority", levels }) },
      ];
      if (isLog) return trials;
      trials.push({
        name: "behindPrefetch",
        how: `${how}, and a consumer with ${PREFETCH} normal ones in its hands`,
        order: await run(job, { queue: "priority-busy", levels, isBusy: true }),
      });
      if (levels !== undefined)
        trials.push({
          name: "withoutLevels",
          how: `without ${argument![0]}`,
          order: await run(job, { queue: "priority-none" }),
        });
      return trials;
    },
  };
}

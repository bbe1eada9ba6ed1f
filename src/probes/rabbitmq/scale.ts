import type { ScaleHands } from "../hands.ts";
import { pause, promised } from "../waiting.ts";
import type { Desk } from "./desk.ts";

/** Without it the first consumer takes what the next ones should have. */
const PREFETCH = 1;

/** Consumers that compete for one queue; those of a stream do not, each reads all of it. */
export function rabbitScale(desk: Desk, isLog: boolean): ScaleHands {
  let made: Promise<string> | undefined;
  const queueOf = (): Promise<string> => {
    made ??= desk.queue("scale");
    return made;
  };
  let workers = 0;
  const hoard: ScaleHands["hoard"] = async (count) => {
    const key = await desk.queue("scale-hoard");
    await desk.publish(
      "",
      Array.from({ length: count }, (_, i) => ({ key, body: `job ${i}` })),
    );
    const full = promised();
    let first = 0;
    const reader = await desk.consume(key, { prefetch: 0 }, () => {
      if (++first === count) full.resolve();
    });
    await desk.wait("hand out a backlog", () => full.promise);
    const { messageCount } = await desk.ask("look at a queue", (channel) => channel.checkQueue(key));
    await reader.close();
    return { first, left: messageCount };
  };

  return {
    sharing: isLog
      ? "nothing: one stream, each reads it"
      : `one queue, message by message (prefetch ${PREFETCH})`,
    async fill(bodies) {
      const key = await queueOf();
      await desk.publish(
        "",
        bodies.map((body) => ({ key, body })),
      );
    },
    async join(workMs, crew) {
      const worker = workers++;
      const options = {
        prefetch: PREFETCH,
        ...(isLog && { arguments: { "x-stream-offset": "first" } }),
      };
      await desk.consume(await queueOf(), options, (message, { ack }) => {
        const beganMs = performance.now();
        const body = message.content.toString();
        void pause(workMs, desk.signal).then(() => {
          ack(message);
          crew.done({ worker, body, beganMs, atMs: performance.now(), isOwn: true });
        });
      });
      crew.moved();
    },
    ...(isLog ? {} : { hoard }),
  };
}

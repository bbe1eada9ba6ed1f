import type { Routed, RoutingHands } from "../hands.ts";
import { promised } from "../waiting.ts";
import type { Desk } from "./desk.ts";

const PREFETCH = 200;
const MARK = "end";

/** Exchanges, their bindings, and what comes out at the queues behind them. */
export function rabbitRouting(desk: Desk, isLog: boolean): RoutingHands {
  let made = 0;

  /** What is in a queue, up to a mark that is put in now: nothing can come behind it any more. */
  const drain = async (queue: string): Promise<readonly string[]> => {
    await desk.publish("", [{ key: queue, body: MARK }]);
    const bodies: string[] = [];
    const end = promised();
    const options = { prefetch: PREFETCH, ...(isLog && { arguments: { "x-stream-offset": "first" } }) };
    const reader = await desk.consume(queue, options, (message, { ack }) => {
      const body = message.content.toString();
      ack(message);
      if (body === MARK) end.resolve();
      else bodies.push(body);
    });
    await desk.wait("read", () => end.promise);
    await reader.close();
    return bodies;
  };

  return {
    async table({ type, bindings, alternate, messages }) {
      const name = `routing-${made++}`;
      const queues = new Map<string, string>();
      for (const queue of new Set([...bindings.map((b) => b.queue), ...(alternate ? [alternate] : [])]))
        queues.set(queue, await desk.queue(`${name}-${queue}`));
      let behind: string | undefined;
      if (alternate !== undefined) {
        behind = await desk.exchange(`${name}-alternate`, "fanout");
        await desk.ask("bind", (channel) => channel.bindQueue(queues.get(alternate)!, behind!, ""));
      }
      const options = behind === undefined ? {} : { alternateExchange: behind };
      const exchange = await desk.exchange(name, type, options);
      for (const { queue, key = "", arguments: more } of bindings)
        await desk.ask("bind", (channel) => channel.bindQueue(queues.get(queue)!, exchange, key, more));
      desk.returned();
      await desk.publish(
        exchange,
        messages.map(({ key, headers, mandatory = false }, i) => ({
          key,
          body: String(i),
          options: { mandatory, messageId: String(i), ...(headers && { headers }) },
        })),
      );
      const returned = desk.returned();
      const to: string[][] = messages.map(() => []);
      for (const [queue, full] of queues) for (const body of await drain(full)) to[Number(body)]!.push(queue);
      return to.map((places, i): Routed => ({ to: places.sort(), returned: returned.includes(String(i)) }));
    },

    async costPerS(bindings, messages) {
      const exchange = await desk.exchange(`cost-${bindings}`, "topic");
      const queue = await desk.queue(`cost-${bindings}`);
      await desk.ask("bind", (channel) =>
        Promise.all(
          Array.from({ length: bindings }, (_, i) => channel.bindQueue(queue, exchange, `kind.${i}.created`)),
        ),
      );
      const sent = Array.from({ length: messages }, (_, i) => ({
        key: `kind.${i % bindings}.created`,
        body: "x".repeat(100),
      }));
      const beganMs = performance.now();
      await desk.publish(exchange, sent);
      return (messages / (performance.now() - beganMs)) * 1000;
    },
  };
}

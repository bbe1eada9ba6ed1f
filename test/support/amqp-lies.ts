import type { Meddler } from "./amqp-messages.ts";

/** What a proxy can do to whole messages. */
export type ProxyLie = "drop" | "double" | "swap";

/** What the connections of a proxy did: messages that passed, and lies that were really told. */
export type ProxyTale = Record<ProxyLie | "messages", number>;

export const noProxyTale = (): ProxyTale => ({ messages: 0, drop: 0, double: 0, swap: 0 });

/** A message that waits for the next one, which does not come, is sent after this long, and was no lie. */
const HOLD_MS = 1000;

/** Lies about every n-th message of a connection, in each way in turn; without ways it is honest. */
export function meddler(lies: readonly ProxyLie[], every: number, tale: ProxyTale): Meddler {
  let count = 0;
  let told = 0;
  let held: { message: Buffer; timer: NodeJS.Timeout } | undefined;
  return (message, send) => {
    tale.messages++;
    const lie = ++count % every === 0 ? lies[told++ % lies.length] : undefined;
    if (lie === "swap") {
      const timer = setTimeout(() => {
        held = undefined;
        send(message);
      }, HOLD_MS);
      held = { message, timer };
      return;
    }
    if (lie !== undefined) tale[lie]++;
    if (lie !== "drop") send(message);
    if (lie === "double") send(message);
    if (held === undefined) return;
    clearTimeout(held.timer);
    send(held.message);
    held = undefined;
    tale.swap++;
  };
}

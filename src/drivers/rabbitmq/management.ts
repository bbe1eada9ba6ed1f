import type { Endpoint } from "./options.ts";

/** A queue's unacknowledged messages, given its ready ones as of now; undefined when it cannot be told. */
export type AskManagement = (queue: string, ready: number) => Promise<number | undefined>;

/** RabbitMQ collects its statistics every 5 s (`collect_statistics_interval`). */
const STALE_MS = 5_500;

/**
 * Asks the HTTP API of the broker's management plugin. What it tells may be as old as its statistics, so
 * that none are unacknowledged is believed only when it has said so for longer than that.
 * @param url credentials are those of AMQP unless it has its own
 */
export function managementApi(url: string, at: Endpoint): AskManagement {
  const base = new URL(url);
  const user = base.username ? decodeURIComponent(base.username) : at.username;
  const password = base.username ? decodeURIComponent(base.password) : at.password;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  /** When each queue was first said to be empty, without a break since. */
  const emptySinceMs = new Map<string, number>();

  return async (queue, ready) => {
    const path = `/api/queues/${encodeURIComponent(at.vhost)}/${encodeURIComponent(queue)}`;
    const now = performance.now();
    const held = await unacknowledged(new URL(path, base.origin), authorization);
    if (held !== 0 || ready > 0) {
      emptySinceMs.delete(queue);
      return held;
    }
    const since = emptySinceMs.get(queue) ?? now;
    emptySinceMs.set(queue, since);
    return now - since > STALE_MS ? 0 : undefined;
  };
}

async function unacknowledged(url: URL, authorization: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(5_000) });
    const { messages_unacknowledged: held } = (await response.json()) as {
      messages_unacknowledged?: unknown;
    };
    return typeof held === "number" ? held : undefined;
  } catch {
    // Not there, or not for this user: then it cannot tell.
    return undefined;
  }
}

import type { Endpoint } from "./options.ts";

/**
 * A queue's unacknowledged messages, and its dead letters that no other queue has yet, given its ready ones as of now;
 * undefined when it cannot be told.
 */
export type AskManagement = (queue: string, ready: number) => Promise<number | undefined>;

/** RabbitMQ collects its statistics every 5 s (`collect_statistics_interval`). */
const STALE_MS = 5_500;

/**
 * Asks the HTTP API of the broker's management plugin. What it tells may be as old as its statistics, so
 * that none are unacknowledged is believed only when it has said so for longer than that.
 * @param url credentials are those of AMQP unless it has its own
 */
export function managementApi(url: string, at: Endpoint): AskManagement {
  /** When each queue was first said to be empty, without a break since. */
  const emptySinceMs = new Map<string, number>();

  return async (queue, ready) => {
    const now = performance.now();
    const { messages_unacknowledged: told, messages_dlx: dead } = await askQueue(url, at, queue);
    const held = typeof told === "number" ? told + (typeof dead === "number" ? dead : 0) : undefined;
    if (held !== 0 || ready > 0) {
      emptySinceMs.delete(queue);
      return held;
    }
    const since = emptySinceMs.get(queue) ?? now;
    emptySinceMs.set(queue, since);
    return now - since > STALE_MS ? 0 : undefined;
  };
}

/** How many members a quorum queue has; undefined where nobody tells. */
export async function queueMembers(url: string, at: Endpoint, queue: string): Promise<number | undefined> {
  const { members } = await askQueue(url, at, queue);
  return Array.isArray(members) ? members.length : undefined;
}

/** The node that leads a quorum queue, or has a classic one; undefined where nobody tells. */
export async function queueLeader(url: string, at: Endpoint, queue: string): Promise<string | undefined> {
  const { leader, node } = await askQueue(url, at, queue);
  return [leader, node].find((name) => typeof name === "string" && name !== "") as string | undefined;
}

interface ToldQueue {
  readonly messages_unacknowledged?: unknown;
  /** Of a quorum queue that dead-letters at least once. */
  readonly messages_dlx?: unknown;
  readonly members?: unknown;
  readonly leader?: unknown;
  readonly node?: unknown;
}

/** What the API tells of a queue; nothing where it is not there, or not for this user. */
async function askQueue(url: string, at: Endpoint, queue: string): Promise<ToldQueue> {
  const base = new URL(url);
  const user = base.username ? decodeURIComponent(base.username) : at.username;
  const password = base.username ? decodeURIComponent(base.password) : at.password;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const path = `/api/queues/${encodeURIComponent(at.vhost)}/${encodeURIComponent(queue)}`;
  try {
    const response = await fetch(new URL(path, base.origin), {
      headers: { authorization },
      signal: AbortSignal.timeout(5_000),
    });
    return (await response.json()) as ToldQueue;
  } catch {
    return {};
  }
}

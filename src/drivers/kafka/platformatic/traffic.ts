import { type Connection, connectionsApiChannel } from "@platformatic/kafka";

/** What one client does on the network, which decides what is known of a request that failed. */
export interface TrafficEvents {
  /** A produce request is handed to a connected socket. */
  produced(): void;
  /** The broker asks for less, for so long. */
  throttled(throttleMs: number): void;
}

const PRODUCE = 0;

/** By the number that the client library gives to each of its clients. */
const watched = new Map<number, TrafficEvents>();

/** Listens to the library's diagnostics of one client; returns how to stop. */
export function watchTraffic(instanceId: number, events: TrafficEvents): () => void {
  if (watched.size === 0) {
    connectionsApiChannel.start.subscribe(started);
    connectionsApiChannel.asyncStart.subscribe(answered);
  }
  watched.set(instanceId, events);
  return () => {
    if (!watched.delete(instanceId) || watched.size > 0) return;
    connectionsApiChannel.start.unsubscribe(started);
    connectionsApiChannel.asyncStart.unsubscribe(answered);
  };
}

interface Request {
  readonly connection: Connection;
  readonly apiKey?: number;
  readonly result?: { readonly throttleTimeMs?: number };
}

/** Just before the bytes are written; on a lost connection the same is told, but nothing is written. */
function started(message: unknown): void {
  const { connection, apiKey } = message as Request;
  if (apiKey === PRODUCE && connection.isConnected()) watched.get(Number(connection.ownerId))?.produced();
}

function answered(message: unknown): void {
  const { connection, result } = message as Request;
  const throttleMs = result?.throttleTimeMs ?? 0;
  if (throttleMs > 0) watched.get(Number(connection.ownerId))?.throttled(throttleMs);
}

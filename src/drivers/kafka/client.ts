import kafkajs, { type Kafka, type RetryOptions } from "kafkajs";
import type { EventKind } from "../driver.ts";
import { type Address, addressText } from "./address.ts";
import { patchRequestQueue, THROTTLED } from "./request-queue.ts";
import { type Sockets, trackSockets } from "./sockets.ts";

export interface ClientOptions {
  readonly brokers: readonly Address[];
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly retry: RetryOptions;
  event(kind: EventKind, detail: string): void;
  /** A produce request was handed to a socket. */
  produced?(): void;
}

/** One kafkajs client, with connections of its own. */
export interface Client {
  readonly kafka: Kafka;
  readonly sockets: Sockets;
}

export const CONNECTION_TIMEOUT_MS = 3000;

/**
 * All fields, since kafkajs takes the missing ones from a table that depends on NODE_ENV. `NO_RETRY`: an error
 * is told at once. `RETRY`: for what may be done twice. `RETRY_SOON`: the same where messages wait for it.
 */
export const NO_RETRY: RetryOptions = {
  retries: 0,
  initialRetryTime: 50,
  maxRetryTime: 500,
  multiplier: 2,
  factor: 0.2,
};
export const RETRY: RetryOptions = { ...NO_RETRY, retries: 8 };
export const RETRY_SOON: RetryOptions = { ...NO_RETRY, retries: 2 };

export function createClient(options: ClientOptions): Client {
  patchRequestQueue();
  const sockets = trackSockets({
    opened: (address, again) => {
      if (again) options.event("reconnected", address);
    },
    produced: () => options.produced?.(),
    lost: (address) => options.event("disconnected", address),
  });
  const kafka = new kafkajs.Kafka({
    brokers: options.brokers.map((a) => addressText([a])),
    clientId: options.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: options.retry,
    socketFactory: sockets.factory,
    logLevel: kafkajs.logLevel.WARN,
    // What kafkajs would print is an outcome, an event or an error here.
    logCreator: () => (entry) => {
      if (entry.log.message === THROTTLED) options.event("throttled", `${entry.log.throttleMs} ms`);
    },
  });
  return { kafka, sockets };
}

/**
 * Runs a farewell that needs the broker, for at most `boundMs`, then cuts the connections. kafkajs' own
 * disconnect waits for what is in flight and may otherwise take as long as its time-outs.
 */
export async function disconnect(
  farewell: () => Promise<unknown>,
  sockets: Pick<Sockets, "destroy">,
  boundMs: number,
): Promise<void> {
  const done = farewell().catch(() => undefined);
  await within(done, boundMs);
  sockets.destroy();
  await within(done, AFTER_CUT_MS);
}

/** What kafkajs needs to notice a cut connection; it polls and backs off for less than this. */
const AFTER_CUT_MS = 2000;

async function within(done: Promise<unknown>, boundMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, boundMs);
  });
  await Promise.race([done, bound]);
  clearTimeout(timer);
}

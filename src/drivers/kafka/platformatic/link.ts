import { once } from "node:events";
import { type MessageToProduce, Producer } from "@platformatic/kafka";
import type { EventKind } from "../../driver.ts";
import type { Address } from "../address.ts";
import type { Compression } from "../settings.ts";
import { clientOptions } from "./client-options.ts";
import { hangUp } from "./hang-up.ts";
import { watchTraffic } from "./traffic.ts";

export type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

export interface LinkOptions {
  readonly brokers: readonly Address[];
  readonly clientId: string;
  readonly acks: 0 | 1 | -1;
  readonly idempotent: boolean;
  readonly compression: Compression;
  readonly timeoutMs: number;
  readonly maxInFlightRequests: number;
  event(kind: EventKind, detail: string): void;
}

/** One producing client of the library with its connections. */
export interface Link {
  /** How many brokers there are. */
  readonly brokers: number;
  /** Produce requests that were handed to a socket so far. */
  produced(): number;
  /** Connections lost so far. */
  losses(): number;
  /** All messages to one partition in one request; with acks=0 until they went to the operating system. */
  send(messages: Message[]): Promise<void>;
  /** Leaders and brokers are to be asked for again. */
  forget(): void;
  close(boundMs: number): Promise<void>;
}

/** Between the attempts of an idempotent producer, which are the library's own. */
export const RETRY_MS = 100;
const OPEN_BOUND_MS = 3000;

/** Connects to every broker, so that no message waits for a connection. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { acks, idempotent, compression, timeoutMs } = options;
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
    ...clientOptions(options.brokers, options.clientId),
    // Time for a second attempt, where it can do no harm.
    requestTimeout: idempotent ? Math.ceil(timeoutMs / 2) : timeoutMs,
    timeout: timeoutMs,
    maxInflights: options.maxInFlightRequests,
    idempotent,
    acks,
    compression,
    ...(idempotent ? { retries: Math.max(2, Math.ceil(timeoutMs / RETRY_MS)), retryDelay: RETRY_MS } : {}),
    repeatOnStaleMetadata: idempotent,
  });
  let produced = 0;
  let losses = 0;
  let closing = false;
  const lost = new Set<string>();
  const stop = watchTraffic(producer.instanceId, {
    produced: () => {
      produced++;
    },
    throttled: (ms) => options.event("throttled", `${ms} ms`),
  });
  producer.on("client:broker:disconnect", ({ broker }) => {
    const address = `${broker.host}:${broker.port}`;
    losses++;
    lost.add(address);
    if (!closing) options.event("disconnected", address);
  });
  producer.on("client:broker:connect", ({ broker }) => {
    const address = `${broker.host}:${broker.port}`;
    if (lost.delete(address)) options.event("reconnected", address);
  });
  const close = async (boundMs: number): Promise<void> => {
    closing = true;
    stop();
    await hangUp(producer, boundMs);
  };
  let brokers: number;
  try {
    await producer.metadata({ topics: [], retries: 0 });
    brokers = (await producer.connectToBrokers()).size;
    if (idempotent) await producer.initIdempotentProducer({});
  } catch (error) {
    await close(OPEN_BOUND_MS);
    throw error;
  }

  return {
    brokers,
    produced: () => produced,
    losses: () => losses,
    async send(messages) {
      await producer.send({ messages, acks, compression, idempotent, repeatOnStaleMetadata: idempotent });
      if (acks === 0) await drained(producer);
    },
    forget: () => producer.clearMetadata(),
    close,
  };
}

/** Without answers nothing else tells that the broker does not keep up. */
async function drained(producer: Producer<Buffer, Buffer, Buffer, Buffer>): Promise<void> {
  for (const [, { socket }] of [...producer.connections])
    while (socket.writableNeedDrain && !socket.destroyed) {
      const ended = new AbortController();
      const { signal } = ended;
      await Promise.race([once(socket, "drain", { signal }), once(socket, "close", { signal })]).catch(
        () => undefined,
      );
      ended.abort();
    }
}

import kafkajs, { type Producer as KafkajsProducer } from "kafkajs";
import { BrokerError } from "../../model/errors.ts";
import type { Outcomes, Producer, ProducerOptions } from "../driver.ts";
import type { Batch } from "./batch.ts";
import { createBatchWindow } from "./batch-window.ts";
import { type Client, createClient, disconnect, NO_RETRY, RETRY_SOON } from "./client.ts";
import type { Context } from "./context.ts";
import { acksOf } from "./copies.ts";
import { codeOf, isConnectionCode, judge, reasonOf } from "./outcome.ts";
import { createQueue } from "./queue.ts";
import { patchRequestQueue } from "./request-queue.ts";
import { topicMaxBytes } from "./topic-plan.ts";

/** Before the next try after the broker could not be reached; what is offered meanwhile waits. */
const PAUSE_MS = 100;
const CLOSE_MS = 3000;

/**
 * Sends each batch as one request to one partition, so that its outcome is that of a range. Several requests
 * may be in flight, but only one is being prepared: kafkajs takes a varying number of steps before it writes
 * (its lock gives the last in line a head start), and of two calls in one tick the second may be written
 * first. The broker works through a connection in order, and nothing is sent again, so that order holds.
 * After a failure one request goes alone until one succeeds, since kafkajs then connects anew.
 */
export async function createProducer(
  context: Context,
  options: ProducerOptions,
  on: Outcomes,
): Promise<Producer> {
  const { topology, idempotent } = options;
  const acks = acksOf(topology.durability, idempotent);
  const timeoutMs = Math.max(1, Math.round(options.publishTimeoutNs / 1e6));
  const compression =
    context.settings.compression === "gzip" ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None;
  // An idempotent producer may send its next request only when the last is settled: kafkajs counts sequences back.
  const widest = idempotent ? 1 : context.settings.maxInFlightRequests;
  const lingerMs = options.lingerNs / 1e6;
  const queue = createQueue({
    batchBytes: Math.min(options.batchBytes, topicMaxBytes(topology)),
    lingerMs,
    groupedAlready: patchRequestQueue(),
  });

  let link: Link | undefined;
  let inFlight = 0;
  let width = 1;
  let losses = 0;
  let paused = false;
  let preparing: Batch | undefined;
  let closed: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const open = async (): Promise<Link> => {
    const client = createClient({
      brokers: context.brokers,
      clientId: `mqbench-producer-${options.index}`,
      // kafkajs insists on a second try of an idempotent producer: the two share the time.
      requestTimeoutMs: idempotent ? Math.ceil(timeoutMs / 2) : timeoutMs,
      retry: RETRY_SOON,
      event: (kind, detail) => {
        if (kind === "disconnected") losses++;
        if (!closed) on.event(kind, detail);
      },
      produced: () => {
        preparing = undefined;
        // Not at once: kafkajs is in the middle of its sending.
        queueMicrotask(pump);
      },
    });
    const producer = client.kafka.producer({
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      allowAutoTopicCreation: false,
      idempotent,
      maxInFlightRequests: widest,
      retry: { ...NO_RETRY, retries: idempotent ? 1 : 0 },
    });
    const made = { client, producer };
    try {
      await producer.connect();
    } catch (error) {
      await hangUp(made);
      throw error;
    }
    return made;
  };

  const window = createBatchWindow(
    {
      queue,
      lingerMs,
      maxInFlight: options.maxInFlight,
      isClosed: () => closed !== undefined,
      pump: () => pump(),
    },
    on,
  );
  const { settle, proceed } = window;

  const pause = (): void => {
    paused = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      paused = false;
      pump();
    }, PAUSE_MS);
  };

  /** kafkajs gives the next request the sequence of the failed one, and the broker would take it for a copy. */
  const renew = async (): Promise<void> => {
    paused = true;
    if (link) await hangUp(link);
    link = undefined;
    while (!closed && !link)
      try {
        link = await open();
      } catch (error) {
        on.event("disconnected", reasonOf(error));
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    if (closed && link) await hangUp(link);
    paused = false;
    pump();
  };

  const send = async (batch: Batch, through: Link): Promise<void> => {
    const { sockets } = through.client;
    const producedBefore = sockets.produced();
    const lossesBefore = losses;
    inFlight++;
    preparing = batch;
    window.sent(batch);
    try {
      const messages = batch.messages();
      await through.producer.send({ topic: topology.name, acks, timeout: timeoutMs, compression, messages });
      if (acks === 0) await sockets.written();
      inFlight--;
      width = widest;
      settle(batch, acks === 0 ? "unasked" : "acked");
    } catch (error) {
      inFlight--;
      const left = preparing !== batch;
      if (!left) preparing = undefined;
      width = 1;
      // An idempotent one goes alone, so all that left meanwhile was this one.
      const attempts = idempotent ? sockets.produced() - producedBefore : 1;
      const { outcome, code } = judge(error, { acks, left, attempts, connectionLost: losses > lossesBefore });
      settle(batch, outcome, code);
      if (!closed && idempotent) void renew();
      else if (!closed && isConnectionCode(code)) pause();
    }
    queue.recycle(batch);
    proceed();
  };

  const pump = (): void => {
    if (paused || closed || !link) return;
    const nowMs = lingerMs > 0 ? performance.now() : 0;
    if (preparing || inFlight >= width) return;
    const batch = queue.next(nowMs, lingerMs === 0 || window.isFlushing);
    if (batch) void send(batch, link);
    else if (timer === undefined && queue.size > 0) {
      timer = setTimeout(() => {
        timer = undefined;
        pump();
      }, queue.dueAtMs() - performance.now());
    }
  };

  const shut = async (): Promise<void> => {
    clearTimeout(timer);
    window.abandon();
    // Something in flight would keep kafkajs waiting for its answer.
    if (link && inFlight > 0) link.client.sockets.destroy();
    if (link) await hangUp(link);
  };

  try {
    link = await open();
  } catch (error) {
    throw new BrokerError(`a producer could not connect to Kafka: ${reasonOf(error)}`, {
      code: codeOf(error),
      cause: error,
    });
  }
  on.event("connected", `producer ${options.index}`);

  return {
    offer: window.offer,
    flush: window.flush,
    close() {
      // Assigned first: what `settled` calls back finds the producer closed.
      closed ??= Promise.resolve().then(shut);
      return closed;
    },
  };
}

interface Link {
  readonly client: Client;
  readonly producer: KafkajsProducer;
}

async function hangUp(link: Link): Promise<void> {
  await disconnect(() => link.producer.disconnect(), link.client.sockets, CLOSE_MS);
}

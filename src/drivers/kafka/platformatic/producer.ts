import { BrokerError } from "../../../model/errors.ts";
import type { Outcomes, Producer, ProducerOptions } from "../../driver.ts";
import type { Batch } from "../batch.ts";
import { createBatchWindow } from "../batch-window.ts";
import type { Context } from "../context.ts";
import { acksOf } from "../copies.ts";
import { isConnectionCode, judge, type Verdict } from "../outcome.ts";
import { createQueue } from "../queue.ts";
import { topicMaxBytes } from "../topic-plan.ts";
import { ClientError, translate } from "./client-error.ts";
import { CONNECT_TIMEOUT_MS } from "./client-options.ts";
import { within } from "./hang-up.ts";
import { type Link, type Message, openLink } from "./link.ts";

/** Before the next try after the broker could not be reached; what is offered meanwhile waits. */
const PAUSE_MS = 100;
const CLOSE_MS = 3000;

/**
 * Sends each batch as one request to one partition, so that its outcome is that of a range. The library writes
 * a request within the call as long as it knows the leaders and is connected to them, and waiting requests of a
 * connection go in the order of the calls: several in flight keep the order. It is only while it looks for
 * leaders or connects that a later call may overtake, so that after an error, and at first, one goes alone.
 */
export async function createProducer(
  context: Context,
  options: ProducerOptions,
  on: Outcomes,
): Promise<Producer> {
  const { topology, idempotent } = options;
  const acks = acksOf(topology.durability, idempotent);
  const timeoutMs = Math.max(1, Math.round(options.publishTimeoutNs / 1e6));
  // The library's own time-out cuts the connection and comes first, unless it tries again by itself.
  const deadlineMs = idempotent ? timeoutMs : timeoutMs + 2 * CONNECT_TIMEOUT_MS;
  const lingerMs = options.lingerNs / 1e6;
  const queue = createQueue({
    batchBytes: Math.min(options.batchBytes, topicMaxBytes(topology)),
    lingerMs,
    groupedAlready: false,
  });

  let link: Link | undefined;
  let inFlight = 0;
  let width = 1;
  let failures = 0;
  let paused = false;
  let closed: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> | undefined;

  const open = (): Promise<Link> =>
    openLink({
      brokers: context.brokers,
      clientId: `mqbench-producer-${options.index}`,
      acks,
      idempotent,
      compression: context.settings.compression,
      timeoutMs,
      maxInFlightRequests: context.settings.maxInFlightRequests,
      event: (kind, detail) => {
        if (!closed) on.event(kind, detail);
      },
    });

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

  /** A request that was given up might still be on its way in the old client. */
  const renew = async (): Promise<void> => {
    paused = true;
    const old = link;
    link = undefined;
    await old?.close(0);
    while (!closed && !link)
      // A lost connection was told of already.
      link = await open().catch(async () => {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        return undefined;
      });
    if (closed) return await link?.close(0);
    paused = false;
    on.event("reconnected", `producer ${options.index}`);
    pump();
  };

  const fail = (batch: Batch, verdict: Verdict, through: Link, givenUp: boolean): void => {
    width = 1;
    failures++;
    settle(batch, verdict.outcome, verdict.code);
    if (closed || link !== through) return;
    through.forget();
    if (givenUp || idempotent) renewing = renew();
    else if (isConnectionCode(verdict.code)) pause();
  };

  const send = (batch: Batch, through: Link): void => {
    const before = { failures, produced: through.produced(), losses: through.losses() };
    const what = (error: ClientError): Verdict => {
      const attempts = through.produced() - before.produced;
      const connectionLost = through.losses() > before.losses;
      // Others that left meanwhile are counted too: then it is unknown, which is never wrong.
      return judge(error, { acks, left: attempts > 0, attempts: idempotent ? attempts : 1, connectionLost });
    };
    inFlight++;
    window.sent(batch);
    const deadline = setTimeout(() => {
      fail(batch, what(new ClientError("no answer in time", "REQUEST_TIMEOUT", undefined)), through, true);
      proceed();
    }, deadlineMs);
    through
      .send(addressed(batch, topology.name))
      .then(
        () => {
          // One that was sent before the last failure proves nothing.
          if (failures === before.failures) width = context.settings.maxInFlightRequests * through.brokers;
          settle(batch, acks === 0 ? "unasked" : "acked");
        },
        (error: unknown) => fail(batch, what(translate(error)), through, false),
      )
      .finally(() => {
        clearTimeout(deadline);
        inFlight--;
        queue.recycle(batch);
        proceed();
      });
  };

  const pump = (): void => {
    const nowMs = lingerMs > 0 ? performance.now() : 0;
    // The library counts an idempotent producer's sequences back only when nothing else is in flight.
    while (!paused && !closed && link && inFlight < (idempotent ? 1 : width)) {
      const batch = queue.next(nowMs, lingerMs === 0 || window.isFlushing);
      if (!batch) break;
      send(batch, link);
    }
    if (paused || closed || timer !== undefined || lingerMs === 0 || queue.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      pump();
    }, queue.dueAtMs() - performance.now());
  };

  const shut = async (): Promise<void> => {
    clearTimeout(timer);
    const abandoned = window.isSending;
    window.abandon();
    await Promise.all([link?.close(abandoned ? 0 : CLOSE_MS), within(Promise.resolve(renewing), CLOSE_MS)]);
  };

  try {
    link = await open();
  } catch (error) {
    const { message, type } = translate(error);
    throw new BrokerError(`a producer could not connect to Kafka: ${message}`, { code: type, cause: error });
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

/** The library wants the topic in each message; they are used again, and keep it. */
function addressed(batch: Batch, topic: string): Message[] {
  const messages = batch.messages() as unknown as Message[];
  for (const message of messages) message.topic = topic;
  return messages;
}

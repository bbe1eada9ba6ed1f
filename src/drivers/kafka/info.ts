import { CONNECTION_TIMEOUT_MS } from "./client.ts";
import type { ClientFacts } from "./platformatic/office-info.ts";
import { kafkajsVersion, patchRequestQueue } from "./request-queue.ts";
import type { KafkaSettings } from "./settings.ts";

/** Version and options of this client. */
export function kafkajsFacts(settings: KafkaSettings): ClientFacts {
  const patched = patchRequestQueue();
  const notes = ["At full speed kafkajs, which encodes in JavaScript, is often the limit, not the broker."];
  if (!patched)
    notes.push(
      "This version of kafkajs is not the one that the driver knows: its timers and its grouping may cost CPU.",
    );
  return {
    clientVersion: kafkajsVersion,
    options: {
      produceRetriesIdempotent: 1,
      maxInFlightRequestsIdempotent: 1,
      batching: "by the driver, one partition per request",
      connectionTimeoutMs: CONNECTION_TIMEOUT_MS,
      groupProtocol: "classic",
      sessionTimeoutMs: settings.sessionTimeoutMs,
      heartbeatIntervalMs: settings.heartbeatIntervalMs,
      kafkajsPatched: patched,
    },
    notes,
  };
}

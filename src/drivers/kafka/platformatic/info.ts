import { clientSoftwareVersion, loadNativeCRC32C } from "@platformatic/kafka";
import type { KafkaSettings } from "../settings.ts";
import { CONNECT_TIMEOUT_MS } from "./client-options.ts";
import { RETRY_MS } from "./link.ts";
import type { ClientFacts } from "./office-info.ts";
import { READ_AHEAD_MESSAGES } from "./stream-options.ts";

/** Version and options of this client. */
export function platformaticFacts({
  group,
  sessionTimeoutMs,
  heartbeatIntervalMs,
}: KafkaSettings): ClientFacts {
  return {
    clientVersion: clientSoftwareVersion,
    options: {
      produceRetriesIdempotent: `every ${RETRY_MS} ms until the publish time-out`,
      maxInFlightRequestsIdempotent: 1,
      batching: "by the driver, one partition per request",
      connectionTimeoutMs: CONNECT_TIMEOUT_MS,
      metadataMaxAge: "until an error",
      groupProtocol: group === "assigned" ? "none: offsets are committed without membership" : group,
      // With the protocol of KIP-848 they are the broker's.
      ...(group === "classic" ? { sessionTimeoutMs, heartbeatIntervalMs } : {}),
      ...(group === "assigned" ? {} : { partitionAssignment: "by the group" }),
      readAheadMessages: READ_AHEAD_MESSAGES,
      checksum: loadNativeCRC32C() === null ? "WebAssembly" : "native",
      checksumVerified: false,
    },
    notes: [
      "At full speed @platformatic/kafka, which makes objects of each message, is often the limit, not the broker.",
    ],
  };
}

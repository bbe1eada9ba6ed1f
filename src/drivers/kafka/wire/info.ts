import { createRequire } from "node:module";
import type { ClientFacts } from "../platformatic/office-info.ts";
import type { KafkaSettings } from "../settings.ts";
import { REMEMBERED_BATCHES } from "./producer-engine.ts";

const require = createRequire(import.meta.url);
/** The client is part of mqbench, and so is its version. */
const { version: clientVersion } = require("../../../../package.json") as { version: string };

/** Version and options of this client. */
export function wireFacts(settings: KafkaSettings): ClientFacts {
  return {
    clientVersion,
    options: {
      produceRetriesIdempotent: "until the publish time-out",
      maxInFlightRequestsIdempotent: Math.min(settings.maxInFlightRequests, REMEMBERED_BATCHES),
      timestampAheadMs: settings.timestampAheadMs,
      batching: "one partition per request; batchBytes before compression",
      groupProtocol: "none: offsets are committed without membership",
      checksumVerified: true,
    },
    notes: [],
  };
}

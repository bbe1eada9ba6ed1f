import { FetchIsolationLevels, MessagesStreamFallbackModes } from "@platformatic/kafka";
import type { KafkaSettings } from "../settings.ts";

/** Messages that the library holds decoded before it stops fetching. */
export const READ_AHEAD_MESSAGES = 1024;

/** How the library reads, whoever says which partitions; offsets are committed by us alone. */
export function streamOptions(settings: KafkaSettings) {
  return {
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
    autocommit: false,
    isolationLevel: isolationOf(settings),
    highWaterMark: READ_AHEAD_MESSAGES,
    minBytes: settings.fetchMinBytes,
    maxBytes: settings.fetchMaxBytes,
    maxBytesPerPartition: settings.fetchMaxBytesPerPartition,
    maxWaitTime: settings.fetchMaxWaitMs,
  };
}

export function isolationOf({ isolation }: KafkaSettings) {
  return isolation === "read_committed"
    ? FetchIsolationLevels.READ_COMMITTED
    : FetchIsolationLevels.READ_UNCOMMITTED;
}

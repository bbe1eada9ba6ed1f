import { clientSoftwareVersion, loadNativeCRC32C } from "@platformatic/kafka";
import type { TargetInfo } from "../../driver.ts";
import { ACKS_TEXT, classOf, copiesNote } from "../copies.ts";
import type { KafkaSettings } from "../settings.ts";
import { CONNECT_TIMEOUT_MS } from "./client-options.ts";
import { RETRY_MS } from "./link.ts";
import type { Office } from "./office.ts";
import { READ_AHEAD_MESSAGES } from "./reader.ts";

/** Versions, and every option of client and broker that changes results. `options` can still be added to. */
export function describeTarget(
  office: Office,
  settings: KafkaSettings,
): TargetInfo & { readonly options: Record<string, string | number | boolean> } {
  const { copies } = office;
  const note = copiesNote(copies, office.brokers);
  return {
    version: office.version,
    clientVersion: clientSoftwareVersion,
    address: office.address,
    options: {
      brokers: office.brokers,
      replicationFactor: copies.replicationFactor,
      minInsyncReplicas: copies.minInsyncReplicas,
      acks: ACKS_TEXT,
      produceRetries: 0,
      produceRetriesIdempotent: `every ${RETRY_MS} ms until the publish time-out`,
      maxInFlightRequests: settings.maxInFlightRequests,
      maxInFlightRequestsIdempotent: 1,
      partitioner: "harness",
      batching: "by the driver, one partition per request",
      compression: settings.compression,
      noDelay: true,
      connectionTimeoutMs: CONNECT_TIMEOUT_MS,
      metadataMaxAge: "until an error",
      groupProtocol: "none: offsets are committed without membership",
      partitionAssignment: "explicit",
      autoCommit: false,
      commitIntervalMs: settings.commitIntervalMs,
      isolation: settings.isolation,
      offsetReset: "earliest",
      fetchMinBytes: settings.fetchMinBytes,
      fetchMaxBytes: settings.fetchMaxBytes,
      fetchMaxBytesPerPartition: settings.fetchMaxBytesPerPartition,
      fetchMaxWaitMs: settings.fetchMaxWaitMs,
      readAheadMessages: READ_AHEAD_MESSAGES,
      checksum: loadNativeCRC32C() === null ? "WebAssembly" : "native",
      checksumVerified: false,
      transactions: false,
      ...office.options,
    },
    durabilityClass: (durability) => classOf(durability, copies),
    notes: [
      "At full speed @platformatic/kafka, which makes objects of each message, is often the limit, not the broker.",
      ...(note === undefined ? [] : [note]),
    ],
  };
}

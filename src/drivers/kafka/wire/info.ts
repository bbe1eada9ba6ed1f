import { createRequire } from "node:module";
import type { TargetInfo } from "../../driver.ts";
import { ACKS_TEXT, classOf, copiesNote } from "../copies.ts";
import type { Office } from "../platformatic/office.ts";
import type { KafkaSettings } from "../settings.ts";
import { REMEMBERED_BATCHES } from "./producer-engine.ts";

const require = createRequire(import.meta.url);
/** The client is part of mqbench, and so is its version. */
const { version: clientVersion } = require("../../../../package.json") as { version: string };

/** Versions, and every option of client and broker that changes results. `options` can still be added to. */
export function describeWire(
  office: Office,
  settings: KafkaSettings,
): TargetInfo & { readonly options: Record<string, string | number | boolean> } {
  const { copies } = office;
  const note = copiesNote(copies, office.brokers);
  return {
    version: office.version,
    clientVersion,
    address: office.address,
    options: {
      brokers: office.brokers,
      replicationFactor: copies.replicationFactor,
      minInsyncReplicas: copies.minInsyncReplicas,
      acks: ACKS_TEXT,
      produceRetries: 0,
      produceRetriesIdempotent: "until the publish time-out",
      maxInFlightRequests: settings.maxInFlightRequests,
      maxInFlightRequestsIdempotent: Math.min(settings.maxInFlightRequests, REMEMBERED_BATCHES),
      partitioner: "harness",
      batching: "one partition per request; batchBytes before compression",
      compression: settings.compression,
      noDelay: true,
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
      checksumVerified: true,
      transactions: false,
      ...office.options,
    },
    durabilityClass: (durability) => classOf(durability, copies),
    notes: note === undefined ? [] : [note],
  };
}

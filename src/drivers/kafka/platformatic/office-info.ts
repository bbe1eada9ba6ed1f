import type { TargetInfo } from "../../driver.ts";
import { ACKS_TEXT, classOf, copiesNote } from "../copies.ts";
import type { KafkaSettings } from "../settings.ts";
import type { Office } from "./office.ts";

/** What `create` reads back joins the options. */
export type OfficeInfo = TargetInfo & { readonly options: Record<string, string | number | boolean> };

/** What a client adds to what is the same for all of them. */
export interface ClientFacts {
  readonly clientVersion: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly notes: readonly string[];
}

/** Versions, and every option of client and broker that changes results. */
export function officeInfo(office: Office, settings: KafkaSettings, own: ClientFacts): OfficeInfo {
  const { copies } = office;
  const note = copiesNote(copies, office.brokers);
  return {
    version: office.version,
    clientVersion: own.clientVersion,
    address: office.address,
    options: {
      brokers: office.brokers,
      replicationFactor: copies.replicationFactor,
      minInsyncReplicas: copies.minInsyncReplicas,
      acks: ACKS_TEXT,
      produceRetries: settings.retries,
      maxInFlightRequests: settings.maxInFlightRequests,
      partitioner: "harness",
      compression: settings.compression,
      noDelay: true,
      partitionAssignment: "explicit",
      autoCommit: false,
      commitIntervalMs: settings.commitIntervalMs,
      isolation: settings.isolation,
      offsetReset: "earliest",
      fetchMinBytes: settings.fetchMinBytes,
      fetchMaxBytes: settings.fetchMaxBytes,
      fetchMaxBytesPerPartition: settings.fetchMaxBytesPerPartition,
      fetchMaxWaitMs: settings.fetchMaxWaitMs,
      transactions: false,
      ...own.options,
      ...office.options,
    },
    durabilityClass: (durability) => classOf(durability, office.copies),
    notes: [...own.notes, ...(note === undefined ? [] : [note])],
  };
}

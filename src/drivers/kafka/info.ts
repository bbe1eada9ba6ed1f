import kafkajs, { type Admin } from "kafkajs";
import type { TargetInfo } from "../driver.ts";
import { addressText } from "./address.ts";
import { CONNECTION_TIMEOUT_MS } from "./client.ts";
import type { Context } from "./context.ts";
import { ACKS_TEXT, type Copies, classOf, copiesNote } from "./copies.ts";
import type { Features } from "./features.ts";
import { kafkajsVersion, patchRequestQueue } from "./request-queue.ts";
import { BROKER_SETTINGS } from "./topic-plan.ts";

interface Found {
  readonly context: Context;
  readonly admin: Admin;
  readonly features: Features;
  readonly copies: Copies;
  readonly brokers: number;
  /** Filled here; part of the result. */
  readonly options: Record<string, string | number | boolean>;
}

/** Versions, and every option of client and broker that changes results. */
export async function describeTarget(found: Found): Promise<TargetInfo> {
  const { context, copies, features, options } = found;
  const { settings } = context;
  const patched = patchRequestQueue();
  Object.assign(options, {
    brokers: found.brokers,
    replicationFactor: copies.replicationFactor,
    minInsyncReplicas: copies.minInsyncReplicas,
    acks: ACKS_TEXT,
    produceRetries: 0,
    produceRetriesIdempotent: 1,
    maxInFlightRequests: settings.maxInFlightRequests,
    maxInFlightRequestsIdempotent: 1,
    partitioner: "harness",
    batching: "by the driver, one partition per request",
    compression: settings.compression,
    noDelay: true,
    connectionTimeoutMs: CONNECTION_TIMEOUT_MS,
    groupProtocol: "classic",
    partitionAssignment: "explicit",
    autoCommit: false,
    commitIntervalMs: settings.commitIntervalMs,
    isolation: settings.isolation,
    offsetReset: "earliest",
    fetchMinBytes: settings.fetchMinBytes,
    fetchMaxBytes: settings.fetchMaxBytes,
    fetchMaxBytesPerPartition: settings.fetchMaxBytesPerPartition,
    fetchMaxWaitMs: settings.fetchMaxWaitMs,
    sessionTimeoutMs: settings.sessionTimeoutMs,
    heartbeatIntervalMs: settings.heartbeatIntervalMs,
    transactions: false,
    kafkajsPatched: patched,
    ...(await readBroker(found.admin)),
  });
  return {
    version: features.version === "unknown" ? "unknown" : `${features.version} (by its features)`,
    clientVersion: kafkajsVersion,
    address: addressText(context.brokers),
    options,
    durabilityClass: (durability) => classOf(durability, copies),
    notes: notesOf(patched, copies, found.brokers),
  };
}

function notesOf(patched: boolean, copies: Copies, brokers: number): readonly string[] {
  const notes = ["At full speed kafkajs, which encodes in JavaScript, is often the limit, not the broker."];
  if (!patched)
    notes.push(
      "This version of kafkajs is not the one that the driver knows: its timers and its grouping may cost CPU.",
    );
  const note = copiesNote(copies, brokers);
  if (note) notes.push(note);
  return notes;
}

/** Of the broker that is asked first; it may refuse to tell. */
async function readBroker(admin: Admin): Promise<Record<string, string>> {
  const read: Record<string, string> = {};
  try {
    const { controller, brokers } = await admin.describeCluster();
    const name = String(controller ?? brokers[0]?.nodeId);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name, configNames: [...BROKER_SETTINGS] }],
    });
    for (const entry of resources[0]?.configEntries ?? [])
      read[`broker.${entry.configName}`] = entry.configValue;
  } catch {
    // Not allowed to: the settings are then simply not in the result.
  }
  return read;
}

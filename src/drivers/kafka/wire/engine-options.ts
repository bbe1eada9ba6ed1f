import type { Compression } from "../settings.ts";
import type { Identity } from "./idempotence.ts";

/** What a producer's engine is told. */
export interface EngineOptions {
  readonly acks: 0 | 1 | -1;
  readonly idempotent: boolean;
  readonly compression: Compression;
  /** Size of a batch before compression, header included. */
  readonly batchBytes: number;
  readonly lingerMs: number;
  /** After so long without an acknowledgement nothing is tried again. */
  readonly publishTimeoutMs: number;
  /** Messages. */
  readonly maxInFlight: number;
  /** Per connection. */
  readonly maxInFlightRequests: number;
  readonly topicBytes: number;
  /** Under which sequences begin anew; only with idempotence, and not within transactions. Rejects when closed. */
  readonly renew: ((identity: Identity) => Promise<Identity>) | undefined;
  /** Without idempotence: how often a batch is sent again. */
  readonly retries: number;
}

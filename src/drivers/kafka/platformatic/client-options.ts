import type { BaseOptions } from "@platformatic/kafka";
import type { Address } from "../address.ts";

export const CONNECT_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 10_000;
/** What one partition of a cluster looks like is asked again after an error, and at no other time. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * What all clients have in common, every field that matters set. The driver tries again by itself, so that
 * each attempt and its outcome are known.
 */
export function clientOptions(brokers: readonly Address[], clientId: string): BaseOptions {
  return {
    clientId,
    bootstrapBrokers: brokers.map(({ host, port }) => ({ host, port })),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    timeout: REQUEST_TIMEOUT_MS,
    retries: 0,
    retryDelay: 0,
    maxInflights: 5,
    handleBackPressure: false,
    metadataMaxAge: NEVER,
    autocreateTopics: false,
    strict: false,
  };
}

import { afterAll } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";

const leases = new Map<string, Promise<BrokerLease>>();
afterAll(async () => {
  for (const lease of leases.values()) await (await lease).release();
});

/** One broker of each system for a file of tests; gone after the file. */
export function sharedBroker(system: string): Promise<BrokerLease> {
  const lease =
    leases.get(system) ??
    obtainBroker(system, { onProgress: () => {}, signal: new AbortController().signal });
  leases.set(system, lease);
  return lease;
}

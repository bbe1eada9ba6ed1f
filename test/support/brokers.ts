import { beforeAll, onTestFinished } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { type Host, thisHost } from "../../src/brokers/host.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { bringUp } from "../../src/brokers/up.ts";
import { temporaryFolder } from "./run.ts";

/** A broker takes seconds to start, and its first download longer. */
const START_MS = 180_000;

/** Where test/support/broker-home.ts says. */
function sharedHost(): Host {
  return thisHost({ stateDir: process.env.MQBENCH_TEST_BROKERS! });
}

const leases = new Map<string, Promise<BrokerLease>>();

/** What every file of tests may use, and none may hurt: up since the first that asked for it. */
export function sharedBroker(system: string): Promise<BrokerLease> {
  const lease = leases.get(system) ?? shared(system);
  leases.set(system, lease);
  return lease;
}

async function shared(system: string): Promise<BrokerLease> {
  const work = { onProgress: () => {}, signal: new AbortController().signal };
  const url = process.env[`MQBENCH_${system.toUpperCase()}_URL`];
  if (url) return await obtainBroker(system, { ...work, url });
  const host = sharedHost();
  await bringUp(system, {}, { ...work, host });
  return await obtainBroker(system, work, host);
}

/** This file's runs find the shared brokers by themselves, as they do after `mqbench up`. */
export function useSharedBrokers(...systems: readonly string[]): void {
  beforeAll(async () => {
    for (const system of systems) await sharedBroker(system);
    process.env.MQBENCH_STATE = sharedHost().stateDir;
  }, START_MS);
}

/** One that a test may hurt; gone when the test is over. */
export async function ownBroker(system: string): Promise<BrokerLease> {
  const host = thisHost({ stateDir: temporaryFolder() });
  const lease = await obtainBroker(
    system,
    { onProgress: () => {}, signal: new AbortController().signal },
    host,
  );
  onTestFinished(() => lease.release());
  return lease;
}

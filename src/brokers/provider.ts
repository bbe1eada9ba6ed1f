import type { BrokerLease, ObtainOptions } from "./broker.ts";
import { chooseVersion, findSystem } from "./catalogue.ts";
import { brokerPids, endBroker } from "./ending.ts";
import { type Host, thisHost, type Work } from "./host.ts";
import { launch } from "./launch.ts";
import { type BrokerRecord, brokerDir, removeBrokerDir } from "./registry.ts";
import { sweep, withRegistryLock } from "./sweep.ts";
import { findUp } from "./up.ts";

/**
 * A broker to work with: the given URL if there is one, otherwise the one that `mqbench up` left running,
 * otherwise one that is started for this lease and ends with it.
 */
export async function obtainBroker(
  system: string,
  options: ObtainOptions,
  host: Host = thisHost(),
): Promise<BrokerLease> {
  if (options.url !== undefined) return givenLease(system, options.url);
  const work: Work = { host, onProgress: options.onProgress, signal: options.signal };
  const native = findSystem(system);
  const version = chooseVersion(native, options.version);
  const living = await sweep(work);
  const up = findUp(living, system);
  if (up && (options.version === undefined || up.requested === version))
    return leaseOf(up, "up", work, noRelease);

  const installation = await native.install(version, work);
  const { record, watch } = await launch({ system, requested: version, installation }, work);
  let released: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    // The data goes too, so there is nothing that a slow orderly stop would save.
    await endBroker(record.id, record.leader, 0);
    const lasting = { ...work, signal: new AbortController().signal };
    await withRegistryLock(lasting, async () => removeBrokerDir(host, record.id));
    watch.end();
  };
  return leaseOf(record, "started", work, () => {
    released ??= end();
    return released;
  });
}

function givenLease(system: string, url: string): BrokerLease {
  return { system, version: "", url, origin: "given", pids: [], facts: {}, release: noRelease };
}

function leaseOf(
  record: BrokerRecord,
  origin: "up" | "started",
  work: Work,
  release: () => Promise<void>,
): BrokerLease {
  const { system, version, url, managementUrl, facts } = record;
  const dataDir = brokerDir(work.host, record.id);
  const lease = { system, version, url, origin, pids: brokerPids(record.id), dataDir, facts, release };
  return managementUrl === undefined ? lease : { ...lease, managementUrl };
}

async function noRelease(): Promise<void> {}

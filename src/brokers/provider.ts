import type { BrokerLease, ObtainOptions } from "./broker.ts";
import { chooseVersion, findSystem } from "./catalogue.ts";
import { brokerPids, endBroker } from "./ending.ts";
import { type Host, thisHost, type Work } from "./host.ts";
import { launch } from "./launch.ts";
import { openMemoryAlarm } from "./memory-alarm.ts";
import type { NativeSystem } from "./native.ts";
import { brokerNodes } from "./node.ts";
import { requireNodes } from "./nodes.ts";
import type { OwnerWatch } from "./owner-watch.ts";
import { type BrokerRecord, brokerDir, leadersOf, readRecord, removeBrokerDir } from "./registry.ts";
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
  if (up && (options.version === undefined || up.requested === version)) {
    requireNodes(up, options.nodes);
    return leaseOf(up, "up", { native, work, watch: undefined, release: noRelease });
  }

  const installation = await native.install(version, work);
  const wanted = { native, requested: version, installation, nodes: options.nodes ?? 1 };
  const { record, watch } = await launch(wanted, work);
  let released: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    // The data goes too, so there is nothing that a slow orderly stop would save.
    await endBroker(record.id, leadersOf(readRecord(host, record.id) ?? record), 0);
    const lasting = { ...work, signal: new AbortController().signal };
    await withRegistryLock(lasting, async () => removeBrokerDir(host, record.id));
    watch.end();
  };
  const release = (): Promise<void> => {
    released ??= end();
    return released;
  };
  return leaseOf(record, "started", { native, work, watch, release });
}

function givenLease(system: string, url: string): BrokerLease {
  return { system, version: "", url, origin: "given", nodes: [], pids: [], facts: {}, release: noRelease };
}

interface Leasing {
  readonly native: NativeSystem;
  readonly work: Work;
  readonly watch: OwnerWatch | undefined;
  release(): Promise<void>;
}

function leaseOf(
  record: BrokerRecord,
  origin: "up" | "started",
  { native, work, watch, release }: Leasing,
): BrokerLease {
  const { id, system, version, url, managementUrl, facts } = record;
  let pids: readonly number[] | undefined;
  const onChange = (): void => {
    pids = undefined;
  };
  return {
    ...{ system, version, url, origin, facts, release },
    ...(managementUrl === undefined ? {} : { managementUrl }),
    dataDir: brokerDir(work.host, id),
    ...(native.alarmProgram && {
      memoryAlarm: () => openMemoryAlarm(native.alarmProgram!(record.nodes[0]!)),
    }),
    nodes: brokerNodes(record, { work, probe: native.probe, watch, onChange }),
    // Looking for them costs a walk through /proc, and who meters them asks each second.
    get pids() {
      pids ??= brokerPids(id);
      return pids;
    },
  };
}

async function noRelease(): Promise<void> {}

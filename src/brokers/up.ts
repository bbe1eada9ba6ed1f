import { UserError } from "../model/errors.ts";
import { chooseVersion, findSystem } from "./catalogue.ts";
import { brokerPids, endBroker } from "./ending.ts";
import type { Work } from "./host.ts";
import { launch } from "./launch.ts";
import { withLock } from "./lock.ts";
import type { NativeSystem } from "./native.ts";
import { brokerNodes, type NodeState, nodeState } from "./node.ts";
import { requireNodes } from "./nodes.ts";
import { residentBytes } from "./process-id.ts";
import {
  type BrokerRecord,
  brokerDir,
  brokersDir,
  leadersOf,
  type NodeRecord,
  removeBrokerDir,
  writeRecord,
} from "./registry.ts";
import { nodePids } from "./start-node.ts";
import { sweep, withRegistryLock } from "./sweep.ts";

/** An orderly stop of an idle broker takes 1 to 3 s. */
const GRACE_MS = 10_000;

/** A broker that is up, as `status` shows it. */
export interface BrokerStatus {
  readonly system: string;
  readonly version: string;
  readonly url: string;
  readonly managementUrl?: string;
  readonly nodes: readonly NodeStatus[];
  /** Resident memory of all its processes. */
  readonly memoryBytes: number;
  readonly dataDir: string;
  readonly sinceIso: string;
  readonly facts: BrokerRecord["facts"];
}

export interface NodeStatus {
  readonly name: string;
  readonly ownName: string;
  readonly address: string;
  readonly state: NodeState;
  readonly ports: Readonly<Record<string, number>>;
  /** Its processes, the leader of their group first; none of a node that is down. */
  readonly pids: readonly number[];
}

export interface UpWish {
  /** One of the system's `versions`; what is up, or its default, when absent. */
  readonly version?: string | undefined;
  /** 1 or 3; what is up, or 1, when absent. */
  readonly nodes?: number | undefined;
}

export interface UpResult extends BrokerStatus {
  readonly wasUp: boolean;
}

/**
 * Starts a broker that outlives this process, or returns the one that is already up, its dead nodes started again.
 * @throws UserError `OTHER_VERSION_UP`, `OTHER_NODES_UP`; BrokerError when it cannot be had or does not start
 */
export function bringUp(system: string, { version, nodes }: UpWish, work: Work): Promise<UpResult> {
  const native = findSystem(system);
  const requested = chooseVersion(native, version);
  const onWait = (pid: string): void => work.onProgress(`waiting for process ${pid}, which starts ${system}`);
  return withLock(`up ${system} ${brokersDir(work.host)}`, { signal: work.signal, onWait }, async () => {
    const up = findUp(await sweep(work), system);
    if (up && version !== undefined && up.requested !== requested)
      throw new UserError(`${system} ${up.version} is already up, and version ${requested} was asked for`, {
        code: "OTHER_VERSION_UP",
        hints: [`Run "mqbench down ${system}" first.`],
      });
    if (up) {
      requireNodes(up, nodes);
      // Who holds it has a plan for its dead nodes.
      if (!up.holder) await startDead(up, native, work);
      return { ...statusOf(up, work), wasUp: true };
    }
    const installation = await native.install(requested, work);
    const { record, watch } = await launch({ native, requested, installation, nodes: nodes ?? 1 }, work);
    const { owner: _, ...lasting } = record;
    writeRecord(work.host, lasting);
    await watch.disarm();
    return { ...statusOf(lasting, work), wasUp: false };
  });
}

async function startDead(up: BrokerRecord, { probe }: NativeSystem, work: Work): Promise<void> {
  for (const node of brokerNodes(up, { work, probe, watch: undefined, onChange: () => {} })) {
    if (node.state() !== "down") continue;
    work.onProgress(`starting ${node.name} of ${up.system} again, which was down`);
    await node.start();
  }
}

/** Stops the brokers of these systems that are up, all for none named, and removes their data. */
export async function takeDown(systems: readonly string[], work: Work): Promise<readonly BrokerStatus[]> {
  for (const system of systems) findSystem(system);
  const wanted = (await brokersUp(work)).filter(
    ({ system }) => systems.length === 0 || systems.includes(system),
  );
  const stopped: BrokerStatus[] = [];
  for (const record of wanted) {
    stopped.push(statusOf(record, work));
    work.onProgress(`stopping ${record.system} ${record.version}`);
    await endBroker(record.id, leadersOf(record), GRACE_MS);
    await withRegistryLock(work, async () => removeBrokerDir(work.host, record.id));
  }
  return stopped;
}

export async function listUp(systems: readonly string[], work: Work): Promise<readonly BrokerStatus[]> {
  for (const system of systems) findSystem(system);
  const up = await brokersUp(work);
  const isWanted = ({ system }: BrokerRecord): boolean => systems.length === 0 || systems.includes(system);
  return up.filter(isWanted).map((record) => statusOf(record, work));
}

export function findUp(records: readonly BrokerRecord[], system: string): BrokerRecord | undefined {
  return records.find((record) => record.system === system && record.owner === undefined);
}

async function brokersUp(work: Work): Promise<readonly BrokerRecord[]> {
  return (await sweep(work)).filter(({ owner }) => owner === undefined);
}

function statusOf(record: BrokerRecord, { host }: Work): BrokerStatus {
  const { id, system, version, url, managementUrl, sinceIso, facts } = record;
  const memoryBytes = brokerPids(id).reduce((sum, pid) => sum + residentBytes(pid), 0);
  const pidsOf = ({ name, leader }: NodeRecord): readonly number[] => {
    const pids = nodePids(id, name);
    return [...pids.filter((pid) => pid === leader?.pid), ...pids.filter((pid) => pid !== leader?.pid)];
  };
  const nodes = record.nodes.map((node): NodeStatus => {
    const { name, ownName, address, ports } = node;
    return { name, ownName, address, state: nodeState(id, node), ports, pids: pidsOf(node) };
  });
  return {
    ...{ system, version, url, nodes, memoryBytes, sinceIso, facts },
    ...(managementUrl === undefined ? {} : { managementUrl }),
    dataDir: brokerDir(host, id),
  };
}

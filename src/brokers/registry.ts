import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrokerFacts } from "./broker.ts";
import type { Host } from "./host.ts";
import { LOG_NAME, type NodePlan } from "./native.ts";
import type { ProcessId } from "./process-id.ts";

/** Every process of a broker has this variable, so that all can be found though some leave their group. */
export const ID_VARIABLE = "MQBENCH_BROKER_ID";

export interface NodeRecord extends NodePlan {
  /** The leader of the node's process group; absent until it is spawned. */
  readonly leader?: ProcessId;
}

/** A broker that mqbench started: one directory under the state directory, with its data in it. */
export interface BrokerRecord {
  readonly id: string;
  readonly system: string;
  readonly version: string;
  /** The value of `--version` that it was started for. */
  readonly requested: string;
  /** Empty until it is ready. */
  readonly url: string;
  readonly managementUrl?: string;
  readonly sinceIso: string;
  /** Who must stop it. Absent: it stays up until `mqbench down`. */
  readonly owner?: ProcessId;
  /** Who has killed or stopped one of its nodes for a while; see `node.ts`. */
  readonly holder?: ProcessId;
  /** Empty until they are configured. */
  readonly nodes: readonly NodeRecord[];
  /** The leaders of what all nodes need. */
  readonly helpers: readonly ProcessId[];
  readonly facts: BrokerFacts;
}

/** The leaders of all of a broker's process groups, dead ones included. */
export function leadersOf({ nodes, helpers }: Pick<BrokerRecord, "nodes" | "helpers">): readonly ProcessId[] {
  return [...nodes.flatMap(({ leader }) => leader ?? []), ...helpers];
}

export function brokersDir(host: Host): string {
  return join(host.stateDir, "b");
}

export function brokerDir(host: Host, id: string): string {
  return join(brokersDir(host), id);
}

export function newBrokerId(): string {
  return randomBytes(8).toString("hex");
}

/** Atomic: a reader sees the old record or the new one. */
export function writeRecord(host: Host, record: BrokerRecord): void {
  const dir = brokerDir(host, record.id);
  // Logs and data hold whatever is sent to the broker: nobody else's business.
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, "record.json");
  writeFileSync(`${path}.new`, JSON.stringify(record, null, 2));
  renameSync(`${path}.new`, path);
}

export function removeBrokerDir(host: Host, id: string): void {
  rmSync(brokerDir(host, id), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Copies the logs of dead nodes into one file outside and returns where it is; undefined if there are none. */
export function keepLogs(
  host: Host,
  system: string,
  nodes: readonly { readonly dir: string }[],
): string | undefined {
  const kept = join(host.stateDir, `failed-${system}.log`);
  try {
    writeFileSync(kept, nodes.map(({ dir }) => readFileSync(join(dir, LOG_NAME), "utf8")).join("\n"));
    return kept;
  } catch {
    return undefined;
  }
}

/** Every broker directory: its id and its record, undefined where there is none that can be read. */
export function readRecords(
  host: Host,
): { readonly id: string; readonly record: BrokerRecord | undefined }[] {
  let ids: string[];
  try {
    ids = readdirSync(brokersDir(host));
  } catch {
    return [];
  }
  return ids.map((id) => ({ id, record: readRecord(host, id) }));
}

/** Undefined where there is none that can be read. */
export function readRecord(host: Host, id: string): BrokerRecord | undefined {
  try {
    const record = JSON.parse(
      readFileSync(join(brokerDir(host, id), "record.json"), "utf8"),
    ) as BrokerRecord & {
      leader?: ProcessId;
    };
    if (record.id !== id) return undefined;
    // Of an mqbench that knew one node only. It may be in use, and is not to be taken for a leftover.
    return record.nodes ? record : { ...record, nodes: [], helpers: record.leader ? [record.leader] : [] };
  } catch {
    return undefined;
  }
}

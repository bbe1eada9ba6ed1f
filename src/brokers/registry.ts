import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrokerFacts } from "./broker.ts";
import type { Host } from "./host.ts";
import { LOG_NAME } from "./native.ts";
import type { ProcessId } from "./process-id.ts";

/** Every process of a broker has this variable, so that all can be found though some leave their group. */
export const ID_VARIABLE = "MQBENCH_BROKER_ID";

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
  /** The leader of the broker's process group; absent until it is spawned. */
  readonly leader?: ProcessId;
  readonly facts: BrokerFacts;
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

/** Moves a dead broker's log out of its directory and returns where it is; undefined if there is none. */
export function keepLog(host: Host, id: string, system: string): string | undefined {
  const kept = join(host.stateDir, `failed-${system}.log`);
  try {
    renameSync(join(brokerDir(host, id), LOG_NAME), kept);
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
  return ids.map((id) => ({ id, record: readRecord(join(brokerDir(host, id), "record.json"), id) }));
}

function readRecord(path: string, id: string): BrokerRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as BrokerRecord;
    return record.id === id ? record : undefined;
  } catch {
    return undefined;
  }
}

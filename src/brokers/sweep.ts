import { brokerPids, endBroker, signalTo } from "./ending.ts";
import type { Work } from "./host.ts";
import { withLock } from "./lock.ts";
import { isAlive } from "./process-id.ts";
import {
  type BrokerRecord,
  brokersDir,
  keepLogs,
  leadersOf,
  readRecords,
  removeBrokerDir,
  writeRecord,
} from "./registry.ts";

/** Creating and removing records happens under this lock, so that a directory without a record is a leftover. */
export function withRegistryLock<T>(work: Work, action: () => Promise<T>): Promise<T> {
  return withLock(brokersDir(work.host), { signal: work.signal }, action);
}

/** Ends what dead owners left behind, removes the data of what is dead, and returns the brokers that live. */
export function sweep(work: Work): Promise<readonly BrokerRecord[]> {
  return withRegistryLock(work, async () => {
    const living: BrokerRecord[] = [];
    for (const { id, record } of readRecords(work.host)) {
      if (record && isWanted(record)) {
        living.push(record.holder && !isAlive(record.holder) ? resume(record, work) : record);
        continue;
      }
      await endBroker(id, record ? leadersOf(record) : [], 0);
      // One that was up and died by itself: its log may say why.
      const kept = record && !record.owner ? keepLogs(work.host, record.system, record.nodes) : undefined;
      removeBrokerDir(work.host, id);
      const log = kept === undefined ? "" : `; its log is ${kept}`;
      if (record) work.onProgress(`removed what was left of a ${record.system} of ${record.sinceIso}${log}`);
    }
    return living;
  });
}

/** One with a living owner is that owner's affair, whatever its state; without an owner it must itself live. */
function isWanted(record: BrokerRecord): boolean {
  if (record.owner) return isAlive(record.owner);
  if (record.holder && isAlive(record.holder)) return true;
  // What all nodes need lives on without any; a record without nodes has nothing else.
  const leaders = record.nodes.length > 0 ? leadersOf({ ...record, helpers: [] }) : record.helpers;
  return leaders.some(isAlive);
}

/** Whoever stopped a node of it died, and what should have continued it then may have died too. */
function resume({ holder: _, ...record }: BrokerRecord, work: Work): BrokerRecord {
  for (const pid of brokerPids(record.id)) signalTo(pid, "SIGCONT");
  writeRecord(work.host, record);
  return record;
}

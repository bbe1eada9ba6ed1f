import type { BrokerResources } from "../model/harness.ts";
import { diskBytes, type ProcessUse, readProcessTree } from "./process-tree.ts";

/** The processes of a local broker. */
export interface LocalBroker {
  readonly pids: readonly number[];
  readonly dataDir?: string;
}

/** Watches what a local broker uses between its first and its last look. */
export interface ResourceMeter {
  look(): void;
  /** @returns undefined when the broker was not seen twice */
  result(messages: number): BrokerResources | undefined;
}

export function createResourceMeter(
  broker: LocalBroker,
  read: (roots: readonly number[]) => ReadonlyMap<number, ProcessUse> = readProcessTree,
  sizeOf: (folder: string) => number = diskBytes,
): ResourceMeter {
  const first = new Map<number, ProcessUse>();
  const last = new Map<number, ProcessUse>();
  let looks = 0;
  let rssMaxBytes = 0;
  let dataBytes: { before: number; after: number } | undefined;
  const sum = (of: (use: ProcessUse) => number): number => {
    let n = 0;
    // What began meanwhile counts from nothing; what ended counts as far as it was seen.
    for (const [pid, use] of last) n += of(use) - (first.has(pid) ? of(first.get(pid)!) : 0);
    return n;
  };
  return {
    look() {
      const now = read(broker.pids);
      if (now.size === 0) return;
      for (const [pid, use] of now) {
        if (looks === 0) first.set(pid, use);
        last.set(pid, use);
      }
      looks++;
      rssMaxBytes = Math.max(
        rssMaxBytes,
        [...now.values()].reduce((n, use) => n + use.rssBytes, 0),
      );
      if (broker.dataDir !== undefined && [...now.values()].some((use) => use.writtenBytes === undefined)) {
        const bytes = sizeOf(broker.dataDir);
        dataBytes = { before: dataBytes?.before ?? bytes, after: bytes };
      }
    },
    result(messages) {
      if (looks < 2) return undefined;
      const cpuNs = sum((use) => use.cpuNs);
      const isTold = [...last.values()].every((use) => use.writtenBytes !== undefined);
      const written = isTold
        ? sum((use) => use.writtenBytes ?? 0)
        : dataBytes && Math.max(0, dataBytes.after - dataBytes.before);
      const per = (n: number): number => (messages > 0 ? n / messages : 0);
      return {
        processes: last.size,
        cpuS: cpuNs / 1e9,
        cpuPerMessageNs: per(cpuNs),
        rssMaxBytes,
        ...(written === undefined ? {} : { writtenBytes: written, writtenPerMessageBytes: per(written) }),
      };
    },
  };
}

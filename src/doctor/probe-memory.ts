import { freemem, totalmem } from "node:os";
import type { MemoryFacts } from "./facts.ts";
import { cgroupFolders, memoryBytes, type Read, readNumber, smallest } from "./proc.ts";

/** What can still be had without taking it from somebody, as the kernel estimates it. */
export function probeMemory(read: Read): MemoryFacts {
  const info = read("/proc/meminfo");
  const totalBytes = totalmem();
  const available = memoryBytes(info, "MemAvailable") ?? freemem();
  const groups = limits(read, totalBytes);
  const swapTotalBytes = memoryBytes(info, "SwapTotal");
  const swapFreeBytes = memoryBytes(info, "SwapFree");
  return {
    totalBytes,
    availableBytes: Math.min(available, ...groups.map((g) => g.limitBytes - g.usedBytes)),
    limitBytes: smallest(groups.map((g) => g.limitBytes)),
    swapTotalBytes,
    swapUsedBytes:
      swapTotalBytes === undefined || swapFreeBytes === undefined
        ? undefined
        : swapTotalBytes - swapFreeBytes,
  };
}

interface Limit {
  readonly limitBytes: number;
  /** Without files that the kernel only keeps because there is room. */
  readonly usedBytes: number;
}

/** cgroup v2: `memory.max`, v1: `memory.limit_in_bytes`; no limit is `max`, or more than there is. */
function limits(read: Read, totalBytes: number): readonly Limit[] {
  return cgroupFolders(read, "memory").flatMap((folder) => {
    const limitBytes =
      readNumber(read, `${folder}/memory.max`) ?? readNumber(read, `${folder}/memory.limit_in_bytes`);
    if (limitBytes === undefined || limitBytes >= totalBytes) return [];
    const usage =
      readNumber(read, `${folder}/memory.current`) ?? readNumber(read, `${folder}/memory.usage_in_bytes`);
    const cached = /^(?:total_)?inactive_file (\d+)/m.exec(read(`${folder}/memory.stat`) ?? "")?.[1];
    return [{ limitBytes, usedBytes: Math.max(0, (usage ?? 0) - Number(cached ?? 0)) }];
  });
}

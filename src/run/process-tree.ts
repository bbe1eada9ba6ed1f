import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What one process used since it began. */
export interface ProcessUse {
  readonly cpuNs: number;
  readonly rssBytes: number;
  /** Written to files, page cache included; undefined where we may not look. */
  readonly writtenBytes: number | undefined;
}

/** The kernel's ticks: 100 a second on every Linux that Node runs on (USER_HZ). */
const TICK_NS = 1e7;

/** The living ones of these processes and all that descend from them. */
export function readProcessTree(roots: readonly number[]): ReadonlyMap<number, ProcessUse> {
  const stats = new Map<number, { parent: number; cpuNs: number }>();
  for (const name of entriesOf("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readText(`/proc/${name}/stat`);
    // The name (field 2) may hold spaces and brackets: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields.length > 12)
      stats.set(Number(name), {
        parent: Number(fields[1]),
        cpuNs: (Number(fields[11]) + Number(fields[12])) * TICK_NS,
      });
  }
  const isOurs = (pid: number, depth = 0): boolean => {
    if (roots.includes(pid)) return true;
    const parent = stats.get(pid)?.parent ?? 0;
    return parent > 1 && depth < 64 && isOurs(parent, depth + 1);
  };
  const out = new Map<number, ProcessUse>();
  for (const [pid, { cpuNs }] of stats)
    if (isOurs(pid)) out.set(pid, { cpuNs, rssBytes: residentBytes(pid), writtenBytes: writtenBytes(pid) });
  return out;
}

/** Space that a folder takes on the disk, bytes. */
export function diskBytes(folder: string): number {
  let sum = 0;
  for (const name of entriesOf(folder)) {
    const path = join(folder, name);
    try {
      const s = statSync(path);
      // Blocks of 512: a sparse file takes less than its length.
      sum += s.isDirectory() ? diskBytes(path) : s.blocks * 512;
    } catch {
      // It was deleted between the listing and the look.
    }
  }
  return sum;
}

function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`));
  return match ? Number(match[1]) * 1024 : 0;
}

/** proc(5): bytes that this process caused to be sent to the storage layer, counted when pages are dirtied. */
function writtenBytes(pid: number): number | undefined {
  const match = /^write_bytes: (\d+)/m.exec(readText(`/proc/${pid}/io`));
  return match ? Number(match[1]) : undefined;
}

function entriesOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

import { readdirSync, readFileSync } from "node:fs";

/** Resident memory in MiB of a process and its direct children, the process first. Linux only. */
export function familyRss(pid: number): ReadonlyMap<number, number> {
  const out = new Map<number, number>();
  for (const member of [pid, ...childrenOf(pid)]) {
    const mib = rssMiB(member);
    if (mib !== undefined) out.set(member, mib);
  }
  return out;
}

/** Undefined when it is gone. */
function rssMiB(pid: number): number | undefined {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

function childrenOf(pid: number): readonly number[] {
  return list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

import { mkdirSync, statfsSync } from "node:fs";
import { BrokerError } from "../model/errors.ts";
import { formatSize } from "../model/units.ts";

const HINT = "Free some space, or set MQBENCH_CACHE and MQBENCH_STATE to directories on another disk.";

/** Makes `dir` and throws if its disk has not `bytes` left, before minutes go into filling it. */
export function requireSpace(dir: string, bytes: number, what: string): void {
  mkdirSync(dir, { recursive: true });
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize >= bytes) return;
  throw new BrokerError(
    `${what} needs ${formatSize(bytes, " ")} in ${dir}, and its disk has ${formatSize(bavail * bsize, " ")} left`,
    { code: "DISK_FULL", hints: [HINT] },
  );
}

export function noSpace(what: string, cause: unknown): BrokerError {
  return new BrokerError(`${what} failed: the disk is full`, { code: "DISK_FULL", hints: [HINT], cause });
}

export function isNoSpace(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOSPC" || code === "EDQUOT";
}

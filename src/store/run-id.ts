import { randomBytes } from "node:crypto";

/**
 * `20260102-030405-678-3fa2c1`: sorts by time, to the millisecond and in this process beyond it; the random
 * part tells processes apart. Made of what topics, queues and folders may be called.
 */
export function createRunId(now: Date): string {
  // Two in one millisecond would otherwise sort by chance.
  lastMs = Math.max(now.getTime(), lastMs + 1);
  const [date = "", time = ""] = new Date(lastMs).toISOString().split("T");
  const clock = `${time.slice(0, 8).replaceAll(":", "")}-${time.slice(9, 12)}`;
  return `${date.replaceAll("-", "")}-${clock}-${randomBytes(3).toString("hex")}`;
}

let lastMs = 0;

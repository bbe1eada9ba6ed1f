import { randomBytes } from "node:crypto";

/** `20261121-043000-3fa2`: sorts by time, and two that start in the same second still differ. */
export function createRunId(now: Date): string {
  const [date = "", time = ""] = now.toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${randomBytes(3).toString("hex")}`;
}

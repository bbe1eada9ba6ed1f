import { formatSize } from "../model/units.ts";
import { type Check, concern, ok } from "./check.ts";
import type { Facts } from "./facts.ts";
import { listed } from "./words.ts";

const MIB = 1024 ** 2;
/** A conductor and two agents take 100 MiB each. */
const LEAST_BYTES = 512 * MIB;
/** And a local Kafka 1 GiB of heap, its own memory, and page cache to write to. */
const ENOUGH_BYTES = 2560 * MIB;
/** Less in swap is what nobody has asked for in days. */
const SWAPPED_BYTES = 64 * MIB;
/** Pages in a second: what moves to or from a disk stops whoever needs it for milliseconds. */
const SWAPPING_PAGES = 50;

export function judgeMemory(facts: Facts): readonly Check[] {
  return [judgeRoom(facts), judgeSwap(facts)];
}

function judgeRoom({ memory: { availableBytes, totalBytes, limitBytes } }: Facts): Check {
  const found = listed(
    `${formatSize(availableBytes)} free of ${formatSize(limitBytes ?? totalBytes)}`,
    limitBytes !== undefined && `a limit; the machine has ${formatSize(totalBytes)}`,
  );
  if (availableBytes >= ENOUGH_BYTES) return ok("memory", found);
  if (availableBytes >= LEAST_BYTES)
    return concern("memory", found, "warn", [
      "A local broker has too little memory for its heap and for the page cache, and then waits for the disk.",
      "Free some memory, raise the limit, or use a broker on another machine (--url).",
    ]);
  return concern("memory", found, "bad", [
    "Not even mqbench's own processes fit: they would be swapped out or killed in the middle of a run.",
    "Free at least 512MiB, or 2.5GiB for a local broker too.",
  ]);
}

function judgeSwap({ memory: { swapTotalBytes, swapUsedBytes }, second: { swapPages } }: Facts): Check {
  if (swapTotalBytes === undefined || swapUsedBytes === undefined)
    return concern("swap", "not told by this system", "unknown", [
      "A process that is swapped out stands still for as long as the disk takes.",
      "Look with the system's own tools whether anything is swapped.",
    ]);
  if (swapTotalBytes === 0) return ok("swap", "none");
  const pages = swapPages ?? 0;
  const found = listed(
    `${formatSize(swapUsedBytes)} of ${formatSize(swapTotalBytes)} in use`,
    pages > 0 && `${pages} pages moved in this second`,
  );
  if (pages >= SWAPPING_PAGES)
    return concern("swap", found, "bad", [
      "The machine is swapping now: every process may stand still for as long as the disk takes.",
      "Stop what takes the memory, then sudo swapoff -a && sudo swapon -a.",
    ]);
  if (swapUsedBytes < SWAPPED_BYTES) return ok("swap", found);
  return concern("swap", found, "warn", [
    "Memory was short before; parts that are needed again come back from the disk in the middle of a run.",
    "Free memory, then sudo swapoff -a && sudo swapon -a.",
  ]);
}

import { formatDuration, formatSize } from "../model/units.ts";
import { type Check, concern, ok } from "./check.ts";
import type { DiskFacts, Facts } from "./facts.ts";
import { listed } from "./words.ts";

/** Of a good SSD a flush takes less than 5 ms even at p99; a disk that turns needs 10 ms for each. */
const SLOW_NS = 20e6;
/** No device takes bytes to a medium in this time. */
const INSTANT_NS = 10_000;
const GIB = 1024 ** 3;
/** A minute of 100 MB/s, and what RabbitMQ and Kafka need to start. */
const ENOUGH_BYTES = 6 * GIB;
const LEAST_BYTES = GIB;
/** run.json and intervals.hlog take a few MB. */
const RESULT_BYTES = 100e6;

const MEMORY = new Set(["tmpfs", "ramfs"]);
const DISTANT = /^(nfs|cifs|smb|9p|virtiofs|ceph|glusterfs|fuse)/;

/** Each disk: where it is, how long flushing takes, and how much room there is. */
export function judgeDisks({ disks }: Facts): readonly Check[] {
  return disks.flatMap((disk) => {
    const isMany = disks.length > 1;
    const suffix = isMany ? `-${disk.purposes[0] === "results" ? "results" : "brokers"}` : "";
    return [judgeFlush(disk, `fsync${suffix}`), judgeRoom(disk, `space${suffix}`)];
  });
}

function holdsBrokers({ purposes }: DiskFacts): boolean {
  return purposes.includes("brokers");
}

function judgeFlush(disk: DiskFacts, id: string): Check {
  const { fileSystem = "unknown file system", flush, trouble } = disk;
  const where = `${fileSystem} (${disk.purposes.join(", ")})`;
  if (flush === undefined)
    return concern(id, `${where}: cannot write to ${disk.path}: ${trouble ?? "unknown"}`, "warn", [
      holdsBrokers(disk) ? "No local broker can start." : "Runs cannot store their results there.",
      holdsBrokers(disk)
        ? "Set MQBENCH_STATE to a folder that you may write to."
        : "Give --out, or MQBENCH_OUT, a folder that you may write to.",
    ]);
  const found = `p50 ${formatDuration(flush.p50Ns)}, p99 ${formatDuration(flush.p99Ns)} on ${where}`;
  // What a run stores is never flushed while it measures.
  if (!holdsBrokers(disk)) return ok(id, found);
  if (MEMORY.has(fileSystem))
    return concern(id, found, "warn", [
      "Broker data lies in memory: a flush costs nothing, so durability fsync looks as cheap as none.",
      "Set MQBENCH_STATE to a folder on a disk.",
    ]);
  if (DISTANT.test(fileSystem))
    return concern(id, found, "warn", [
      "Broker data lies behind a network or another program: its latency becomes the broker's.",
      "Set MQBENCH_STATE to a folder on a local disk.",
    ]);
  if (flush.p50Ns < INSTANT_NS)
    return concern(id, found, "warn", [
      "No disk is that fast: flushes end in a cache, so durability fsync looks cheaper than it is.",
      "Use a disk that honours flushes, or do not compare targets by fsync here.",
    ]);
  if (flush.p99Ns < SLOW_NS) return ok(id, found);
  return concern(id, found, "warn", [
    "A broker that flushes before it acknowledges (quorum queues, durability fsync) is as slow as this disk.",
    "Use a faster or less busy disk for MQBENCH_STATE, and read latencies of such targets as the disk's.",
  ]);
}

function judgeRoom(disk: DiskFacts, id: string): Check {
  const found = listed(`${formatSize(disk.freeBytes)} free`, disk.path);
  const [least, enough] = holdsBrokers(disk) ? [LEAST_BYTES, ENOUGH_BYTES] : [RESULT_BYTES, RESULT_BYTES];
  if (disk.freeBytes >= enough) return ok(id, found);
  return concern(id, found, disk.freeBytes < least ? "bad" : "warn", [
    "A full disk ends a run, and a broker slows down or blocks publishers before that.",
    holdsBrokers(disk)
      ? "Free some space, or set MQBENCH_STATE to a folder on another disk."
      : "Free some space, or give --out a folder on another disk.",
  ]);
}

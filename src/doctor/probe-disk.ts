import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../model/errors.ts";
import type { DiskFacts, DiskPurpose } from "./facts.ts";
import { fileSystemOf } from "./mounts.ts";
import type { Read } from "./proc.ts";
import { percentiles } from "./samples.ts";

const WRITES = 100;
const WRITE_BYTES = 4096;
/** A disk that is slow shows that with fewer writes. */
const MOST_MS = 2000;

/** The disks below these folders, each measured once; a folder that is not there yet is measured where it would be made. */
export async function probeDisks(
  folders: readonly (readonly [DiskPurpose, string])[],
  read: Read,
  signal: AbortSignal,
): Promise<readonly DiskFacts[]> {
  const places = folders.map(([purpose, folder]) => {
    const path = existing(resolve(folder));
    const trouble = whyNotWritable(path);
    return { purposes: [purpose], path, trouble, device: statSync(path).dev };
  });
  const disks = places.filter((place, i) => {
    const isSame = (p: typeof place): boolean => p.device === place.device && p.trouble === undefined;
    const same = place.trouble === undefined ? places.findIndex(isSame) : i;
    if (same < i) places[same]!.purposes.push(...place.purposes);
    return same === i;
  });
  const facts: DiskFacts[] = [];
  for (const { purposes, path, trouble } of disks) {
    const { bavail, bsize } = statfsSync(path);
    const fileSystem = fileSystemOf(path, read("/proc/self/mountinfo"));
    const found = { purposes, path, fileSystem, freeBytes: bavail * bsize };
    if (trouble === undefined) facts.push({ ...found, ...(await flushes(path, signal)) });
    else facts.push({ ...found, flush: undefined, trouble });
  }
  return facts;
}

/** The folder itself, or the nearest one above it that is there. */
function existing(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : existing(dirname(path));
}

function whyNotWritable(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? messageOf(error);
  }
}

/** Appends and flushes, as a log does that promises durability. */
async function flushes(
  folder: string,
  signal: AbortSignal,
): Promise<Pick<DiskFacts, "flush"> & { readonly trouble?: string }> {
  const path = join(folder, `.mqbench-doctor-${process.pid}`);
  const bytes = Buffer.alloc(WRITE_BYTES, 0x6d);
  const tookNs: number[] = [];
  let file: number | undefined;
  try {
    file = openSync(path, "wx", 0o600);
    const end = performance.now() + MOST_MS;
    while (tookNs.length < WRITES && performance.now() < end) {
      const from = performance.now();
      writeSync(file, bytes);
      fsyncSync(file);
      tookNs.push((performance.now() - from) * 1e6);
      await turn(undefined, { signal });
    }
    const { p50, p99 } = percentiles(tookNs);
    return { flush: { p50Ns: p50, p99Ns: p99, count: tookNs.length } };
  } catch (error) {
    signal.throwIfAborted();
    return { flush: undefined, trouble: messageOf(error) };
  } finally {
    if (file !== undefined) {
      closeSync(file);
      rmSync(path, { force: true });
    }
  }
}

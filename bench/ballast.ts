import { close, ftruncate, open, write } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Memory that the machine really has. On a virtual machine a page that was never used, or was given back, must
 * be fetched from the host first, which costs several times what writing to it does: measured on the machine of
 * RESULTS.md, 2 GB/s within the first 4 GB, 0.27 GB/s beyond. Whoever writes more bytes in a run would pay for
 * it, and be called slow. So a file on tmpfs holds pages that were used, and shrinks as fast as the broker's
 * data on the same tmpfs grows.
 */
export interface Ballast {
  /** Makes it whole again. Cheap right after data was deleted: those pages are still there. */
  refill(): Promise<void>;
  /** Gives way to what grows under `dir`, until it is called off. */
  giveWayTo(dir: string): () => void;
  remove(): Promise<void>;
}

/** More than either side writes in a run. */
const SIZE_BYTES = 12 * 2 ** 30;
/** Left to everything else. */
const SPARED_BYTES = 6 * 2 ** 30;
const CHUNK_BYTES = 8 * 2 ** 20;
/** Ahead of the growth: a look every 200 ms, at less than 1 GB/s. */
const AHEAD_BYTES = 400 * 2 ** 20;
const LOOK_MS = 200;

export async function createBallast(dir: string): Promise<Ballast> {
  const path = join(dir, `mqbench-ballast-${process.pid}`);
  const file = await promisify(open)(path, "w", 0o600);
  const chunk = Buffer.alloc(CHUNK_BYTES, 1);
  const wholeBytes = Math.min(SIZE_BYTES, (await availableBytes()) - SPARED_BYTES);
  let sizeBytes = 0;
  const shrinkTo = async (bytes: number): Promise<void> => {
    if (bytes >= sizeBytes) return;
    sizeBytes = Math.max(0, bytes);
    await promisify(ftruncate)(file, sizeBytes);
  };
  return {
    async refill() {
      for (; sizeBytes + CHUNK_BYTES <= wholeBytes; sizeBytes += CHUNK_BYTES)
        await promisify(write)(file, chunk, 0, CHUNK_BYTES, sizeBytes);
    },
    giveWayTo(grows) {
      let from: number | undefined;
      let isLooking = false;
      const look = async (): Promise<void> => {
        if (isLooking) return;
        isLooking = true;
        const bytes = await bytesUnder(grows);
        from ??= bytes;
        await shrinkTo(wholeBytes - AHEAD_BYTES - (bytes - from));
        isLooking = false;
      };
      const timer = setInterval(() => void look(), LOOK_MS);
      void look();
      return () => clearInterval(timer);
    },
    async remove() {
      await promisify(close)(file);
      await rm(path, { force: true });
    },
  };
}

/** What is allocated, not what files say: Kafka's index files are mostly holes. Files come and go meanwhile. */
async function bytesUnder(dir: string): Promise<number> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return await bytesUnder(path);
      return await stat(path).then(
        (s) => s.blocks * 512,
        () => 0,
      );
    }),
  );
  return sizes.reduce((a, b) => a + b, 0);
}

async function availableBytes(): Promise<number> {
  const text = await readFile("/proc/meminfo", "utf8");
  return Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

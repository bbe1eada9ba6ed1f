import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { BrokerError, messageOf } from "../model/errors.ts";
import { isNoSpace, noSpace, requireSpace } from "./disk.ts";
import { OWN_BROKER_HINT, type Work } from "./host.ts";

export interface Download {
  /** For messages. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  url(): Promise<string>;
}

const TRIES = 3;
/** For the whole of one file; the largest has 19 MB. */
const TRY_LIMIT_MS = 120_000;
const PARALLEL = 6;
/** Directories and rounding to blocks. */
const SPARE_BYTES = 10 * 1024 * 1024;

/**
 * Fetches what is missing or damaged; the caller holds a lock on the directory. A file has its final name only after its checksum was right.
 */
export async function fetchAll(downloads: readonly Download[], work: Work): Promise<void> {
  const queue: Download[] = [];
  for (const download of downloads) if (!(await isIntact(download))) queue.push(download);
  if (queue.length === 0) return;
  const totalBytes = queue.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const totalMb = totalBytes / 1e6;
  requireSpace(dirname(queue[0]!.path), totalBytes + SPARE_BYTES, "the download");
  work.onProgress(`downloading ${queue.length} files, ${totalMb.toFixed(0)} MB`);
  const stop = new AbortController();
  const limited = { ...work, signal: AbortSignal.any([work.signal, stop.signal]) };
  let doneBytes = 0;
  let shownTenths = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await fetchOne(next, limited);
      doneBytes += next.sizeBytes;
      const tenths = Math.floor(doneBytes / 1e5 / totalMb);
      if (tenths > shownTenths)
        work.onProgress(`downloaded ${(doneBytes / 1e6).toFixed(0)} of ${totalMb.toFixed(0)} MB`);
      shownTenths = Math.max(shownTenths, tenths);
    }
  };
  const workers = Array.from({ length: PARALLEL }, worker);
  try {
    await Promise.all(workers);
  } finally {
    stop.abort();
    await Promise.allSettled(workers);
  }
}

export async function isIntact(file: Pick<Download, "path" | "sizeBytes" | "sha256">): Promise<boolean> {
  const size = statSync(file.path, { throwIfNoEntry: false })?.size;
  return size === file.sizeBytes && (await sha256Of(file.path)) === file.sha256;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function fetchOne(download: Download, work: Work): Promise<void> {
  for (let left = TRIES - 1; ; left--) {
    const temporary = `${download.path}.part`;
    try {
      await fetchTo(temporary, await download.url(), work);
      const intact = await isIntact({ ...download, path: temporary });
      if (!intact) throw new Error("what arrived does not match its checksum");
      renameSync(temporary, download.path);
      return;
    } catch (error) {
      rmSync(temporary, { force: true });
      work.signal.throwIfAborted();
      if (isNoSpace(error)) throw noSpace(`downloading ${download.name}`, error);
      if (left > 0) continue;
      throw new BrokerError(`downloading ${download.name} failed: ${reasonOf(error)}`, {
        code: "DOWNLOAD_FAILED",
        hints: [
          "Check the network (behind a proxy, set NODE_USE_ENV_PROXY=1); what has arrived is kept.",
          OWN_BROKER_HINT,
        ],
        cause: error,
      });
    }
  }
}

async function fetchTo(path: string, url: string, work: Work): Promise<void> {
  const signal = AbortSignal.any([work.signal, AbortSignal.timeout(TRY_LIMIT_MS)]);
  const response = await work.host.fetch(url, { signal });
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
  await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(path), {
    signal,
  });
}

/** `fetch` hides the reason ("getaddrinfo ENOTFOUND ...") in its cause. */
function reasonOf(error: unknown): string {
  const cause = (error as { cause?: unknown } | undefined)?.cause;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}

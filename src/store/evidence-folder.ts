import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../model/errors.ts";
import { RUN_FILE } from "./run-folder.ts";

/** Where `mqbench probe` writes what it found. */
const PROBE_FILE = "probe.json";
/** A series' runs lie two folders below results/. */
const MAX_DEPTH = 2;
const MAX_FOLDERS = 10_000;
/** A run.json has at most 1 MB. */
const MAX_BYTES = 2 * 1024 ** 2;
/** A result ships with mqbench, to be looked at: it is not this machine's. */
const EXAMPLE = "example";

export interface EvidenceLimits {
  /** So many files are read, the newest. */
  readonly files: number;
  /** And no more than this of them together. */
  readonly totalBytes: number;
}

const LIMITS: EvidenceLimits = { files: 1000, totalBytes: 256 * 1024 ** 2 };

/** A document that may be anything, or why there is none. */
export type EvidenceFile =
  | { readonly kind: "run" | "probe"; readonly document: unknown }
  | { readonly kind: "unreadable" | "too-large" }
  /** Older files than are read. */
  | { readonly kind: "unread"; readonly count: number };

/**
 * Every run.json and probe.json of a folder of results, of one run or of a series, one after another. What cannot be
 * read is told and skipped; links are not followed.
 * @throws UserError `NO_EVIDENCE` where it is no folder
 */
export async function* readEvidence(
  folder: string,
  limits: EvidenceLimits = LIMITS,
): AsyncGenerator<EvidenceFile> {
  const found = await filesIn(folder);
  const sorted = found.sort((a, b) => b.modifiedMs - a.modifiedMs || (a.path < b.path ? -1 : 1));
  let bytes = 0;
  for (const [i, { path, kind, sizeBytes }] of sorted.entries()) {
    if (i >= limits.files || bytes > limits.totalBytes) {
      yield { kind: "unread", count: sorted.length - i };
      return;
    }
    if (sizeBytes > MAX_BYTES) {
      yield { kind: "too-large" };
      continue;
    }
    bytes += sizeBytes;
    yield await readFile(path, "utf8").then(
      (text) => parsed(kind, text),
      () => ({ kind: "unreadable" }) as const,
    );
  }
}

function parsed(kind: "run" | "probe", text: string): EvidenceFile {
  try {
    return { kind, document: JSON.parse(text) as unknown };
  } catch {
    return { kind: "unreadable" };
  }
}

interface Found {
  readonly path: string;
  readonly kind: "run" | "probe";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

async function filesIn(root: string): Promise<Found[]> {
  const found: Found[] = [];
  const open = [{ path: root, depth: 0 }];
  for (let i = 0; i < open.length && i < MAX_FOLDERS; i++) {
    const { path, depth } = open[i]!;
    const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
      if (depth === 0) throw noEvidence(path, cause);
      return [];
    });
    for (const entry of entries) {
      const inner = join(path, entry.name);
      const isExample = depth === 0 && entry.name === EXAMPLE;
      if (entry.isDirectory() && depth < MAX_DEPTH && !isExample)
        open.push({ path: inner, depth: depth + 1 });
      // Neither a link nor a pipe, which would never end.
      if (entry.isFile() && (entry.name === RUN_FILE || entry.name === PROBE_FILE)) {
        const stat = await lstat(inner).catch(() => undefined);
        if (stat)
          found.push({
            path: inner,
            kind: entry.name === RUN_FILE ? "run" : "probe",
            sizeBytes: stat.size,
            modifiedMs: stat.mtimeMs,
          });
      }
    }
  }
  return found;
}

function noEvidence(path: string, cause: unknown): UserError {
  return new UserError(`cannot read the evidence in ${path}: ${messageOf(cause)}`, {
    code: "NO_EVIDENCE",
    hints: ["Give --evidence a folder of results, as mqbench run writes it, or leave it out."],
    cause,
  });
}

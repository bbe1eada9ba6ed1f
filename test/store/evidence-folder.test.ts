import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type EvidenceFile, type EvidenceLimits, readEvidence } from "../../src/store/evidence-folder.ts";
import { temporaryFolder } from "../support/run.ts";

async function read(folder: string, limits?: EvidenceLimits): Promise<readonly EvidenceFile[]> {
  const found: EvidenceFile[] = [];
  for await (const file of readEvidence(folder, limits)) found.push(file);
  return found;
}

function put(folder: string, path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe("a folder of evidence", () => {
  it("has runs and probes, in itself, in folders and in series; the shipped example is none", async () => {
    const folder = temporaryFolder();
    put(folder, "run.json", "1");
    put(folder, "a/run.json", "2");
    put(folder, "a/probe.json", "3");
    put(folder, "series/01-x/run.json", "4");
    put(folder, "series/01-x/deep/run.json", "5");
    put(folder, "example/01-x/run.json", "6");
    put(folder, "a/series.json", "7");
    const found = (await read(folder)).map((f) =>
      "document" in f ? `${f.kind} ${String(f.document)}` : f.kind,
    );
    expect(found.sort()).toEqual(["probe 3", "run 1", "run 2", "run 4"]);
    const example = await read(join(folder, "example"));
    expect(example).toEqual([{ kind: "run", document: 6 }]);
  });

  it("may hold garbage: it is told, and nothing hangs", async () => {
    const folder = temporaryFolder();
    put(folder, "broken/run.json", '{"schema": "mqbench/run", ');
    put(folder, "empty/run.json", "");
    put(folder, "large/run.json", " ".repeat(2 * 1024 ** 2 + 1));
    put(folder, "fine/run.json", "{}");
    mkdirSync(join(folder, "dir/run.json"), { recursive: true });
    symlinkSync(folder, join(folder, "loop"));
    mkdirSync(join(folder, "linked"));
    symlinkSync(join(folder, "fine/run.json"), join(folder, "linked/run.json"));
    mkdirSync(join(folder, "pipe"));
    execFileSync("sh", ["-c", 'mkfifo "$0"', join(folder, "pipe/run.json")]);
    const kinds = (await read(folder)).map((f) => f.kind).sort();
    expect(kinds).toEqual(["run", "too-large", "unreadable", "unreadable"]);
  });

  it("is read as far as its bounds, the newest first", async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 5; i++) utimesSync(put(folder, `r${i}/run.json`, String(i)), 1000 + i, 1000 + i);
    expect(await read(folder, { files: 2, totalBytes: 1e6 })).toEqual([
      { kind: "run", document: 4 },
      { kind: "run", document: 3 },
      { kind: "unread", count: 3 },
    ]);
    expect((await read(folder, { files: 9, totalBytes: 1 })).at(-1)).toEqual({ kind: "unread", count: 3 });
  });

  it.each([
    ["a file", "run.json"],
    ["not there", "nosuch"],
  ])("that is %s is refused", async (_, name) => {
    const folder = temporaryFolder();
    put(folder, "run.json", "{}");
    await expect(read(join(folder, name))).rejects.toMatchObject({ code: "NO_EVIDENCE" });
  });
});

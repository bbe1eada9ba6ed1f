import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { findTool, type Work } from "../host.ts";
import { runTool } from "../run-tool.ts";
import { LIBRARIES } from "./packages.ts";

const LOADER = "ld-linux-x86-64.so.2";

/**
 * Makes every Erlang program use the loader and the libraries of `path`, the final place of `fresh`. Programs only:
 * what they load finds its libraries through the program's run path.
 */
export async function patchPrograms(fresh: string, path: string, work: Work): Promise<void> {
  const libraries = join(fresh, LIBRARIES);
  // patchelf is from the same release, so it needs that release's loader itself.
  const patchelf = ["--library-path", libraries, join(fresh, "usr", "bin", "patchelf")];
  const target = join(path, LIBRARIES);
  const change = ["--set-interpreter", join(target, LOADER), "--force-rpath", "--set-rpath", target];
  const options = {
    env: { ...work.host.env },
    signal: work.signal,
    purpose: "adapting Erlang to this machine",
  };
  for (const program of programsIn(join(fresh, "usr", "lib", "erlang")))
    await runTool(join(libraries, LOADER), [...patchelf, ...change, program], options);
}

/** The libc that a package asks for, from its dependencies: "2.38" for "libc6 (>= 2.38)". */
export function neededLibc(dependencies: string): string {
  return /libc6 \(>= ([\d.]+)\)/.exec(dependencies)?.[1] ?? "0";
}

/** True if `version` is older than `other`, part by part. */
export function isOlder(version: string, other: string): boolean {
  const [a, b] = [version.split(".").map(Number), other.split(".").map(Number)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

export async function hostLibcVersion(work: Work): Promise<string> {
  const options = {
    env: { ...work.host.env },
    signal: work.signal,
    purpose: "asking for the libc's version",
  };
  const { stdout } = await runTool(
    findTool(work.host, "getconf") ?? "getconf",
    ["GNU_LIBC_VERSION"],
    options,
  );
  return stdout.trim().split(" ")[1] ?? "0";
}

function programsIn(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes(".so"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.split("/").includes("bin") && isElf(path));
}

function isElf(path: string): boolean {
  const head = Buffer.alloc(4);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, 4, 0);
  } finally {
    closeSync(file);
  }
  return head.toString("latin1") === "\x7fELF";
}

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { requireSpace } from "../disk.ts";
import { findTool, requireHost, type Work } from "../host.ts";
import { withLock } from "../lock.ts";
import { runTool } from "../run-tool.ts";
import { openApt } from "./apt.ts";
import { hostLibcVersion, isOlder, neededLibc, patchPrograms } from "./loader.ts";
import { BROKER_PACKAGES, LIBRARY_PACKAGES, SERVER } from "./packages.ts";

/** The unpacked packages, ready to run where they are. */
export interface RabbitRoot {
  readonly path: string;
  readonly serverDir: string;
  readonly version: string;
  /** "4.0.5-6+deb13u2" */
  readonly packageVersion: string;
  /** Programs were made to use the libraries of their own release. */
  readonly patched: boolean;
}

interface Manifest extends RabbitRoot {
  /** Of all files: a root that was damaged or cut short does not match. */
  readonly files: number;
  readonly bytes: number;
}

const NEEDED_BYTES = 400 * 1024 * 1024;

/** Brings RabbitMQ into the cache: `debian13` from that release, `host` from the machine's own. */
export function rabbitRoot(source: "debian13" | "host", work: Work): Promise<RabbitRoot> {
  const path = join(work.host.cacheDir, `rabbitmq-${source}`);
  const onWait = (pid: string): void =>
    work.onProgress(`waiting for process ${pid}, which downloads RabbitMQ`);
  return withLock(path, { signal: work.signal, onWait }, async () => {
    requireHost(work.host, "RabbitMQ", ["sh"]);
    return readManifest(path) ?? (await build(source, path, work));
  });
}

function readManifest(path: string): RabbitRoot | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8")) as Manifest;
    // Scripts and programs name their place: a cache that was moved is of no use.
    const isWhole = manifest.path === path && isDeepSize(path, manifest);
    return isWhole ? manifest : undefined;
  } catch {
    return undefined;
  }
}

async function build(source: "debian13" | "host", path: string, work: Work): Promise<RabbitRoot> {
  requireHost(work.host, "RabbitMQ", ["apt-get", "apt-cache", "apt-config", "dpkg"]);
  requireSpace(work.host.cacheDir, NEEDED_BYTES, "RabbitMQ");
  const fresh = `${path}.part`;
  const debs = `${path}.debs`;
  const lists = `${path}.apt`;
  const clear = (...dirs: readonly string[]): void => {
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  };
  clear(fresh, debs, lists, path);
  for (const dir of [fresh, debs]) mkdirSync(dir, { recursive: true });
  try {
    const apt = await openApt(source, lists, work);
    work.onProgress("reading package lists");
    await apt.update();
    const packageVersion = await apt.candidate(SERVER);
    const libc = neededLibc(await apt.dependencies("erlang-base"));
    const patched = isOlder(await hostLibcVersion(work), libc);
    const names = [...BROKER_PACKAGES, ...(patched ? LIBRARY_PACKAGES : await cryptoLibrary(apt))];
    work.onProgress(`downloading RabbitMQ ${packageVersion} and Erlang, ${names.length} packages`);
    const dpkg = findTool(work.host, "dpkg") ?? "dpkg";
    for (const deb of await apt.download(names, debs)) {
      const options = { env: { ...work.host.env }, signal: work.signal, purpose: "unpacking RabbitMQ" };
      await runTool(dpkg, ["-x", deb, fresh], options);
    }
    setErlangRoot(fresh, path);
    if (patched) await patchPrograms(fresh, path, work);
    return seal(fresh, path, { packageVersion, patched });
  } finally {
    clear(fresh, debs, lists);
  }
}

/** OpenSSL's library is the only one that a minimal machine may lack; its package's name changes with releases. */
async function cryptoLibrary(apt: {
  dependencies(name: string): Promise<string>;
}): Promise<readonly string[]> {
  return /libssl\S+/.exec(await apt.dependencies("erlang-crypto"))?.slice(0, 1) ?? [];
}

/** Erlang's start scripts contain the directory that the package would have been installed to. */
function setErlangRoot(fresh: string, path: string): void {
  const erlang = join("usr", "lib", "erlang");
  const erts = readdirSync(join(fresh, erlang)).find((name) => name.startsWith("erts-")) ?? "";
  for (const dir of ["bin", join(erts, "bin")])
    for (const name of ["erl", "start"]) {
      const script = join(fresh, erlang, dir, name);
      if (!existsSync(script)) continue;
      const text = readFileSync(script, "utf8");
      writeFileSync(
        script,
        text.replace(/ROOTDIR="?\/usr\/lib\/erlang"?/g, () => `ROOTDIR="${join(path, erlang)}"`),
      );
    }
}

function seal(
  fresh: string,
  path: string,
  build: Pick<RabbitRoot, "packageVersion" | "patched">,
): RabbitRoot {
  const lib = join("usr", "lib", "rabbitmq", "lib");
  const server = readdirSync(join(fresh, lib)).find((name) => name.startsWith("rabbitmq_server-")) ?? "";
  const version = server.replace("rabbitmq_server-", "");
  const root = { path, serverDir: join(path, lib, server), version, ...build };
  writeFileSync(join(fresh, "manifest.json"), JSON.stringify({ ...root, ...deepSize(fresh) }, null, 2));
  renameSync(fresh, path);
  return root;
}

function isDeepSize(path: string, expected: { files: number; bytes: number }): boolean {
  const { files, bytes } = deepSize(path);
  return files === expected.files && bytes === expected.bytes;
}

function deepSize(path: string): { files: number; bytes: number } {
  const isCounted = (stats: Stats | undefined): stats is Stats => stats?.isFile() ?? false;
  const stats = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "manifest.json")
    .map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false }))
    .filter(isCounted);
  return { files: stats.length, bytes: stats.reduce((sum, { size }) => sum + size, 0) };
}

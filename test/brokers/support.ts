import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { findTool, type Host, thisHost, type Work } from "../../src/brokers/host.ts";
import type { Wanted } from "../../src/brokers/launch.ts";
import type { NodePlace, NodePlan } from "../../src/brokers/native.ts";

/** A directory that is removed when the test ends. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "mqb-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return dir;
}

/** This machine with a state directory of its own; the cache is the shared one. */
export function testWork(changes: Partial<Host> = {}): Work & { readonly lines: string[]; abort(): void } {
  const lines: string[] = [];
  const controller = new AbortController();
  const host = thisHost({ stateDir: temporaryDir(), ...changes });
  const onProgress = (line: string): void => void lines.push(line);
  return { host, onProgress, signal: controller.signal, lines, abort: () => controller.abort("SIGINT") };
}

/** A PATH that has nothing but these programs. */
export function pathWith(tools: readonly string[]): string {
  const dir = temporaryDir();
  for (const tool of tools) symlinkSync(findTool(thisHost(), tool)!, join(dir, tool));
  return dir;
}

/** A "broker" whose nodes are shell scripts; each serves as soon as its log says SERVING. */
export function scripted(script: string, nodes = 1): Wanted {
  const plan = ({ name, dir, ports }: NodePlace): NodePlan => ({
    ...{ name, dir, ownName: name, address: `127.0.0.1:${ports[0]}`, ports: { client: ports[0]! } },
    ...{ command: "/bin/sh", args: ["-c", script], env: { PATH: process.env.PATH ?? "" } },
  });
  const probe = async ({ dir }: NodePlan) => {
    if (!readFileSync(join(dir, "broker.log"), "utf8").includes("SERVING")) throw new Error("not yet");
    return {};
  };
  return {
    native: { system: "fake", probe },
    requested: "1",
    installation: {
      version: "1",
      facts: {},
      ports: { perNode: 1, shared: 0 },
      configure: (places) => ({ helpers: [], nodes: places.map(plan), url: "127.0.0.1:1", facts: {} }),
    },
    nodes,
  };
}

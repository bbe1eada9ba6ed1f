import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { findTool, type Host, thisHost, type Work } from "../../src/brokers/host.ts";

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

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import envPaths from "env-paths";
import { BrokerError } from "../model/errors.ts";

/** What the native brokers need from the machine; tests replace parts of it. */
export interface Host {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: string;
  readonly arch: string;
  /** Downloads, shared by all runs. */
  readonly cacheDir: string;
  /** Running brokers: their records, data and logs. */
  readonly stateDir: string;
  readonly fetch: typeof fetch;
}

/** What every step of starting a broker gets. */
export interface Work {
  readonly host: Host;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

export const OWN_BROKER_HINT = "Point --url at a broker of your own, for example --url kafka=localhost:9092.";

export function thisHost(changes: Partial<Host> = {}): Host {
  const env = changes.env ?? process.env;
  const paths = envPaths("mqbench", { suffix: "" });
  return {
    env,
    platform: process.platform,
    arch: process.arch,
    cacheDir: env.MQBENCH_CACHE || paths.cache,
    stateDir: env.MQBENCH_STATE || paths.log,
    fetch,
    ...changes,
  };
}

/** The path of a program, or undefined. */
export function findTool(host: Host, name: string): string | undefined {
  for (const dir of (host.env.PATH ?? "").split(delimiter)) {
    const path = join(dir || ".", name);
    if (isExecutable(path)) return path;
  }
  return undefined;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Throws unless this is Linux on x86-64 with all of `tools`; the message lists everything that is missing. */
export function requireHost(host: Host, what: string, tools: readonly string[]): void {
  const missing: string[] = [];
  if (host.platform !== "linux" || host.arch !== "x64")
    missing.push(`Linux on x86-64 (this is ${host.platform} on ${host.arch})`);
  else for (const tool of tools) if (!findTool(host, tool)) missing.push(`the program ${tool}`);
  if (missing.length === 0) return;
  throw new BrokerError(`${what} cannot be started here: it needs ${missing.join(", ")}`, {
    code: "UNSUPPORTED_HOST",
    hints: [OWN_BROKER_HINT],
  });
}

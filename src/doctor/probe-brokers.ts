import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { brokerSystems } from "../brokers/catalogue.ts";
import type { Work } from "../brokers/host.ts";
import { listUp } from "../brokers/up.ts";
import type { BrokersFacts } from "./facts.ts";

/** What local brokers there are on disk and in memory. */
export async function probeBrokers(work: Work): Promise<BrokersFacts> {
  const { host } = work;
  const isHostSupported = host.platform === "linux" && host.arch === "x64";
  // Elsewhere none can have been started, and even the lock to look under needs Linux.
  const up = isHostSupported ? await listUp([], work) : [];
  return {
    isHostSupported,
    cached: brokerSystems().map(({ system }) => ({ system, bytes: cachedBytes(host.cacheDir, system) })),
    up: up.map(({ system, version, memoryBytes }) => ({ system, version, memoryBytes })),
  };
}

/** Of the folders that a system's finished downloads are in; those of unfinished ones have an ending. */
function cachedBytes(cacheDir: string, system: string): number {
  return entries(cacheDir)
    .filter((name) => name.startsWith(`${system}-`) && !/\.(part|debs|apt)$/.test(name))
    .reduce((sum, name) => sum + deepBytes(join(cacheDir, name)), 0);
}

function deepBytes(folder: string): number {
  return entries(folder, true).reduce((sum, name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (stats?.isFile() ? stats.size : 0);
  }, 0);
}

function entries(folder: string, recursive = false): readonly string[] {
  try {
    return readdirSync(folder, { recursive, encoding: "utf8" });
  } catch {
    return [];
  }
}

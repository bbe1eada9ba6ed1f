import { readFileSync } from "node:fs";
import { cpus, hostname, release, totalmem, type } from "node:os";
import type { Environment } from "../model/result.ts";

/** The machine that measured. */
export function readEnvironment(): Environment {
  return {
    host: hostname(),
    os: osName(),
    kernel: `${type()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
  };
}

function osName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? type();
  } catch {
    return type();
  }
}

import { join } from "node:path";
import { BrokerError } from "../../model/errors.ts";
import { findTool, type Host, isExecutable, type Work } from "../host.ts";
import { runTool } from "../run-tool.ts";
import { fetchJava } from "./fetch-java.ts";

/** Kafka 4 brokers run on nothing older: https://kafka.apache.org/documentation/#java */
export const MIN_JAVA = 17;

export interface Java {
  readonly path: string;
  /** "17.0.15" */
  readonly version: string;
}

/** Every Java of JAVA_HOME and PATH, of whatever age; nothing is downloaded. */
export async function installedJavas(work: Work): Promise<readonly Java[]> {
  const found: Java[] = [];
  for (const path of candidates(work.host)) {
    const version = await javaVersion(path, work);
    if (version !== undefined) found.push({ path, version });
  }
  return found;
}

/** The first new enough Java of JAVA_HOME and PATH; without one, a runtime is downloaded. */
export async function findJava(work: Work): Promise<Java> {
  const installed = await installedJavas(work);
  const usable = installed.find((java) => majorOf(java.version) >= MIN_JAVA);
  if (usable) return usable;
  const tooOld = installed.map((java) => `${java.path} is ${java.version}`);
  const why = tooOld.length > 0 ? `${tooOld.join(", ")}; Kafka needs ${MIN_JAVA}` : "no Java here";
  work.onProgress(`${why}: using a downloaded one`);
  const path = await fetchJava(work);
  const version = await javaVersion(path, work);
  if (version !== undefined) return { path, version };
  throw new BrokerError(`the downloaded Java ${path} does not run`, {
    code: "NO_JAVA",
    hints: [`Install a Java ${MIN_JAVA} or newer, or set JAVA_HOME to one.`],
  });
}

/** From the output of `java -version`. */
export function parseJavaVersion(text: string): string | undefined {
  return /version "([^"]+)"/.exec(text)?.[1];
}

/** 8 for "1.8.0_292", 17 for "17.0.15", 25 for "25-ea". */
export function majorOf(version: string): number {
  const [, first, second] = /^(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return first === "1" ? Number(second) : Number(first ?? 0);
}

function candidates(host: Host): readonly string[] {
  const home = host.env.JAVA_HOME ? join(host.env.JAVA_HOME, "bin", "java") : undefined;
  const found = [home && isExecutable(home) ? home : undefined, findTool(host, "java")];
  return [...new Set(found.filter((path): path is string => path !== undefined))];
}

async function javaVersion(path: string, work: Work): Promise<string | undefined> {
  try {
    const env = { PATH: work.host.env.PATH ?? "" };
    const { stderr } = await runTool(path, ["-version"], {
      env,
      signal: work.signal,
      purpose: "java -version",
    });
    return parseJavaVersion(stderr);
  } catch {
    work.signal.throwIfAborted();
    return undefined;
  }
}

import { fetchJars } from "./maven.ts";

/** The newest on Maven Central: later ones are published elsewhere only. */
export const PERFTEST_VERSION = "2.22.1";

/** PerfTest's class path. @throws Error when Maven or the network is missing */
export function fetchPerfTest(cacheDir: string, signal: AbortSignal): Promise<string> {
  return fetchJars({ group: "com.rabbitmq", name: "perf-test", version: PERFTEST_VERSION }, cacheDir, signal);
}

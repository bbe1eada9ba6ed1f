import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Download, fetchAll } from "../download.ts";
import { requireHost, type Work } from "../host.ts";
import { withLock } from "../lock.ts";
import type { Installation, LaunchPlan, NativeSystem } from "../native.ts";
import { runTool } from "../run-tool.ts";
import { CONFIG_FACTS, kafkaProperties } from "./config.ts";
import { KAFKA_4_3_1 } from "./jars.ts";
import { findJava, type Java } from "./java.ts";
import { jarName, jarUrl } from "./maven.ts";
import { probeKafka } from "./probe.ts";

const VERSION = "4.3.1";

/** The options of Kafka's own start script, with its default heap. */
const BROKER_OPTIONS = [
  "-Xms1g",
  "-Xmx1g",
  "-server",
  "-XX:+UseG1GC",
  "-XX:MaxGCPauseMillis=20",
  "-XX:InitiatingHeapOccupancyPercent=35",
  "-XX:+ExplicitGCInvokesConcurrent",
  "-Djava.awt.headless=true",
];
/** The formatter lives for a second: no time to compile well or to start collector threads. */
const TOOL_OPTIONS = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"];
const LOG_OPTIONS = [
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
];

export const kafka: NativeSystem = { system: "kafka", versions: [VERSION], install };

async function install(_version: string, work: Work): Promise<Installation> {
  requireHost(work.host, "Kafka", ["sh"]);
  const java = await findJava(work);
  const dir = join(work.host.cacheDir, `kafka-${VERSION}`);
  const jars: readonly Download[] = KAFKA_4_3_1.map((jar) => ({
    name: jarName(jar.coordinates),
    path: join(dir, jarName(jar.coordinates)),
    sizeBytes: jar.sizeBytes,
    sha256: jar.sha256,
    url: () => jarUrl(jar.coordinates, work.host),
  }));
  const onWait = (pid: string): void => work.onProgress(`waiting for process ${pid}, which downloads Kafka`);
  await withLock(dir, { signal: work.signal, onWait }, () => fetchAll(jars, work));
  const classPath = jars.map((jar) => jar.path).join(delimiter);
  return {
    version: VERSION,
    facts: { java: java.version, heap: "1 GiB", jvmOptions: BROKER_OPTIONS.join(" "), ...CONFIG_FACTS },
    portCount: 2,
    configure: (runDir, ports, w) => configure(java, classPath, runDir, ports, w),
  };
}

async function configure(
  java: Java,
  classPath: string,
  dir: string,
  [clientPort = 0, controllerPort = 0]: readonly number[],
  work: Work,
): Promise<LaunchPlan> {
  mkdirSync(join(dir, "data"));
  const file = join(dir, "server.properties");
  writeFileSync(file, kafkaProperties({ dir, clientPort, controllerPort }));
  const env = { PATH: work.host.env.PATH ?? "", HOME: dir, LANG: "C.UTF-8" };
  const format = ["kafka.tools.StorageTool", "format", "--standalone", "-t", newClusterId(), "-c", file];
  await runTool(java.path, [...TOOL_OPTIONS, ...LOG_OPTIONS, "-cp", classPath, ...format], {
    env,
    signal: work.signal,
    purpose: "formatting Kafka's data directory",
  });
  return {
    command: java.path,
    args: [...BROKER_OPTIONS, ...LOG_OPTIONS, "-cp", classPath, "kafka.Kafka", file],
    env,
    url: `127.0.0.1:${clientPort}`,
    facts: {},
    probe: async (signal) => {
      await probeKafka(clientPort, signal);
      return {};
    },
  };
}

function newClusterId(): string {
  const bytes = randomBytes(16);
  // Without the top bit the text cannot begin with "-", which the formatter would take for an option.
  bytes[0] = bytes[0]! & 0x7f;
  return bytes.toString("base64url");
}

import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Download, fetchAll } from "../download.ts";
import { requireHost, type Work } from "../host.ts";
import { withLock } from "../lock.ts";
import type { Installation, LaunchPlan, NativeSystem, NodePlace, NodePlan } from "../native.ts";
import { runTool } from "../run-tool.ts";
import { configFacts, type KafkaNode, kafkaProperties } from "./config.ts";
import { KAFKA_4_3_1 } from "./jars.ts";
import { findJava, type Java } from "./java.ts";
import { jarName, jarUrl } from "./maven.ts";
import { probeKafka } from "./probe.ts";

const VERSION = "4.3.1";

/** One node: the default heap of Kafka's own start script. Several share the machine, and have half of it each. */
const HEAP = { mib: 1024, text: "1 GiB" } as const;
const HEAP_OF_SEVERAL = { mib: 512, text: "512 MiB each" } as const;
/** The other options of that script. */
const BROKER_OPTIONS = [
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

export const kafka: NativeSystem = { system: "kafka", versions: [VERSION], install, probe: probeKafka };

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
    facts: { java: java.version },
    ports: { perNode: 2, shared: 0 },
    configure: (places, _, w) => configure(java, classPath, places, w),
  };
}

async function configure(
  java: Java,
  classPath: string,
  places: readonly NodePlace[],
  work: Work,
): Promise<LaunchPlan> {
  const nodes = places.map(({ dir, ports: [clientPort = 0, controllerPort = 0] }, i): KafkaNode => {
    return { id: i + 1, dir, clientPort, controllerPort };
  });
  const env = { PATH: work.host.env.PATH ?? "", LANG: "C.UTF-8" };
  const file = ({ dir }: KafkaNode): string => join(dir, "server.properties");
  const voters = nodes.map((n) => `${n.id}@127.0.0.1:${n.controllerPort}:${newUuid()}`).join(",");
  const cluster = newUuid();
  const format = async (node: KafkaNode): Promise<void> => {
    mkdirSync(join(node.dir, "data"));
    writeFileSync(file(node), kafkaProperties(node, nodes));
    const options = ["-t", cluster, "-c", file(node), "--initial-controllers", voters];
    const words = ["-cp", classPath, "kafka.tools.StorageTool", "format", ...options];
    await runTool(java.path, [...TOOL_OPTIONS, ...LOG_OPTIONS, ...words], {
      env: { ...env, HOME: node.dir },
      signal: work.signal,
      purpose: "formatting Kafka's data directory",
    });
  };
  await Promise.all(nodes.map(format));
  const heap = nodes.length === 1 ? HEAP : HEAP_OF_SEVERAL;
  const options = [`-Xms${heap.mib}m`, `-Xmx${heap.mib}m`, ...BROKER_OPTIONS];
  const plans = nodes.map(
    (node, i): NodePlan => ({
      name: places[i]!.name,
      ownName: String(node.id),
      address: `127.0.0.1:${node.clientPort}`,
      ports: { client: node.clientPort, controller: node.controllerPort },
      dir: node.dir,
      command: java.path,
      args: [...options, ...LOG_OPTIONS, "-cp", classPath, "kafka.Kafka", file(node)],
      env: { ...env, HOME: node.dir },
    }),
  );
  return {
    helpers: [],
    nodes: plans,
    url: plans.map(({ address }) => address).join(","),
    facts: { heap: heap.text, jvmOptions: options.join(" "), ...configFacts(nodes.length) },
  };
}

/** As Kafka writes one, for the cluster and for directories. */
function newUuid(): string {
  const bytes = randomBytes(16);
  // Without the top bit the text cannot begin with "-", which the formatter would take for an option.
  bytes[0] = bytes[0]! & 0x7f;
  return bytes.toString("base64url");
}

import { formatSize } from "../model/units.ts";
import { type Check, concern, ok } from "./check.ts";
import type { Facts, SoftwareFacts } from "./facts.ts";

/** Connections, and three files for each segment of each partition; more than runs here ever had. */
const ENOUGH_FILES = 4096;
const LEAST_FILES = 512;

/** Limits and programs: whether a run can be had at all. */
export function judgeSoftware(facts: Facts): readonly Check[] {
  return [
    judgeFiles(facts),
    judgePorts(facts),
    judgeNode(facts),
    judgeJava(facts),
    judgeCache(facts),
    judgeUp(facts),
    ok("docker", dockerText(facts.software.docker)),
  ];
}

function judgeFiles({ system: { openFiles } }: Facts): Check {
  if (openFiles === undefined)
    return concern("open-files", "not told by this system", "unknown", [
      "A broker that reaches the limit refuses connections or stops.",
      "Look with ulimit -n.",
    ]);
  const found = openFiles === Number.POSITIVE_INFINITY ? "no limit" : `${openFiles} for each process`;
  if (openFiles >= ENOUGH_FILES) return ok("open-files", found);
  return concern("open-files", found, openFiles < LEAST_FILES ? "bad" : "warn", [
    "A local broker with many partitions or connections reaches the limit, and then refuses or stops.",
    "Raise it in the shell that starts mqbench: ulimit -n 65536.",
  ]);
}

function judgePorts({ system: { ports } }: Facts): Check {
  if (ports.trouble === undefined) return ok("ports", `${ports.count} free ones on 127.0.0.1 at once`);
  return concern("ports", `cannot listen on 127.0.0.1: ${ports.trouble}`, "bad", [
    "No local broker can start, because it would listen there.",
    "Bring up the loopback interface, free some ports, or use a broker on another machine (--url).",
  ]);
}

/** Where everything is tested. Elsewhere it may work as well. */
const TESTED = new Set(["linux x64"]);

function judgeNode({ software: { node, platform, arch } }: Facts): Check {
  const found = `${node} on ${platform} ${arch}`;
  if (TESTED.has(`${platform} ${arch}`)) return ok("node", found);
  return concern("node", found, "warn", [
    "mqbench is tested on Linux x64 only; here pacing, and what can be seen of the machine, are less exact.",
    "Compare runs of this machine only with each other.",
  ]);
}

function judgeJava({ software: { java, oldJava }, brokers }: Facts): Check {
  if (java !== undefined) return ok("java", `${java.version} (${java.path})`);
  const found = oldJava.length > 0 ? `only ${oldJava.join(" and ")}, and Kafka needs 17` : "none";
  return concern("java", found, "warn", [
    brokers.isHostSupported
      ? "The first local Kafka downloads a Java of its own, about 35MB."
      : "The command line tools of Kafka, and a Kafka of your own here, do not run.",
    "Install a Java 17 or newer, or set JAVA_HOME to one.",
  ]);
}

function judgeCache({ brokers: { cached, isHostSupported } }: Facts): Check {
  const found = cached
    .map(({ system, bytes }) => `${system} ${bytes > 0 ? formatSize(bytes) : "not there"}`)
    .join(", ");
  const missing = cached.filter(({ bytes }) => bytes === 0).map(({ system }) => system);
  if (!isHostSupported)
    return concern("cache", found, "warn", [
      "mqbench downloads brokers for Linux x64 only, so none can be started here.",
      "Use a broker of your own: --url kafka=host:9092.",
    ]);
  if (missing.length === 0) return ok("cache", found);
  return concern("cache", found, "warn", [
    "The first run downloads what is missing, which needs the network and takes minutes.",
    `Download it now: mqbench up ${missing.join(" ")} && mqbench down.`,
  ]);
}

function judgeUp({ brokers: { up } }: Facts): Check {
  const found =
    up.map((b) => `${b.system} ${b.version} (${formatSize(b.memoryBytes)})`).join(", ") || "none is up";
  if (up.length < 2) return ok("brokers", found);
  return concern("brokers", found, "warn", [
    "Each takes memory and some CPU from the one that is measured.",
    "Stop those that you do not measure: mqbench down SYSTEM.",
  ]);
}

function dockerText(docker: SoftwareFacts["docker"]): string {
  return "version" in docker ? `${docker.version} answers` : `not reachable: ${docker.trouble}`;
}

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerError } from "../../model/errors.ts";
import type { BrokerFacts } from "../broker.ts";
import type { Work } from "../host.ts";
import { type Installation, type LaunchPlan, LOG_NAME, type NativeSystem } from "../native.ts";
import {
  PASSWORD,
  PLUGINS,
  PORT_COUNT,
  rabbitConfig,
  rabbitEnvironment,
  rabbitPorts,
  USER,
} from "./config.ts";
import { LIBRARIES } from "./packages.ts";
import { probeRabbit } from "./probe.ts";
import { type RabbitRoot, rabbitRoot } from "./root.ts";

const PINNED = "4.0.5";

/** What `--version` takes, and where it comes from. */
const SOURCES = { "4": "debian13", [PINNED]: "debian13", host: "host" } as const;

/**
 * epmd waits for nobody: the server starts at once and asks for it only after a second. The shell stays the leader
 * of the process group, and the broker's end is its end.
 */
const SCRIPT = '"$1/epmd" & epmd=$!; "$2/sbin/rabbitmq-server"; code=$?; kill $epmd; exit $code';

export const rabbitmq: NativeSystem = {
  system: "rabbitmq",
  versions: ["4", PINNED, "host"],
  install,
};

async function install(wanted: string, work: Work): Promise<Installation> {
  const root = await rabbitRoot(SOURCES[wanted as keyof typeof SOURCES], work);
  if (wanted === PINNED && root.version !== PINNED)
    throw new BrokerError(`the Debian archive has RabbitMQ ${root.version} by now, not ${PINNED}`, {
      code: "VERSION_GONE",
      hints: ["Use --version 4."],
    });
  return {
    version: root.version,
    facts: { nodes: 1, package: root.packageVersion, ownLibraries: root.patched, ...notes(root.version) },
    portCount: PORT_COUNT,
    configure: async (dir, ports) => configure(root, dir, ports, work),
  };
}

function notes(version: string): BrokerFacts {
  if (!version.startsWith("4.0.")) return {};
  return {
    notes:
      "RabbitMQ 4.0 has no credit flow from classic queues to AMQP 0-9-1 channels (restored in 4.1): " +
      "publishers without confirms can outrun a classic queue",
  };
}

function configure(root: RabbitRoot, dir: string, numbers: readonly number[], work: Work): LaunchPlan {
  const ports = rabbitPorts(numbers);
  for (const sub of ["data", "log", "schema", "config"]) mkdirSync(join(dir, sub));
  writeFileSync(join(dir, "rabbitmq.conf"), rabbitConfig(ports));
  writeFileSync(join(dir, "enabled_plugins"), `[${PLUGINS.join(",")}].\n`);
  const erlang = join(root.path, "usr", "lib", "erlang");
  const erts = readdirSync(erlang).find((name) => name.startsWith("erts-")) ?? "";
  const path = `${join(erlang, "bin")}:${work.host.env.PATH ?? ""}`;
  // For a libssl that the machine lacks; patched programs find their libraries by themselves.
  const libraries = root.patched ? {} : { LD_LIBRARY_PATH: join(root.path, LIBRARIES) };
  return {
    command: "/bin/sh",
    args: ["-c", SCRIPT, "sh", join(erlang, erts, "bin"), root.serverDir],
    env: { ...rabbitEnvironment(dir, ports), ...libraries, PATH: path },
    url: `amqp://${USER}:${PASSWORD}@127.0.0.1:${ports.amqp}`,
    managementUrl: `http://${USER}:${PASSWORD}@127.0.0.1:${ports.management}`,
    facts: { plugins: PLUGINS.join(" "), streamPort: ports.stream, mqttPort: ports.mqtt },
    probe: (signal) => probeRabbit(ports, join(dir, LOG_NAME), signal),
  };
}

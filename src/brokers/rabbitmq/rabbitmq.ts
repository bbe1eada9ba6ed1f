import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BrokerError } from "../../model/errors.ts";
import type { BrokerFacts } from "../broker.ts";
import type { Work } from "../host.ts";
import type { Installation, LaunchPlan, NativeSystem, NodePlace, NodePlan } from "../native.ts";
import { alarmProgram } from "./alarm.ts";
import {
  epmdEnvironment,
  nodeName,
  PASSWORD,
  PLUGINS,
  PORTS_PER_NODE,
  type RabbitPorts,
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

export const rabbitmq: NativeSystem = {
  system: "rabbitmq",
  versions: ["4", PINNED, "host"],
  install,
  probe: probeRabbit,
  alarmProgram,
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
    facts: { package: root.packageVersion, ownLibraries: root.patched, ...notes(root.version) },
    ports: { perNode: PORTS_PER_NODE, shared: 1 },
    configure: (places, [epmdPort = 0], w) => configure(root, places, epmdPort, w),
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

function configure(root: RabbitRoot, places: readonly NodePlace[], epmdPort: number, work: Work): LaunchPlan {
  const erlang = join(root.path, "usr", "lib", "erlang");
  const erts = readdirSync(erlang).find((name) => name.startsWith("erts-")) ?? "";
  const path = `${join(erlang, "bin")}:${work.host.env.PATH ?? ""}`;
  // For a libssl that the machine lacks; patched programs find their libraries by themselves.
  const libraries = root.patched ? {} : { LD_LIBRARY_PATH: join(root.path, LIBRARIES) };
  const ports = places.map((place) => rabbitPorts(place.ports));
  // What lets nodes talk to each other: the same for all, and nobody else's.
  const cookie = randomBytes(16).toString("hex");
  const nodes = places.map(({ name, dir }, i): NodePlan => {
    const own = ports[i]!;
    for (const sub of ["data", "log", "schema", "config"]) mkdirSync(join(dir, sub));
    writeFileSync(join(dir, "rabbitmq.conf"), rabbitConfig(own, ports));
    writeFileSync(join(dir, "enabled_plugins"), `[${PLUGINS.join(",")}].\n`);
    writeFileSync(join(dir, ".erlang.cookie"), cookie, { mode: 0o400 });
    return {
      ...{ name, dir, ownName: nodeName(own), address: `127.0.0.1:${own.amqp}`, ports: { ...own } },
      command: join(root.serverDir, "sbin", "rabbitmq-server"),
      args: [],
      env: { ...rabbitEnvironment({ dir, ports: own, epmdPort }), ...libraries, PATH: path },
    };
  });
  // It waits for nobody: a node starts at once and asks for it only after a second.
  const epmd = {
    command: join(erlang, erts, "bin", "epmd"),
    args: [],
    env: { ...epmdEnvironment(epmdPort), ...libraries, PATH: path },
    dir: dirname(places[0]!.dir),
  };
  const [{ management, stream, mqtt }] = ports as [RabbitPorts];
  return {
    helpers: [epmd],
    nodes,
    url: `amqp://${USER}:${PASSWORD}@${nodes.map(({ address }) => address).join(",")}`,
    managementUrl: `http://${USER}:${PASSWORD}@127.0.0.1:${management}`,
    facts: {
      ...{ nodes: nodes.length, plugins: PLUGINS.join(" "), streamPort: stream, mqttPort: mqtt },
      ...(nodes.length === 1 ? {} : { partitionHandling: "pause_minority", clients: CLIENTS }),
    },
  };
}

const CLIENTS =
  "all connect to node-1, where queues get their leaders, and to the next node when a connection is lost";

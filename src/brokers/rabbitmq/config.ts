export interface RabbitPorts {
  readonly amqp: number;
  readonly management: number;
  readonly stream: number;
  readonly mqtt: number;
  readonly distribution: number;
}

export const PORTS_PER_NODE = 5;
export const USER = "mqbench";
export const PASSWORD = "mqbench";

export const PLUGINS: readonly string[] = [
  "rabbitmq_management",
  "rabbitmq_stream",
  "rabbitmq_mqtt",
  "rabbitmq_consistent_hash_exchange",
];

/** RabbitMQ's own default for one node. */
const MEMORY_SHARE = 0.6;

export function rabbitPorts(ports: readonly number[]): RabbitPorts {
  const [amqp = 0, management = 0, stream = 0, mqtt = 0, distribution = 0] = ports;
  return { amqp, management, stream, mqtt, distribution };
}

/** Erlang's name of a node: no two on a machine may be the same. */
export function nodeName({ amqp }: Pick<RabbitPorts, "amqp">): string {
  return `mqbench${amqp}@localhost`;
}

/**
 * Addresses, a user and a log that goes to ours. Everything that a benchmark would feel is left at its default,
 * but for what a cluster needs (https://www.rabbitmq.com/docs/cluster-formation and /partitions).
 */
export function rabbitConfig(ports: RabbitPorts, nodes: readonly RabbitPorts[]): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    "management.tcp.ip = 127.0.0.1",
    `management.tcp.port = ${ports.management}`,
    `stream.listeners.tcp.1 = 127.0.0.1:${ports.stream}`,
    "stream.advertised_host = 127.0.0.1",
    `stream.advertised_port = ${ports.stream}`,
    `mqtt.listeners.tcp.1 = 127.0.0.1:${ports.mqtt}`,
    `default_user = ${USER}`,
    `default_pass = ${PASSWORD}`,
    "log.console = true",
    "log.console.use_colors = off",
    "log.file = false",
    ...(nodes.length === 1 ? [] : clusterLines(nodes)),
    "",
  ].join("\n");
}

function clusterLines(nodes: readonly RabbitPorts[]): readonly string[] {
  return [
    "cluster_formation.peer_discovery_backend = classic_config",
    ...nodes.map((node, i) => `cluster_formation.classic_config.nodes.${i + 1} = ${nodeName(node)}`),
    // A minority must not go on by itself; the default (ignore) leaves it to the operator to heal it.
    "cluster_partition_handling = pause_minority",
    // Each takes the machine's memory for its own.
    `vm_memory_high_watermark.relative = ${(MEMORY_SHARE / nodes.length).toFixed(2)}`,
  ];
}

export interface RabbitPlace {
  readonly dir: string;
  readonly ports: RabbitPorts;
  /** Where all nodes find each other's distribution ports. */
  readonly epmdPort: number;
}

/** RabbitMQ's environment: its own directories and ports, and nothing of the machine's. */
export function rabbitEnvironment({ dir, ports, epmdPort }: RabbitPlace): Readonly<Record<string, string>> {
  return {
    HOME: dir,
    LANG: "C.UTF-8",
    RABBITMQ_NODENAME: nodeName(ports),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: `${dir}/data`,
    RABBITMQ_LOG_BASE: `${dir}/log`,
    RABBITMQ_SCHEMA_DIR: `${dir}/schema`,
    RABBITMQ_GENERATED_CONFIG_DIR: `${dir}/config`,
    RABBITMQ_FEATURE_FLAGS_FILE: `${dir}/feature_flags`,
    RABBITMQ_PID_FILE: `${dir}/rabbitmq.pid`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${dir}/enabled_plugins`,
    RABBITMQ_CONFIG_FILE: `${dir}/rabbitmq.conf`,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${dir}/none.config`,
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    // The port mapper is started beside the nodes: Erlang's own would leave the process group.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
    ...epmdEnvironment(epmdPort),
    ERL_CRASH_DUMP_BYTES: "0",
  };
}

export function epmdEnvironment(port: number): Readonly<Record<string, string>> {
  return { ERL_EPMD_PORT: String(port), ERL_EPMD_ADDRESS: "127.0.0.1" };
}

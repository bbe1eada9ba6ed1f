export interface RabbitPorts {
  readonly amqp: number;
  readonly management: number;
  readonly stream: number;
  readonly mqtt: number;
  readonly distribution: number;
  readonly epmd: number;
}

export const PORT_COUNT = 6;
export const USER = "mqbench";
export const PASSWORD = "mqbench";

export const PLUGINS: readonly string[] = [
  "rabbitmq_management",
  "rabbitmq_stream",
  "rabbitmq_mqtt",
  "rabbitmq_consistent_hash_exchange",
];

export function rabbitPorts(ports: readonly number[]): RabbitPorts {
  const [amqp = 0, management = 0, stream = 0, mqtt = 0, distribution = 0, epmd = 0] = ports;
  return { amqp, management, stream, mqtt, distribution, epmd };
}

/** Addresses, a user and a log that goes to ours. Everything that a benchmark would feel is left at its default. */
export function rabbitConfig(ports: RabbitPorts): string {
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
    "",
  ].join("\n");
}

/** RabbitMQ's environment: its own directories and ports, and nothing of the machine's. */
export function rabbitEnvironment(dir: string, ports: RabbitPorts): Readonly<Record<string, string>> {
  return {
    HOME: dir,
    LANG: "C.UTF-8",
    RABBITMQ_NODENAME: `mqbench${ports.amqp}@localhost`,
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
    // The port mapper is started beside the broker, in its process group: Erlang's own would leave it.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_CRASH_DUMP_BYTES: "0",
  };
}

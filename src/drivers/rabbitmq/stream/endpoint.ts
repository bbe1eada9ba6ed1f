import { urlsOf } from "../../../model/broker-url.ts";
import { BrokerError, UserError } from "../../../model/errors.ts";
import { type Endpoint, endpointsOf } from "../options.ts";

/** Where streams are spoken: host and port of the stream plugin's listener. */
export type StreamEndpoint = Endpoint;

/** The stream plugin's own default. */
const STREAM_PORT = 5552;
const SCHEME = "rabbitmq-stream:";
export const ENABLE_HINT = "Enable the plugin on the broker: rabbitmq-plugins enable rabbitmq_stream";
export const PORT_HINT =
  "Say where it listens: a URL rabbitmq-stream://user:password@host:5552/vhost, or --set options.rabbitmq.stream.port=5552.";

interface Asked {
  readonly url: string;
  /** `options.rabbitmq.stream.port`. */
  readonly port: number | undefined;
  readonly managementUrl: string | undefined;
}

/**
 * The stream listeners of a broker, the one to try first first. `rabbitmq-stream://` names them. Of `amqp://` the hosts
 * hold, and the port is the one that was asked for, or that the management API tells, or the plugin's default.
 * @throws UserError `BAD_URL`; BrokerError `BROKER_REFUSED` where the management API tells of no such listener
 */
export async function streamEndpoints({
  url,
  port,
  managementUrl,
}: Asked): Promise<readonly [StreamEndpoint, ...StreamEndpoint[]]> {
  if (url.startsWith(`${SCHEME}//`)) return namedEndpoints(url);
  const endpoints = endpointsOf(url);
  if (port !== undefined) return withPort(endpoints, () => port);
  if (managementUrl === undefined) return withPort(endpoints, () => STREAM_PORT);
  const listeners = await listenersOf(managementUrl, endpoints[0]);
  if (listeners === undefined) return withPort(endpoints, () => STREAM_PORT);
  const streams = listeners.filter(({ protocol }) => protocol === "stream");
  const [any] = streams;
  if (any === undefined)
    throw new BrokerError(
      `RabbitMQ at ${endpoints[0].host}:${endpoints[0].port} has no listener for streams: its plugin rabbitmq_stream is not enabled`,
      { code: "BROKER_REFUSED", hints: [`${ENABLE_HINT}.`] },
    );
  return withPort(endpoints, (amqpPort) => {
    // Nodes of one machine differ in their ports only.
    const node = listeners.find((l) => l.protocol === "amqp" && l.port === amqpPort)?.node;
    return (streams.find((l) => l.node === node) ?? any).port;
  });
}

function withPort(
  [first, ...others]: readonly [Endpoint, ...Endpoint[]],
  portOf: (amqpPort: number) => number,
): readonly [StreamEndpoint, ...StreamEndpoint[]] {
  const at = (endpoint: Endpoint) => ({ ...endpoint, port: portOf(endpoint.port) });
  return [at(first), ...others.map(at)];
}

/** The same form as `amqp://`, with another default port. */
function namedEndpoints(url: string): readonly [StreamEndpoint, ...StreamEndpoint[]] {
  const asAmqp = urlsOf(url).map((one) => {
    const amqp = one.replace(SCHEME, "amqp:");
    if (!URL.canParse(amqp))
      throw new UserError("the RabbitMQ URL is not a URL", { code: "BAD_URL", hints: [PORT_HINT] });
    const hasPort = new URL(amqp).port !== "";
    const [endpoint] = endpointsOf(amqp);
    return hasPort ? endpoint : { ...endpoint, port: STREAM_PORT };
  });
  return asAmqp as unknown as readonly [StreamEndpoint, ...StreamEndpoint[]];
}

interface Listener {
  readonly node: string;
  readonly protocol: string;
  readonly port: number;
}

/** What the nodes listen on; undefined where nobody tells. */
async function listenersOf(url: string, at: Endpoint): Promise<readonly Listener[] | undefined> {
  const base = new URL(url);
  const user = base.username ? decodeURIComponent(base.username) : at.username;
  const password = base.username ? decodeURIComponent(base.password) : at.password;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  try {
    const response = await fetch(new URL("/api/overview?columns=listeners", base.origin), {
      headers: { authorization },
      signal: AbortSignal.timeout(5_000),
    });
    const { listeners } = (await response.json()) as { listeners?: unknown };
    return Array.isArray(listeners) ? (listeners as readonly Listener[]) : undefined;
  } catch {
    return undefined;
  }
}

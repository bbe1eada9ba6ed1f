import { urlsOf, withHosts } from "../model/broker-url.ts";
import { UserError } from "../model/errors.ts";

/** Where a broker listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Ports that a scheme stands for where a URL names none. */
const PORTS: Readonly<Record<string, number>> = { "amqp:": 5672 };
const LIST_PORT = 9092;

/**
 * The brokers that a URL (`amqp://user@host,host/vhost`) or a list (`host:port,host:port`) names.
 * @throws UserError where it has none that a proxy could stand in front of
 */
export function addressesIn(url: string): readonly Address[] {
  if (!isUrl(url)) return url.split(",").map((text) => addressOf(text.trim()));
  return urlsOf(url).map((one) => {
    const { protocol, hostname, port } = new URL(one);
    const known = port === "" ? PORTS[protocol] : Number(port);
    // With TLS the name in the certificate would not be the proxy's.
    if (known === undefined || protocol === "amqps:") throw unknownAddress();
    return { host: bare(hostname), port: known };
  });
}

/** The same URL or list with other addresses in the same places; what else it says stays. */
export function withAddresses(url: string, addresses: readonly Address[]): string {
  const hosts = addresses.map(({ host, port }) => `${host}:${port}`);
  return isUrl(url) ? withHosts(url, hosts) : hosts.join(",");
}

function isUrl(text: string): boolean {
  return text.includes("://");
}

function addressOf(text: string): Address {
  const [, host, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text) ?? [];
  if (host === undefined) throw unknownAddress();
  return { host: bare(host), port: Number(port ?? LIST_PORT) };
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

/** The URL may hold a password: it is not repeated. */
function unknownAddress(): UserError {
  return new UserError("network faults need a plain address to stand in front of", {
    code: "BAD_URL",
    hints: ["Give host:port, or an amqp:// URL; TLS is not supported yet."],
  });
}

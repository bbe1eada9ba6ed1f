import { urlsOf, withHosts } from "../model/broker-url.ts";
import { UserError } from "../model/errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** How each system's addresses are written. A scheme means a URL; without one it is a list of host:port. */
interface Form {
  readonly schemes: readonly string[];
  readonly example: string;
}

const FORMS: Readonly<Record<string, Form>> = {
  kafka: { schemes: [], example: "kafka=localhost:9092 or kafka=host1:9092,host2:9092" },
  rabbitmq: {
    // The last one has the addresses of the stream plugin's listeners, for the mode `stream` alone.
    schemes: ["amqp:", "amqps:", "rabbitmq-stream:"],
    example:
      "rabbitmq=amqp://user:password@localhost:5672/vhost or rabbitmq=amqp://user:password@host1:5672,host2:5672/vhost",
  },
};

/**
 * Where each system already runs, from `--url SYSTEM=URL` flags and from MQBENCH_<SYSTEM>_URL; a flag wins.
 * MQBENCH_<SYSTEM>_USERNAME and _PASSWORD fill in what a URL does not say, so that neither flags nor shell
 * history hold a password.
 */
export function givenUrls(flags: readonly string[], env: Environment): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  for (const system of Object.keys(FORMS)) {
    const name = `MQBENCH_${system.toUpperCase()}_URL`;
    const value = env[name];
    if (value) urls.set(system, checkedUrl(system, value, name, env));
  }
  const seen = new Set<string>();
  for (const flag of flags) {
    const equals = flag.indexOf("=");
    const system = flag.slice(0, Math.max(0, equals));
    // What was given may hold a password: it is never repeated whole.
    if (!FORMS[system])
      throw bad("--url", equals < 1 ? "it is not SYSTEM=URL" : `there is no system "${system}"`, examples());
    if (seen.has(system)) throw bad("--url", `${system} is given twice`, "Give each system one --url.");
    seen.add(system);
    urls.set(system, checkedUrl(system, flag.slice(equals + 1), `--url ${system}`, env));
  }
  return urls;
}

function checkedUrl(system: string, text: string, name: string, env: Environment): string {
  const { schemes, example } = FORMS[system]!;
  const hint = `Write it like ${example}.`;
  if (schemes.length === 0) return hostList(text, name, hint);
  const urls = urlsOf(text).map((one) => parseUrl(one, name, schemes, hint));
  const hosts = urls.map(({ host }) => host);
  return withHosts(withCredentials(urls[0]!, system, env), hosts);
}

function hostList(text: string, name: string, hint: string): string {
  if (text.includes("://")) throw bad(name, "it is a list of host:port, without a scheme", hint);
  const hosts = text.split(",").map((host) => host.trim());
  for (const host of hosts) {
    const port = /^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(host)?.[1];
    if (port === undefined) throw bad(name, `"${host}" is not host:port`, hint);
    if (Number(port) < 1 || Number(port) > 65_535) throw bad(name, `${port} is not a port`, hint);
  }
  return hosts.join(",");
}

function parseUrl(text: string, name: string, schemes: readonly string[], hint: string): URL {
  if (!URL.canParse(text)) throw bad(name, "it is not a URL", hint);
  const url = new URL(text);
  if (!schemes.includes(url.protocol))
    throw bad(
      name,
      `its scheme is ${url.protocol}//, not ${schemes.map((s) => `${s}//`).join(" or ")}`,
      hint,
    );
  if (!url.hostname) throw bad(name, "it names no host", hint);
  return url;
}

function withCredentials(url: URL, system: string, env: Environment): string {
  const prefix = `MQBENCH_${system.toUpperCase()}`;
  const username = env[`${prefix}_USERNAME`];
  const password = env[`${prefix}_PASSWORD`];
  if (!url.username && username) url.username = encodeURIComponent(username);
  if (!url.password && password) url.password = encodeURIComponent(password);
  return url.href;
}

function examples(): string {
  return `Write it like ${Object.values(FORMS)
    .map(({ example }) => example)
    .join(" or ")}.`;
}

function bad(name: string, reason: string, hint: string): UserError {
  return new UserError(`${name}: ${reason}`, { code: "BAD_URL", hints: [hint] });
}

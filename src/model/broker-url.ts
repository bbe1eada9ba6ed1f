/** `scheme://user:password@`, the hosts with their ports, and what follows them. */
const PARTS = /^([a-z][a-z\d+.-]*:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/is;

/**
 * `amqp://user:password@host1:5672,host2:5672/vhost` → a URL for each host, in their order; of a text that is no such
 * URL, the text itself. A comma that is no separator is percent-encoded.
 */
export function urlsOf(text: string): readonly string[] {
  const [, head, hosts, rest] = PARTS.exec(text) ?? [];
  return hosts === undefined ? [text] : hosts.split(",").map((host) => `${head}${host.trim()}${rest}`);
}

/** The same URL with other hosts, each `host:port`. */
export function withHosts(url: string, hosts: readonly string[]): string {
  return url.replace(
    PARTS,
    (_all, head: string, _hosts: string, rest: string) => head + hosts.join(",") + rest,
  );
}

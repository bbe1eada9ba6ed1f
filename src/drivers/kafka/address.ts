import { UserError } from "../../model/errors.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 9092;

/**
 * `host:port[,host:port…]`, also with `kafka://` before it, → the brokers to ask first.
 * @throws UserError `BAD_URL`; the message does not repeat the text, which might hold a password.
 */
export function parseAddresses(url: string): readonly Address[] {
  const text = url
    .trim()
    .replace(/^kafka:\/\//, "")
    .replace(/\/$/, "");
  if (text.includes("@") || text.includes("://"))
    throw bad("the Kafka address has a part that is not a host or a port", [
      "SASL and TLS are not supported yet: name a plain listener.",
    ]);
  return text.split(",").map((part) => {
    const match = /^\s*(\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+)(?::(\d{1,5}))?\s*$/.exec(part);
    const port = Number(match?.[2] ?? DEFAULT_PORT);
    if (!match?.[1] || port < 1 || port > 65_535) throw bad(`the Kafka address "${part}" is not host:port`);
    return { host: match[1].replace(/^\[|\]$/g, ""), port };
  });
}

/** The same for people and results. */
export function addressText(addresses: readonly Address[]): string {
  return addresses.map((a) => `${a.host.includes(":") ? `[${a.host}]` : a.host}:${a.port}`).join(",");
}

function bad(message: string, hints: readonly string[] = []): UserError {
  return new UserError(message, {
    code: "BAD_URL",
    hints: [...hints, "Write host:port, and several with commas: broker1:9092,broker2:9092."],
  });
}

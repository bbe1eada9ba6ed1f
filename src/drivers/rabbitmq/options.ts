import { UserError } from "../../model/errors.ts";
import { parseDurationNs } from "../../model/units.ts";

/** Where the broker lives. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
}

/** Who makes frames of messages, and messages of frames: this driver, or amqplib. */
export type Framing = "direct" | "amqplib";

export interface RabbitOptions {
  /** Arguments of every queue besides its type: `x-max-length`, `x-queue-version`, … */
  readonly queueArguments: Readonly<Record<string, string | number | boolean>>;
  /** Unroutable messages come back and count as failed; otherwise they are acknowledged and lost. */
  readonly mandatory: boolean;
  /** TCP_NODELAY; without it a message of some KiB may wait 40 ms for the broker's delayed ACK. */
  readonly noDelay: boolean;
  /** Asked for; 0: none. The broker may lower it. */
  readonly heartbeatS: number;
  /** `direct` is quicker, and falls back to `amqplib` where it cannot be. */
  readonly framing: Framing;
  /** HTTP API, to learn what is delivered but unacknowledged when consumers live in other processes. */
  readonly managementUrl: string | undefined;
}

/**
 * Reads `amqp://user:password@host:port/vhost`.
 * @throws UserError `BAD_URL`, without the password
 */
export function endpointOf(text: string): Endpoint {
  const bad = (why: string) =>
    new UserError(`the RabbitMQ URL ${why}`, {
      code: "BAD_URL",
      hints: ["Write amqp://user:password@host:5672/vhost; percent-encode special characters."],
    });
  if (text === "") throw bad("is missing");
  if (!URL.canParse(text)) throw bad("is not a URL");
  const url = new URL(text);
  if (url.protocol === "amqps:") throw bad("asks for TLS, which this driver does not speak yet");
  if (url.protocol !== "amqp:") throw bad(`has the scheme ${url.protocol}// instead of amqp://`);
  if (url.hostname === "") throw bad("has no host");
  if (url.search !== "" || url.hash !== "") throw bad("has parameters; settings belong into the options");
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw bad("has a malformed percent-encoding");
    }
  };
  const anonymous = url.username === "" && url.password === "";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 5672 : Number(url.port),
    // RabbitMQ's own defaults.
    username: anonymous ? "guest" : decode(url.username),
    password: anonymous ? "guest" : decode(url.password),
    vhost: decode(url.pathname.slice(1)) || "/",
  };
}

/** @throws UserError `BAD_OPTION` that names the option */
export function rabbitOptions(options: Readonly<Record<string, unknown>>): RabbitOptions {
  const {
    queueArguments = {},
    mandatory = true,
    noDelay = true,
    heartbeat = "60s",
    framing = "direct",
    managementUrl,
    ...rest
  } = options;
  const [unknown] = Object.keys(rest);
  const known = "There are queueArguments, mandatory, noDelay, heartbeat, framing and managementUrl.";
  if (unknown !== undefined) throw bad(unknown, "is not an option of the RabbitMQ driver", known);
  if (typeof mandatory !== "boolean")
    throw bad("mandatory", "is neither true nor false", "Write true or false.");
  if (typeof noDelay !== "boolean") throw bad("noDelay", "is neither true nor false", "Write true or false.");
  if (typeof heartbeat !== "string")
    throw bad("heartbeat", "is not a duration", "Write a string such as 60s, or 0.");
  const heartbeatS = parseDurationNs(heartbeat, "heartbeat") / 1e9;
  if (!Number.isInteger(heartbeatS))
    throw bad("heartbeat", "is not in whole seconds", "Write 60s, or 0 for none.");
  if (framing !== "direct" && framing !== "amqplib")
    throw bad("framing", "is neither direct nor amqplib", "Write direct or amqplib.");
  if (managementUrl !== undefined && !(typeof managementUrl === "string" && URL.canParse(managementUrl)))
    throw bad("managementUrl", "is not a URL", "Write http://host:15672.");
  return {
    queueArguments: argumentsOf(queueArguments),
    mandatory,
    noDelay,
    heartbeatS,
    framing,
    managementUrl,
  };
}

function argumentsOf(value: unknown): RabbitOptions["queueArguments"] {
  const hint = "Write { x-max-length: 100000 }; the type follows from the mode.";
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad("queueArguments", "is not a mapping", hint);
  for (const [name, given] of Object.entries(value)) {
    if (name === "x-queue-type")
      throw bad("queueArguments", "gives x-queue-type, which the mode decides", hint);
    if (!["string", "number", "boolean"].includes(typeof given))
      throw bad(`queueArguments.${name}`, "is not a string, number or boolean", hint);
  }
  return value as RabbitOptions["queueArguments"];
}

function bad(name: string, why: string, hint: string): UserError {
  return new UserError(`RabbitMQ option ${name} ${why}`, { code: "BAD_OPTION", hints: [hint] });
}

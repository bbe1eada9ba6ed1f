import { urlsOf } from "../../model/broker-url.ts";
import { UserError } from "../../model/errors.ts";
import { parseDurationNs } from "../../model/units.ts";
import { type DeadLetter, OVERFLOWS, STRATEGIES } from "./dead-letter.ts";

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

/** Waits between tries, doubled from the first to the longest, until it is given up. */
export interface Reconnect {
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly giveUpAfterMs: number;
}

export interface RabbitOptions {
  /** Arguments of every queue besides its type: `x-max-length`, `x-queue-version`, … */
  readonly queueArguments: Readonly<Record<string, string | number | boolean>>;
  /** Unroutable messages come back and count as failed; otherwise they are acknowledged and lost. */
  readonly mandatory: boolean;
  /** TCP_NODELAY; without it a message of some KiB may wait 40 ms for the broker's delayed ACK. */
  readonly noDelay: boolean;
  /** Asked for; 0: none. The broker may lower it. A silent peer is given up after two to three of these. */
  readonly heartbeatS: number;
  /** How producers and consumers get a new connection for one that is lost; undefined: they do not. */
  readonly reconnect: Reconnect | undefined;
  /** What was not confirmed on a lost connection is published again on the next one; it may be stored twice then. */
  readonly republish: boolean;
  /** `direct` is quicker, and falls back to `amqplib` where it cannot be. */
  readonly framing: Framing;
  /** Messages reach consumers as dead letters of a queue in which they wait; undefined: at once. */
  readonly deadLetter: DeadLetter | undefined;
  /** HTTP API, to learn what is delivered but unacknowledged when consumers live in other processes. */
  readonly managementUrl: string | undefined;
  /** What only the mode `stream` has, checked there: src/drivers/rabbitmq/stream/options.ts. */
  readonly stream: unknown;
}

/**
 * Reads `amqp://user:password@host:port,host:port/vhost`: every node that it names.
 * @throws UserError `BAD_URL`, without the password
 */
export function endpointsOf(text: string): readonly [Endpoint, ...Endpoint[]] {
  const [first = "", ...others] = urlsOf(text);
  return [endpointOf(first), ...others.map(endpointOf)];
}

function endpointOf(text: string): Endpoint {
  const bad = (why: string) =>
    new UserError(`the RabbitMQ URL ${why}`, {
      code: "BAD_URL",
      hints: [
        "Write amqp://user:password@host:5672/vhost, with commas between the hosts of several nodes; percent-encode special characters.",
      ],
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
    heartbeat = "10s",
    reconnect = {},
    republish = false,
    framing = "direct",
    deadLetter,
    managementUrl,
    stream,
    ...rest
  } = options;
  const [unknown] = Object.keys(rest);
  const known =
    "There are queueArguments, mandatory, noDelay, heartbeat, reconnect, republish, framing, deadLetter, managementUrl and stream.";
  if (unknown !== undefined) throw bad(unknown, "is not an option of the RabbitMQ driver", known);
  if (typeof mandatory !== "boolean")
    throw bad("mandatory", "is neither true nor false", "Write true or false.");
  if (typeof noDelay !== "boolean") throw bad("noDelay", "is neither true nor false", "Write true or false.");
  if (typeof heartbeat !== "string")
    throw bad("heartbeat", "is not a duration", "Write a string such as 10s, or 0.");
  const heartbeatS = parseDurationNs(heartbeat, "heartbeat") / 1e9;
  if (!Number.isInteger(heartbeatS))
    throw bad("heartbeat", "is not in whole seconds", "Write 10s, or 0 for none.");
  const reconnects = reconnectOf(reconnect);
  if (typeof republish !== "boolean")
    throw bad("republish", "is neither true nor false", "Write true or false.");
  if (republish && reconnects === undefined)
    throw bad("republish", "needs another connection, and reconnect is off", "Leave reconnect out.");
  if (framing !== "direct" && framing !== "amqplib")
    throw bad("framing", "is neither direct nor amqplib", "Write direct or amqplib.");
  if (managementUrl !== undefined && !(typeof managementUrl === "string" && URL.canParse(managementUrl)))
    throw bad("managementUrl", "is not a URL", "Write http://host:15672.");
  return {
    queueArguments: argumentsOf(queueArguments),
    mandatory,
    noDelay,
    heartbeatS,
    reconnect: reconnects,
    republish,
    framing,
    deadLetter: deadLetter === undefined ? undefined : deadLetterOf(deadLetter),
    managementUrl,
    stream,
  };
}

function reconnectOf(value: unknown): Reconnect | undefined {
  const hint = "Write off, or { delay: 100ms, maxDelay: 1s, giveUpAfter: 60s }.";
  if (value === "off") return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad("reconnect", "is neither off nor a mapping", hint);
  const { delay = "100ms", maxDelay = "1s", giveUpAfter = "60s", ...rest } = value as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw bad(`reconnect.${unknown}`, "is not known", hint);
  const msOf = (name: string, text: unknown): number => {
    if (typeof text !== "string") throw bad(`reconnect.${name}`, "is not a duration", hint);
    const ms = parseDurationNs(text, `reconnect.${name}`) / 1e6;
    if (ms < 1) throw bad(`reconnect.${name}`, "is less than a millisecond", hint);
    return ms;
  };
  const reconnect = {
    delayMs: msOf("delay", delay),
    maxDelayMs: msOf("maxDelay", maxDelay),
    giveUpAfterMs: msOf("giveUpAfter", giveUpAfter),
  };
  if (reconnect.maxDelayMs < reconnect.delayMs)
    throw bad("reconnect.maxDelay", `of ${maxDelay} is less than the delay of ${delay}`, hint);
  return reconnect;
}

function deadLetterOf(value: unknown): DeadLetter {
  const hint = `Write { after: 200ms, strategy: ${STRATEGIES.join(" or ")}, overflow: ${OVERFLOWS.join(" or ")} }.`;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad("deadLetter", "is not a mapping", hint);
  const {
    after,
    strategy = "at-most-once",
    overflow = "drop-head",
    ...rest
  } = value as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw bad(`deadLetter.${unknown}`, "is not known", hint);
  const afterMs = typeof after === "string" ? parseDurationNs(after, "deadLetter.after") / 1e6 : 0;
  if (!Number.isInteger(afterMs) || afterMs < 1)
    throw bad("deadLetter.after", "is not a duration in whole milliseconds", hint);
  return {
    afterMs,
    strategy: oneOf("deadLetter.strategy", STRATEGIES, strategy, hint),
    overflow: oneOf("deadLetter.overflow", OVERFLOWS, overflow, hint),
  };
}

function oneOf<T extends string>(name: string, all: readonly T[], value: unknown, hint: string): T {
  const found = all.find((one) => one === value);
  if (found === undefined) throw bad(name, `is not ${all.join(" or ")}`, hint);
  return found;
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

import type { CreateStreamArguments } from "rabbitmq-stream-js-client/dist/requests/create_stream_request.js";
import { UserError } from "../../../model/errors.ts";
import { parseDurationNs } from "../../../model/units.ts";

/** Where a subscription begins that has not stored an offset yet. */
export type Start =
  | { readonly at: "first" | "next" | "last" }
  | { readonly at: "offset"; readonly offset: number }
  | { readonly at: "timestamp"; readonly timestampMs: number };

/** `options.rabbitmq.stream`: what only the mode `stream` has. */
export interface StreamOptions {
  /** Of the stream plugin's listener; undefined: it is asked for, or 5552. */
  readonly port: number | undefined;
  readonly start: Start;
  /** Chunks that the broker may send ahead, for each partition. */
  readonly credits: number;
  /** How long an answered offset may wait until it is stored. */
  readonly storeEveryMs: number;
  /** Of every stream: `max-length-bytes`, `max-age`, … */
  readonly arguments: CreateStreamArguments;
}

const ARGUMENTS: readonly string[] = [
  "max-length-bytes",
  "max-age",
  "stream-max-segment-size-bytes",
  "initial-cluster-size",
  "queue-leader-locator",
];
const KNOWN = "There are port, start, credits, storeEvery and arguments.";
const START_HINT = "Write first, next, last, an offset such as 1000, or a time such as 2030-01-31T12:00:00Z.";

/** @throws UserError `BAD_OPTION` that names the option */
export function streamOptions(value: unknown = {}): StreamOptions {
  if (!isMapping(value)) throw bad("stream", "is not a mapping", "Write { port: 5552 }.");
  const { port, start = "first", credits = 10, storeEvery = "200ms", arguments: given = {}, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw bad(`stream.${unknown}`, "is not known", KNOWN);
  if (port !== undefined && !isWithin(port, 1, 65_535))
    throw bad("stream.port", "is not a port", "Write the number of the stream plugin's port, such as 5552.");
  if (!isWithin(credits, 1, 1000))
    throw bad("stream.credits", "is not a number of chunks", "Write a whole number from 1 to 1000.");
  if (typeof storeEvery !== "string")
    throw bad("stream.storeEvery", "is not a duration", "Write a string such as 200ms.");
  return {
    port,
    start: startOf(start),
    credits,
    storeEveryMs: parseDurationNs(storeEvery, "stream.storeEvery") / 1e6,
    arguments: argumentsOf(given),
  };
}

function startOf(value: unknown): Start {
  if (value === "first" || value === "next" || value === "last") return { at: value };
  if (isWithin(value, 0, Number.MAX_SAFE_INTEGER)) return { at: "offset", offset: value };
  const timestampMs = typeof value === "string" && /^\d{4}-/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(timestampMs)) throw bad("stream.start", "is neither a place nor a time", START_HINT);
  return { at: "timestamp", timestampMs };
}

function argumentsOf(value: unknown): CreateStreamArguments {
  if (!isMapping(value))
    throw bad("stream.arguments", "is not a mapping", "Write { max-length-bytes: 1000000000 }.");
  for (const [name, one] of Object.entries(value)) {
    if (!ARGUMENTS.includes(name))
      throw bad(`stream.arguments.${name}`, "is not known", `There are ${ARGUMENTS.join(", ")}.`);
    if (typeof one !== "string" && typeof one !== "number")
      throw bad(`stream.arguments.${name}`, "is neither a string nor a number", "Write 1000000000 or 1h.");
  }
  return value as CreateStreamArguments;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function bad(name: string, why: string, hint: string): UserError {
  return new UserError(`RabbitMQ option ${name} ${why}`, { code: "BAD_OPTION", hints: [hint] });
}

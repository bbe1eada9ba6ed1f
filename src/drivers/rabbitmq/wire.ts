import { Socket } from "node:net";
import type { Channel, ChannelModel } from "amqplib";
import { clientVersion } from "./client-version.ts";
import type { Framing } from "./options.ts";

/** The only amqplib whose insides {@link Wire} describes. */
const KNOWN_VERSION = "2.3.1";

/** What direct framing uses of an amqplib connection; nothing of it is declared by amqplib. */
export interface Wire {
  readonly stream: Pick<Socket, "read" | "write" | "on" | "writableLength" | "writableHighWaterMark">;
  /** Largest frame, 8 bytes of framing included. */
  readonly frameMax: number;
  /** What was read but is not parsed yet; begins at the start of a frame. */
  rest: Buffer;
  /** The next frame, decoded, or false when there is no whole one yet. Its caller handles it at once. */
  recvFrame(): unknown;
  /** Whether the heartbeat that is due can be left out, and whether the broker seems to live. */
  sentSinceLastCheck: boolean;
  recvSinceLastCheck: boolean;
}

/**
 * The inside of a connection, or undefined when frames go through amqplib: because that was asked for, or
 * because this is another amqplib than the known one.
 */
export function wireOf(model: ChannelModel, asked: Framing, version = clientVersion()): Wire | undefined {
  if (asked === "amqplib" || version !== KNOWN_VERSION) return undefined;
  const { connection } = model as unknown as { connection: Partial<Wire> };
  const { stream, frameMax, rest, recvFrame, sentSinceLastCheck, recvSinceLastCheck } = connection;
  const known =
    stream instanceof Socket &&
    typeof frameMax === "number" &&
    frameMax > 8 &&
    Buffer.isBuffer(rest) &&
    typeof recvFrame === "function" &&
    typeof sentSinceLastCheck === "boolean" &&
    typeof recvSinceLastCheck === "boolean";
  return known ? (connection as Wire) : undefined;
}

/** The number that a channel's frames carry; amqplib 2.3.1 keeps it in `ch`. */
export function channelNumber(channel: Channel): number {
  const { ch } = channel as unknown as { ch: unknown };
  if (typeof ch !== "number") throw new Error("amqplib's channel has no number");
  return ch;
}

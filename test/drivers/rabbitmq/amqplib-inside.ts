import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Duplex } from "node:stream";
import type { Wire } from "../../../src/drivers/rabbitmq/wire.ts";

const require = createRequire(import.meta.url);
const lib = (name: string) => require(join(dirname(require.resolve("amqplib")), "lib", name));

export interface Frame {
  readonly id?: number;
  readonly channel: number;
  readonly size?: number;
  readonly fields?: Record<string, unknown>;
  readonly content?: Buffer;
}

interface Delivered {
  readonly content: Buffer;
  readonly fields: { readonly redelivered: boolean; readonly deliveryTag: number };
}

type Encode = (id: number, channel: number, fields: object) => Buffer;
type EncodeHeader = (id: number, channel: number, size: number, fields: object) => Buffer;

/** amqplib's own codec, which its package does not export. */
export const codec = {
  defs: lib("defs.js") as Record<string, number>,
  encodeMethod: lib("defs.js").encodeMethod as Encode,
  encodeHeader: lib("defs.js").encodeProperties as EncodeHeader,
  bodyFrame: lib("frame.js").makeBodyFrame as (channel: number, body: Buffer) => Buffer,
  heartbeat: lib("frame.js").HEARTBEAT_BUF as Buffer,
};

/** Every frame of `bytes`, which must be whole. */
export function framesOf(bytes: Buffer, frameMax: number): Frame[] {
  const { parseFrame, decodeFrame } = lib("frame.js");
  const frames: Frame[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const frame = parseFrame(rest, frameMax - 8);
    if (frame === false) throw new Error(`${rest.length} bytes are no whole frame`);
    frames.push(decodeFrame(frame));
    rest = frame.rest;
  }
  return frames;
}

const START_OK = { clientProperties: {}, mechanism: "PLAIN", response: Buffer.alloc(0), locale: "en_US" };

/** An open connection of amqplib's, without a socket: what a broker would send is fed to it. */
export function openInside() {
  const { defs, encodeMethod } = codec;
  let waiting: Buffer | null = null;
  const written: Buffer[] = [];
  const stream = new (class extends Duplex {
    override read(): Buffer | null {
      const chunk = waiting;
      waiting = null;
      return chunk;
    }
    override _read(): void {}
    override _write(chunk: Buffer, _encoding: unknown, done: () => void): void {
      written.push(chunk);
      done();
    }
  })();
  const feed = (chunk: Buffer) => {
    waiting = chunk;
    stream.emit("readable");
  };
  const connection = new (lib("connection.js").Connection)(stream);
  const errors: unknown[] = [];
  connection.on("error", (error: unknown) => errors.push(error));
  let open = false;
  connection.open(
    { ...START_OK, virtualHost: "/", frameMax: 131_072, channelMax: 9, heartbeat: 0 },
    (error: unknown) => {
      if (error) throw error;
      open = true;
    },
  );
  const start = {
    versionMajor: 0,
    versionMinor: 9,
    serverProperties: {},
    mechanisms: Buffer.from("PLAIN"),
    locales: Buffer.from("en_US"),
  };
  feed(encodeMethod(defs.ConnectionStart!, 0, start));
  feed(encodeMethod(defs.ConnectionTune!, 0, { frameMax: 131_072, channelMax: 9, heartbeat: 0 }));
  feed(encodeMethod(defs.ConnectionOpenOk!, 0, {}));
  if (!open) throw new Error("the connection did not open");

  /** A channel with a consumer. */
  const channel = (
    consumerTags: readonly string[],
    on: (consumerTag: string, message: Delivered) => void,
  ) => {
    const made = new (lib("channel.js").BaseChannel)(connection);
    made.allocate();
    made.on("delivery", (message: Delivered) => made.handleDelivery(message));
    for (const name of consumerTags) made.registerConsumer(name, (message: Delivered) => on(name, message));
    return made as { readonly ch: number; on(event: string, listener: (fields: object) => void): void };
  };
  return { wire: connection as Wire, feed, channel, errors };
}

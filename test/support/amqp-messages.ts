import type { Pump } from "./tcp-proxy.ts";

/** Class and method of AMQP 0-9-1 as one number. */
export const BASIC_PUBLISH = (60 << 16) | 40;
export const BASIC_DELIVER = (60 << 16) | 60;

/** Decides about one whole message: method, header and body frames in one piece. */
export type Meddler = (message: Buffer, send: (bytes: Buffer) => void) => void;

/** "AMQP", 0, 0, 9, 1: what a client sends before its first frame. */
const PROTOCOL_HEADER_BYTES = 8;
/** Type u8, channel u16, payload size u32, payload, 0xCE (AMQP 0-9-1, 4.2.3). */
const FRAME_HEAD_BYTES = 7;
const METHOD = 1;
const HEADER = 2;
const FRAME_END = 0xce;

/**
 * Cuts one direction of a connection into frames and hands every whole message of the method to the meddler;
 * all other frames pass as they are. Frames of a message follow each other within their channel (4.2.6), so
 * those of other channels may pass in between.
 */
export function amqpPump(method: number, createMeddler: () => Meddler): Pump {
  return (send) => {
    const meddle = createMeddler();
    let rest: Buffer = Buffer.alloc(0);
    /** Channel → the message that is not whole yet. */
    const open = new Map<number, { frames: Buffer[]; missing: number }>();

    const take = (frame: Buffer): void => {
      const channel = frame.readUInt16BE(1);
      const message = open.get(channel);
      if (message === undefined) {
        if (frame[0] === METHOD && frame.readUInt32BE(FRAME_HEAD_BYTES) === method)
          open.set(channel, { frames: [frame], missing: Number.POSITIVE_INFINITY });
        else send(frame);
        return;
      }
      message.frames.push(frame);
      // Header: class u16, weight u16, body size u64.
      if (frame[0] === HEADER) message.missing = Number(frame.readBigUInt64BE(FRAME_HEAD_BYTES + 4));
      else message.missing -= frame.length - FRAME_HEAD_BYTES - 1;
      if (message.missing > 0) return;
      open.delete(channel);
      meddle(Buffer.concat(message.frames), send);
    };

    return (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (rest.length >= PROTOCOL_HEADER_BYTES && rest.toString("latin1", 0, 4) === "AMQP") {
        send(rest.subarray(0, PROTOCOL_HEADER_BYTES));
        rest = rest.subarray(PROTOCOL_HEADER_BYTES);
      }
      for (;;) {
        if (rest.length < FRAME_HEAD_BYTES) return;
        const end = FRAME_HEAD_BYTES + rest.readUInt32BE(3) + 1;
        if (rest.length < end) return;
        if (rest[end - 1] !== FRAME_END) throw new Error("the proxy lost the frames' boundaries");
        take(rest.subarray(0, end));
        rest = rest.subarray(end);
      }
    };
  };
}

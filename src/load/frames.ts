import type { Duplex, Readable, Writable } from "node:stream";

/**
 * The protocol between conductor and agent: frames of `[u32 length][u8 type][payload]`, little-endian, over
 * any byte stream (an extra pipe of the child process). Control is JSON; what flows each second is binary.
 */
export const FRAME = {
  control: 1,
  histogram: 2,
  outcomes: 3,
  page: 4,
  transactions: 5,
  moments: 6,
  sights: 7,
} as const;

const HEAD_BYTES = 5;
/** No frame that this protocol makes is near it: a larger length means that the stream is not ours. */
const LIMIT_BYTES = 64 * 1024 * 1024;

export function writeFrame(to: Writable | Duplex, type: number, payload: Buffer): void {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(payload.length + 1, 0);
  head[4] = type;
  to.cork();
  to.write(head);
  to.write(payload);
  to.uncork();
}

export function writeControl(to: Writable | Duplex, message: unknown): void {
  writeFrame(to, FRAME.control, Buffer.from(JSON.stringify(message)));
}

/** Calls `on` for each whole frame; the payload is only valid during the call. */
export function readFrames(from: Readable | Duplex, on: (type: number, payload: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  from.on("data", (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= HEAD_BYTES) {
      const length = rest.readUInt32LE(at);
      if (length < 1 || length > LIMIT_BYTES) throw new Error(`frame of ${length} bytes`);
      if (rest.length - at < 4 + length) break;
      on(rest[at + 4]!, rest.subarray(at + HEAD_BYTES, at + 4 + length));
      at += 4 + length;
    }
    rest = rest.subarray(at);
  });
}

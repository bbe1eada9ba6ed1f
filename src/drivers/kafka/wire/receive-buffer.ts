import type { Sink } from "./dial.ts";

/** What frames are cut from: memory that grows with the largest frame, and is used again. */
export interface Frames {
  /** A whole frame in `buffer[start … end)`, without its length; dead when this returns. */
  frame(buffer: Buffer, start: number, end: number): void;
  /** The peer does not speak the protocol, or sends more than is allowed. Nothing follows. */
  damaged(code: string, reason: string): void;
}

const LENGTH_BYTES = 4;
const FIRST_BYTES = 64 * 1024;
/** Less room than this is not worth a read. */
const LEAST_ROOM_BYTES = 16 * 1024;

/**
 * Cuts a stream into frames that begin with their length (int32, big endian), without copying whole ones.
 * @param maxFrameBytes a longer frame is damage, so that memory is bounded by it
 */
export function createReceiveBuffer(maxFrameBytes: number, on: Frames): Sink {
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** What is not cut yet lies in `[start, end)`. */
  let start = 0;
  let end = 0;
  let isDamaged = false;

  /** Makes `bytes` from `start` on fit, moving what is there to the front. */
  const makeRoom = (bytes: number): void => {
    if (start + bytes <= buffer.length) return;
    let into = buffer;
    if (bytes > buffer.length) {
      let length = buffer.length;
      while (length < bytes) length *= 2;
      into = Buffer.allocUnsafeSlow(Math.min(length, Math.max(bytes, maxFrameBytes + LENGTH_BYTES)));
    }
    buffer.copy(into, 0, start, end);
    buffer = into;
    end -= start;
    start = 0;
  };

  return {
    room() {
      if (start === end) {
        start = 0;
        end = 0;
      }
      // A frame that is under way has its room already, from `took`.
      if (start === end || buffer.length === end) makeRoom(end - start + LEAST_ROOM_BYTES);
      return buffer.subarray(end);
    },
    took(bytes) {
      if (isDamaged) return;
      end += bytes;
      while (end - start >= LENGTH_BYTES) {
        const length = buffer.readInt32BE(start);
        if (length < LENGTH_BYTES || length > maxFrameBytes) {
          isDamaged = true;
          on.damaged(
            length > maxFrameBytes ? "FRAME_TOO_LARGE" : "BAD_FRAME",
            `an answer of ${length} bytes, where ${LENGTH_BYTES} to ${maxFrameBytes} are possible`,
          );
          return;
        }
        if (end - start < LENGTH_BYTES + length) {
          makeRoom(LENGTH_BYTES + length);
          return;
        }
        const from = start + LENGTH_BYTES;
        start = from + length;
        on.frame(buffer, from, start);
      }
    },
  };
}

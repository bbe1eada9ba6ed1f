/**
 * Frames of the stream protocol: `[u32 size][u16 key][u16 version]…`, all numbers big-endian
 * (rabbitmq-server, deps/rabbitmq_stream/docs/PROTOCOL.adoc).
 */

/** Commands that the broker sends; an answer to a request has the request's key and {@link ANSWER}. */
export const KEY = {
  publish: 2,
  confirm: 3,
  publishError: 4,
  deliver: 8,
  credit: 9,
  metadataUpdate: 16,
} as const;
export const TUNE = 20;
export const CLOSE = 22;
export const ANSWER = 0x8000;
/** Size, key and version. */
export const FRAME_HEADER_BYTES = 8;

/** Response codes that matter here. */
export const CODE = {
  ok: 1,
  noStream: 2,
  streamExists: 5,
  notAvailable: 6,
  badMechanism: 7,
  badPassword: 8,
  saslError: 9,
  loopbackOnly: 11,
  badVhost: 12,
  accessRefused: 16,
  precondition: 17,
  noPublisher: 18,
  noOffset: 19,
} as const;

/** One frame in `bytes[start … end)`, its size included; dead once the next bytes are pushed, unless it is kept. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void;

/** Cuts what is read into frames. A frame of several reads is put together once, when its last byte is there. */
export class FrameCutter {
  readonly #on: OnFrame;
  #parts: Buffer[] = [];
  #haveBytes = 0;
  /** Until then nothing can be cut. */
  #needBytes = 4;

  constructor(on: OnFrame) {
    this.#on = on;
  }

  push(data: Buffer): void {
    this.#parts.push(data);
    this.#haveBytes += data.length;
    if (this.#haveBytes < this.#needBytes) return;
    const bytes = this.#parts.length === 1 ? data : Buffer.concat(this.#parts, this.#haveBytes);
    let at = 0;
    this.#needBytes = 4;
    while (bytes.length - at >= 4) {
      const size = bytes.readUInt32BE(at) + 4;
      if (bytes.length - at < size) {
        this.#needBytes = size;
        break;
      }
      this.#on(bytes, at, at + size);
      at += size;
    }
    this.#parts = at === bytes.length ? [] : [at === 0 ? bytes : bytes.subarray(at)];
    this.#haveBytes = bytes.length - at;
  }
}

import type { Socket } from "node:net";
import { BlockWriter } from "../block-writer.ts";
import { FRAME_HEADER_BYTES, KEY } from "./frames.ts";

/** Size, key, version, publisher and count of messages. */
const PUBLISH_HEADER_BYTES = FRAME_HEADER_BYTES + 5;
/** Publishing id, size, and the head of an AMQP 1.0 data section with a size of four bytes. */
const MESSAGE_HEADER_BYTES = 12 + 8;
const DATA_SECTION = 0x0053_75b0;

/**
 * Publish frames, written by ourselves. Messages of one publisher that are added one after the other share a frame;
 * all that was added goes to the socket in one write when {@link send} is called. The library would copy every body
 * three times, fill 64 KiB with zeros for a frame and print each frame for a logger that is off.
 */
export class PublishBuffer {
  readonly #blocks: BlockWriter;
  readonly #frameMax: number;
  /** Of the frame that may still grow; -1: there is none. */
  #frame = -1;
  #frameBytes = 0;
  #publisher = -1;
  #count = 0;

  constructor(socket: Socket, frameMax: number) {
    this.#frameMax = frameMax;
    this.#blocks = new BlockWriter((bytes, written) => socket.write(bytes, written));
  }

  /** Where {@link add} made room. */
  get bytes(): Buffer {
    return this.#blocks.bytes;
  }

  /** Adds a message; its body is to be written at the place in {@link bytes} that is returned. */
  add(publisher: number, publishingId: number, sizeBytes: number): number {
    const message = MESSAGE_HEADER_BYTES + sizeBytes;
    const isOpen =
      this.#frame >= 0 &&
      this.#publisher === publisher &&
      this.#frameBytes + message <= this.#frameMax &&
      this.#blocks.fits(message);
    if (!isOpen) this.#openFrame(publisher, message);
    const at = this.#blocks.reserve(message);
    const { bytes } = this.#blocks;
    this.#frameBytes += message;
    this.#count += 1;
    bytes.writeUInt32BE(this.#frameBytes - 4, this.#frame);
    bytes.writeUInt32BE(this.#count, this.#frame + 9);
    bytes.writeUInt32BE(Math.floor(publishingId / 2 ** 32), at);
    bytes.writeUInt32BE(publishingId % 2 ** 32, at + 4);
    bytes.writeUInt32BE(8 + sizeBytes, at + 8);
    bytes.writeUInt32BE(DATA_SECTION, at + 12);
    bytes.writeUInt32BE(sizeBytes, at + 16);
    return at + MESSAGE_HEADER_BYTES;
  }

  /** Hands what was added to the socket. */
  send(): void {
    this.#frame = -1;
    this.#blocks.send();
  }

  #openFrame(publisher: number, message: number): void {
    const at = this.#blocks.reserve(PUBLISH_HEADER_BYTES, PUBLISH_HEADER_BYTES + message);
    const { bytes } = this.#blocks;
    this.#frame = at;
    this.#frameBytes = PUBLISH_HEADER_BYTES;
    this.#publisher = publisher;
    this.#count = 0;
    bytes.writeUInt16BE(KEY.publish, at + 4);
    bytes.writeUInt16BE(1, at + 6);
    bytes[at + 8] = publisher;
  }
}

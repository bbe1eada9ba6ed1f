import type { Socket } from "node:net";
import { FRAME_HEADER_BYTES, KEY } from "./frames.ts";

/** A block holds many small messages; a larger message gets a block of its own. */
const BLOCK_BYTES = 65_536;
/** Blocks that are kept for use again. */
const SPARE_BLOCKS = 16;
/** Size, key, version, publisher and count of messages. */
const PUBLISH_HEADER_BYTES = FRAME_HEADER_BYTES + 5;
/** Publishing id, size, and the head of an AMQP 1.0 data section with a size of four bytes. */
const MESSAGE_HEADER_BYTES = 12 + 8;
const DATA_SECTION = 0x0053_75b0;

interface Block {
  readonly bytes: Buffer;
  /** Writes of parts of it that the socket has not finished. */
  writing: number;
  readonly written: () => void;
}

/**
 * Publish frames, written by ourselves. Messages of one publisher that are added one after the other share a frame;
 * all that was added goes to the socket in one write when {@link send} is called. The library would copy every body
 * three times, fill 64 KiB with zeros for a frame and print each frame for a logger that is off.
 */
export class PublishBuffer {
  /** Where {@link add} made room. */
  bytes: Buffer;
  readonly #socket: Socket;
  readonly #frameMax: number;
  readonly #spare: Block[] = [];
  #block: Block;
  /** What was not sent is between these. */
  #from = 0;
  #end = 0;
  /** Of the frame that may still grow; -1: there is none. */
  #frame = -1;
  #publisher = -1;
  #count = 0;

  constructor(socket: Socket, frameMax: number) {
    this.#socket = socket;
    this.#frameMax = frameMax;
    this.#block = this.#newBlock(BLOCK_BYTES);
    this.bytes = this.#block.bytes;
  }

  /** Adds a message; its body is to be written at the place in {@link bytes} that is returned. */
  add(publisher: number, publishingId: number, sizeBytes: number): number {
    const message = MESSAGE_HEADER_BYTES + sizeBytes;
    const isOpen =
      this.#frame >= 0 &&
      this.#publisher === publisher &&
      this.#end + message - this.#frame <= this.#frameMax &&
      this.#end + message <= this.bytes.length;
    if (!isOpen) this.#openFrame(publisher, message);
    const { bytes } = this;
    const at = this.#end;
    this.#end += message;
    this.#count += 1;
    bytes.writeUInt32BE(this.#end - this.#frame - 4, this.#frame);
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
    if (this.#from === this.#end) return;
    this.#block.writing += 1;
    this.#socket.write(this.bytes.subarray(this.#from, this.#end), this.#block.written);
    this.#from = this.#end;
  }

  #openFrame(publisher: number, message: number): void {
    if (this.#end + PUBLISH_HEADER_BYTES + message > this.bytes.length)
      this.#turnOver(PUBLISH_HEADER_BYTES + message);
    const at = this.#end;
    this.#frame = at;
    this.#publisher = publisher;
    this.#count = 0;
    this.bytes.writeUInt16BE(KEY.publish, at + 4);
    this.bytes.writeUInt16BE(1, at + 6);
    this.bytes[at + 8] = publisher;
    this.#end = at + PUBLISH_HEADER_BYTES;
  }

  #turnOver(sizeBytes: number): void {
    this.send();
    const spare = sizeBytes <= BLOCK_BYTES ? this.#spare.pop() : undefined;
    this.#block = spare ?? this.#newBlock(Math.max(BLOCK_BYTES, sizeBytes));
    this.bytes = this.#block.bytes;
    this.#from = this.#end = 0;
  }

  #newBlock(sizeBytes: number): Block {
    const block: Block = {
      bytes: Buffer.allocUnsafeSlow(sizeBytes),
      writing: 0,
      written: () => {
        block.writing -= 1;
        if (block.writing > 0) return;
        if (block !== this.#block) this.#keep(block);
        else if (this.#from === this.#end) this.#from = this.#end = 0;
      },
    };
    return block;
  }

  #keep(block: Block): void {
    if (block.bytes.length === BLOCK_BYTES && this.#spare.length < SPARE_BLOCKS) this.#spare.push(block);
  }
}

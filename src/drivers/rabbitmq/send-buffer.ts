import type { Wire } from "./wire.ts";

/** A block holds many small messages; a larger message gets a block of its own. */
export const BLOCK_BYTES = 65_536;

/** Blocks that are kept for use again. */
const SPARE_BLOCKS = 16;

interface Block {
  readonly bytes: Buffer;
  /** Writes of parts of it that the socket has not finished. */
  writing: number;
  readonly written: () => void;
}

/**
 * Room to write frames into, handed to the socket in one write for each {@link send}. Every write holds
 * whole frames only, as amqplib's own writes do, so that neither lands within a frame of the other.
 *
 * A block is filled to its end, over several writes, before the next is taken: with a block for each
 * write, a thousand waiting messages of 100 bytes would hold 64 MiB.
 */
export class SendBuffer {
  /** The block that {@link reserve} gave room in. */
  bytes: Buffer;
  readonly #wire: Wire;
  readonly #highWaterBytes: number;
  readonly #spare: Block[] = [];
  #block: Block;
  /** What is reserved but not sent is between these. */
  #from = 0;
  #end = 0;
  #congested = false;

  /** @param onRoom called when {@link hasRoom} has become true again */
  constructor(wire: Wire, highWaterBytes: number, onRoom: () => void) {
    this.#wire = wire;
    // Below the socket's own mark no "drain" would follow.
    this.#highWaterBytes = Math.max(highWaterBytes, wire.stream.writableHighWaterMark);
    this.#block = this.#newBlock(BLOCK_BYTES);
    this.bytes = this.#block.bytes;
    wire.stream.on("drain", () => {
      if (!this.#congested) return;
      this.#congested = false;
      onRoom();
    });
  }

  /** False while the socket holds more than the high water mark. */
  get hasRoom(): boolean {
    return !this.#congested;
  }

  /** Where in {@link bytes} to write the next `sizeBytes`, which must be whole frames. */
  reserve(sizeBytes: number): number {
    if (this.#end + sizeBytes > this.bytes.length) this.#turnOver(sizeBytes);
    const at = this.#end;
    this.#end += sizeBytes;
    return at;
  }

  /** Hands what was reserved to the socket. */
  send(): void {
    if (this.#from === this.#end) return;
    const { stream } = this.#wire;
    this.#block.writing += 1;
    stream.write(this.bytes.subarray(this.#from, this.#end), this.#block.written);
    this.#from = this.#end;
    this.#wire.sentSinceLastCheck = true;
    if (stream.writableLength > this.#highWaterBytes) this.#congested = true;
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

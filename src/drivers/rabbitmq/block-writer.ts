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
 * Room to write frames into, handed to a socket in one write for each {@link send}.
 *
 * A block is filled to its end, over several writes, before the next is taken: with a block for each
 * write, a thousand waiting messages of 100 bytes would hold 64 MiB.
 */
export class BlockWriter {
  /** The block that {@link reserve} gave room in. */
  bytes: Buffer;
  readonly #write: (bytes: Buffer, written: () => void) => void;
  readonly #spare: Block[] = [];
  #block: Block;
  /** What is reserved but not sent is between these. */
  #from = 0;
  #end = 0;

  /** @param write a socket's; it says by the callback when it no longer needs the bytes */
  constructor(write: (bytes: Buffer, written: () => void) => void) {
    this.#write = write;
    this.#block = this.#newBlock(BLOCK_BYTES);
    this.bytes = this.#block.bytes;
  }

  /** Whether the next bytes would follow those before in the same block. */
  fits(sizeBytes: number): boolean {
    return this.#end + sizeBytes <= this.bytes.length;
  }

  /**
   * Where in {@link bytes} to write the next `sizeBytes`.
   * @param togetherBytes what has to be in one block with them, theirs included
   */
  reserve(sizeBytes: number, togetherBytes = sizeBytes): number {
    if (!this.fits(togetherBytes)) this.#turnOver(togetherBytes);
    const at = this.#end;
    this.#end += sizeBytes;
    return at;
  }

  /** Hands what was reserved to the socket. */
  send(): void {
    if (this.#from === this.#end) return;
    this.#block.writing += 1;
    this.#write(this.bytes.subarray(this.#from, this.#end), this.#block.written);
    this.#from = this.#end;
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

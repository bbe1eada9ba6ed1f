import { BlockWriter } from "./block-writer.ts";
import type { Wire } from "./wire.ts";

/**
 * Room to write frames into, handed to the connection in one write for each {@link send}. Every write holds
 * whole frames only, as amqplib's own writes do, so that neither lands within a frame of the other.
 */
export class SendBuffer {
  readonly #blocks: BlockWriter;
  #congested = false;

  /** @param onRoom called when {@link hasRoom} has become true again */
  constructor(wire: Wire, highWaterBytes: number, onRoom: () => void) {
    const { stream } = wire;
    // Below the socket's own mark no "drain" would follow.
    const mostBytes = Math.max(highWaterBytes, stream.writableHighWaterMark);
    this.#blocks = new BlockWriter((bytes, written) => {
      stream.write(bytes, written);
      wire.sentSinceLastCheck = true;
      if (stream.writableLength > mostBytes) this.#congested = true;
    });
    stream.on("drain", () => {
      if (!this.#congested) return;
      this.#congested = false;
      onRoom();
    });
  }

  /** False while the socket holds more than the high water mark. */
  get hasRoom(): boolean {
    return !this.#congested;
  }

  /** The block that {@link reserve} gave room in. */
  get bytes(): Buffer {
    return this.#blocks.bytes;
  }

  /** Where in {@link bytes} to write the next `sizeBytes`, which must be whole frames. */
  reserve(sizeBytes: number): number {
    return this.#blocks.reserve(sizeBytes);
  }

  /** Hands what was reserved to the socket. */
  send(): void {
    this.#blocks.send();
  }
}

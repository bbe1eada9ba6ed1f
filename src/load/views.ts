/** A buffer that messages lie in, with what reads and writes its words. */
export interface Viewed {
  readonly bytes: Uint8Array;
  /** Over all of the memory that `bytes` is a part of, from `base` on. */
  readonly view: DataView;
  readonly base: number;
}

/** Buffers that are remembered: as many as a client fills in turn, few enough to keep none alive for long. */
const KEPT = 8;

/**
 * Views of the buffers used last. One made for each message would cost more than its stamp, and a client that
 * fills one buffer for each partition changes the buffer with every message. Buffers are told apart by
 * themselves and not by their `.buffer`, whose getter is a call out of compiled code.
 */
export class Views {
  #last: Viewed = { bytes: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)), base: 0 };
  readonly #kept: Viewed[] = new Array<Viewed>(KEPT).fill(this.#last);
  #next = 0;

  of(bytes: Uint8Array): Viewed {
    return this.#last.bytes === bytes ? this.#last : this.#find(bytes);
  }

  #find(bytes: Uint8Array): Viewed {
    for (const viewed of this.#kept)
      if (viewed.bytes === bytes) {
        this.#last = viewed;
        return viewed;
      }
    const { buffer, byteOffset } = bytes;
    // Small buffers are pieces of a pool that outlives them.
    const { view } = this.#last;
    this.#last = { bytes, view: view.buffer === buffer ? view : new DataView(buffer), base: byteOffset };
    this.#kept[this.#next] = this.#last;
    this.#next = (this.#next + 1) % KEPT;
    return this.#last;
  }
}

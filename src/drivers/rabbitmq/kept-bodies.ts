import type { MessageSource } from "../driver.ts";

/** What a message is taken from. */
export type BodySource = Pick<MessageSource, "write">;

/**
 * The bodies of the messages that are not confirmed, by delivery tag, so that they can be published again. A buffer for
 * each place of the window, made when a body first needs it and used again and again.
 */
export class KeptBodies {
  readonly #mask: number;
  #bytes: (Buffer | undefined)[];
  readonly #sizes: Int32Array;
  readonly #urgent: Uint8Array;
  readonly #source: BodySource;
  #tag = 0;

  /** @param slots a power of two, the window's */
  constructor(slots: number) {
    this.#mask = slots - 1;
    this.#bytes = new Array<Buffer | undefined>(slots);
    this.#sizes = new Int32Array(slots);
    this.#urgent = new Uint8Array(slots);
    this.#source = {
      write: (into, at) => {
        const slot = this.#tag & this.#mask;
        into.set(this.#bytes[slot]!.subarray(0, this.#sizes[slot]!), at);
      },
    };
  }

  /** Takes the message last peeked at; returns what to publish it from, good until the next call. */
  keep(source: BodySource, tag: number, sizeBytes: number, isUrgent = false): BodySource {
    const slot = tag & this.#mask;
    let bytes = this.#bytes[slot];
    if (bytes === undefined || bytes.length < sizeBytes) {
      bytes = Buffer.allocUnsafeSlow(sizeBytes);
      this.#bytes[slot] = bytes;
    }
    this.#sizes[slot] = sizeBytes;
    this.#urgent[slot] = isUrgent ? 1 : 0;
    source.write(bytes, 0);
    return this.again(tag);
  }

  /** What to publish a kept message from, good until the next call. */
  again(tag: number): BodySource {
    this.#tag = tag;
    return this.#source;
  }

  sizeBytes(tag: number): number {
    return this.#sizes[tag & this.#mask]!;
  }

  isUrgent(tag: number): boolean {
    return this.#urgent[tag & this.#mask] === 1;
  }

  /** The messages that had these tags have 1, 2, 3, … from now on; of others nothing is kept. */
  renumber(tags: readonly number[]): void {
    const slots = tags.map((tag) => tag & this.#mask);
    const bytes = slots.map((slot) => this.#bytes[slot]);
    const sizes = slots.map((slot) => this.#sizes[slot]!);
    const urgent = slots.map((slot) => this.#urgent[slot]!);
    this.#bytes = new Array<Buffer | undefined>(this.#mask + 1);
    bytes.forEach((body, i) => {
      this.#bytes[(i + 1) & this.#mask] = body;
      this.#sizes[(i + 1) & this.#mask] = sizes[i]!;
      this.#urgent[(i + 1) & this.#mask] = urgent[i]!;
    });
  }
}

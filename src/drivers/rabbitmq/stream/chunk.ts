import { BrokerError } from "../../../model/errors.ts";

/** Of a chunk in a Deliver frame, without what a subscription's number and the committed chunk take. */
const CHUNK_HEADER_BYTES = 48;
/** The upper bit of an entry's first byte: not one message but a batch of them. */
const BATCH = 0x80;

/**
 * The messages of one Deliver frame, one after the other: `next()` moves on, and then the body is in
 * `bytes[start … end)`. Bodies are the data section of an AMQP 1.0 message; other sections are passed over.
 */
export class Chunk {
  readonly bytes: Buffer;
  /** Of its first message. */
  readonly firstOffset: number;
  /** Messages in it. */
  readonly records: number;
  /** When the broker wrote it, ms since 1970. */
  readonly timestampMs: number;
  /** Of the message that `next()` moved to. */
  offset: number;
  start = 0;
  end = 0;
  #at: number;
  #left: number;

  /** @param from where the frame begins, its size included */
  constructor(bytes: Buffer, from: number) {
    // Size, key, version, subscription; version 2 has the committed chunk's offset as well.
    const at = from + 9 + (bytes.readUInt16BE(from + 6) >= 2 ? 8 : 0);
    this.bytes = bytes;
    this.#left = bytes.readUInt16BE(at + 2);
    this.records = bytes.readUInt32BE(at + 4);
    this.timestampMs = Number(bytes.readBigInt64BE(at + 8));
    this.firstOffset = Number(bytes.readBigUInt64BE(at + 24));
    this.offset = this.firstOffset - 1;
    this.#at = at + CHUNK_HEADER_BYTES;
  }

  /** @returns false after the last message */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    const { bytes } = this;
    const at = this.#at;
    if ((bytes[at]! & BATCH) !== 0) throw notUnderstood("a batch of messages in one entry");
    const from = at + 4;
    this.#at = from + bytes.readUInt32BE(at);
    this.offset += 1;
    this.#findBody(from, this.#at);
    return true;
  }

  #findBody(from: number, to: number): void {
    const { bytes } = this;
    // A described type: 0x00, a small ulong, the section's number (AMQP 1.0, part 3.2).
    for (let at = from; at < to; ) {
      if (bytes[at] !== 0 || bytes[at + 1] !== SMALL_ULONG)
        throw notUnderstood("a message that is not AMQP 1.0");
      const section = bytes[at + 2];
      const [start, end] = valueAt(bytes, at + 3);
      if (section === DATA) {
        this.start = start;
        this.end = end;
        return;
      }
      at = end;
    }
    throw notUnderstood("a message without a data section");
  }
}

const SMALL_ULONG = 0x53;
const DATA = 0x75;
/** Bytes of a value by the upper half of its constructor (AMQP 1.0, part 1.2). */
const FIXED_BYTES: Readonly<Record<number, number>> = { 4: 0, 5: 1, 6: 2, 7: 4, 8: 8, 9: 16 };

/** Where the bytes of a value begin, whose constructor is at `at`, and where they end. */
function valueAt(bytes: Buffer, at: number): readonly [start: number, end: number] {
  const kind = bytes[at]! >> 4;
  const fixed = FIXED_BYTES[kind];
  if (fixed !== undefined) return [at + 1, at + 1 + fixed];
  // Strings and binary, lists and maps: with a size of one byte (even) or of four (odd).
  if ((kind & 1) === 0) return [at + 2, at + 2 + bytes[at + 1]!];
  return [at + 5, at + 5 + bytes.readUInt32BE(at + 1)];
}

function notUnderstood(what: string): BrokerError {
  return new BrokerError(`the stream holds ${what}, which mqbench does not read`, {
    code: "CONSUME_REFUSED",
    hints: ["Use a stream that mqbench has made, or that was written one AMQP 1.0 data section a message."],
  });
}

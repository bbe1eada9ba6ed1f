import type { MessageHead, MessageSource } from "../../../src/drivers/driver.ts";
import type { OutcomeBook } from "./outcome-book.ts";

/** A number of messages to send, to the partitions in turn. */
export interface Planned {
  readonly count: number;
  /** Default 100. */
  readonly sizeBytes?: number | ((n: number) => number);
  readonly key?: Buffer;
  /** Default: the partitions in turn. */
  readonly partition?: number;
}

/** Smallest message of the suite, bytes. */
const MIN_BYTES = 44;

/** Messages whose bodies say who they are and can be checked byte by byte. */
export class PlannedSource implements MessageSource {
  readonly #planned: Planned;
  readonly #sequences: Map<number, number>;
  readonly #book: OutcomeBook;
  readonly #producer: number;
  readonly #partitions: number;
  readonly #head = { lane: 0, sequence: 0, partition: 0, sizeBytes: 0, key: undefined as Buffer | undefined };
  #done = 0;

  constructor(
    planned: Planned,
    producer: number,
    partitions: number,
    sequences: Map<number, number>,
    book: OutcomeBook,
  ) {
    this.#planned = planned;
    this.#producer = producer;
    this.#partitions = partitions;
    this.#sequences = sequences;
    this.#book = book;
  }

  /** Messages not taken yet. */
  left(): number {
    return this.#planned.count - this.#done;
  }

  peek(): MessageHead | undefined {
    if (this.left() === 0) return undefined;
    const { sizeBytes = 100, partition = this.#done % this.#partitions, key } = this.#planned;
    const lane = this.#producer * this.#partitions + partition;
    this.#head.lane = lane;
    this.#head.partition = partition;
    this.#head.sequence = this.#sequences.get(lane) ?? 0;
    this.#head.sizeBytes = typeof sizeBytes === "function" ? sizeBytes(this.#done) : sizeBytes;
    this.#head.key = key;
    return this.#head;
  }

  write(into: Uint8Array, at: number): void {
    const { lane, sequence, sizeBytes } = this.#head;
    writeBody(into, at, sizeBytes, lane, sequence);
    this.#book.taken(lane, sequence);
    this.#sequences.set(lane, sequence + 1);
    this.#done += 1;
  }
}

/** The first 18 bytes have the places of the harness's envelope: magic, version, flags, run, lane, sequence. */
function writeBody(into: Uint8Array, at: number, sizeBytes: number, lane: number, sequence: number): void {
  const view = new DataView(into.buffer, into.byteOffset + at, sizeBytes);
  for (let i = 18; i < sizeBytes; i++) into[at + i] = pattern(i, lane, sequence);
  view.setUint16(0, MAGIC, true);
  view.setUint16(2, 0, true);
  view.setUint32(4, RUN, true);
  view.setUint32(8, lane, true);
  view.setUint32(12, sequence, true);
  view.setUint16(16, 0, true);
}

const MAGIC = 0x514d;
const RUN = 0x636f6e74;

const pattern = (i: number, lane: number, sequence: number) =>
  (i * 31 + (i >> 8) + lane * 13 + sequence * 7) & 255;

/** Who a delivered message is, or undefined when a byte of it is not as it was written. */
export function readBody(
  bytes: Buffer,
  start: number,
  end: number,
): { lane: number; sequence: number } | undefined {
  if (end - start < MIN_BYTES || bytes.readUInt16LE(start) !== MAGIC) return undefined;
  if (bytes.readUInt16LE(start + 2) !== 0 || bytes.readUInt32LE(start + 4) !== RUN) return undefined;
  if (bytes.readUInt16LE(start + 16) !== 0) return undefined;
  const lane = bytes.readUInt32LE(start + 8);
  const sequence = bytes.readUInt32LE(start + 12);
  for (let i = 18; i < end - start; i++)
    if (bytes[start + i] !== pattern(i, lane, sequence)) return undefined;
  return { lane, sequence };
}

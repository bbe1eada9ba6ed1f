import { crc32c } from "@node-rs/crc32";
import type { Compression } from "../settings.ts";
import { COMPRESSION_IDS, compress } from "./compression.ts";

/**
 * Writes record batches (format v2, magic 2) into memory of the caller: header, records, then lengths and
 * CRC-32C patched in. Nothing is allocated for a record. The layout is in Kafka's documentation, "Message
 * Format": https://kafka.apache.org/documentation/#recordbatch
 */
export interface RecordBatch {
  /** Records so far. */
  readonly count: number;
  /** Where the next record goes: behind the last byte written. */
  readonly end: number;
  /** Header and records so far, not compressed. */
  readonly sizeBytes: number;
  /** Starts a batch at `at` of `into`, which is the caller's before and afterwards. */
  begin(into: Buffer, at: number): void;
  /**
   * Whether one more message keeps the batch within `limitBytes`, header included, and within `into`. The
   * first message of a batch is judged by `into` alone: it goes alone where it is larger than the limit.
   */
  fits(sizeBytes: number, key: Buffer | undefined, limitBytes: number): boolean;
  /**
   * Adds a record whose value the caller writes, before anything else happens to the batch.
   * @returns where in `into` the value goes
   */
  append(sizeBytes: number, key: Buffer | undefined): number;
  /**
   * Completes it.
   * @returns the end of the batch, exclusive
   * @throws UserError `UNSUPPORTED` for a compression that this Node lacks
   */
  finish(head: BatchHead): number;
}

export interface BatchHead {
  readonly timestampMs: number;
  /** -1 for all three where the producer is not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly transactional: boolean;
  /** What does not become smaller by it stays as it is, and is marked so. */
  readonly compression: Compression;
}

/** Positions within a batch. */
export const BATCH_AT = {
  lengthBytes: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

export const TRANSACTIONAL = 0x10;
/** Length, attributes, time stamp and offset deltas, key's and value's lengths, count of headers, at most. */
export const RECORD_OVERHEAD_BYTES = 5 + 1 + 1 + 5 + 5 + 5 + 1;
export const BATCH_HEADER_BYTES = BATCH_AT.records;
const MAGIC = 2;
const TWO_32 = 2 ** 32;

/** Room that a batch of one message needs, at most. */
export function batchRoomBytes(sizeBytes: number, keyBytes: number): number {
  return BATCH_HEADER_BYTES + RECORD_OVERHEAD_BYTES + sizeBytes + keyBytes;
}

export function createRecordBatch(): RecordBatch {
  return new Batch();
}

/** A class, since V8 keeps a closure's variables in a context: that costs 20 ns more a record (measured). */
class Batch implements RecordBatch {
  count = 0;
  end = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  get sizeBytes(): number {
    return this.end - this.#start;
  }

  begin(into: Buffer, from: number): void {
    this.#bytes = into;
    this.#start = from;
    this.end = from + BATCH_AT.records;
    this.count = 0;
  }

  fits(sizeBytes: number, key: Buffer | undefined, limitBytes: number): boolean {
    const needs = sizeBytes + (key === undefined ? 0 : key.length) + RECORD_OVERHEAD_BYTES;
    const { end } = this;
    return end + needs <= this.#bytes.length && (this.count === 0 || end - this.#start + needs <= limitBytes);
  }

  append(sizeBytes: number, key: Buffer | undefined): number {
    const into = this.#bytes;
    const delta = this.count++;
    // Attributes, time stamp's delta and the count of headers are a byte each, and 0.
    let body = 3 + varintBytes(delta) + varintBytes(sizeBytes) + sizeBytes;
    body += key === undefined ? 1 : varintBytes(key.length) + key.length;
    let to = writeVarint(into, this.end, body);
    into[to] = 0;
    into[to + 1] = 0;
    to = writeVarint(into, to + 2, delta);
    if (key === undefined) into[to++] = 1;
    else {
      to = writeVarint(into, to, key.length);
      into.set(key, to);
      to += key.length;
    }
    to = writeVarint(into, to, sizeBytes);
    into[to + sizeBytes] = 0;
    this.end = to + sizeBytes + 1;
    return to;
  }

  finish(head: BatchHead): number {
    const { compression } = head;
    const bytes = this.#bytes;
    const start = this.#start;
    let attributes = head.transactional ? TRANSACTIONAL : 0;
    if (compression !== "none") {
      const records = start + BATCH_AT.records;
      const packed = compress(compression, bytes.subarray(records, this.end));
      if (packed.length < this.end - records) {
        bytes.set(packed, records);
        this.end = records + packed.length;
        attributes |= COMPRESSION_IDS[compression];
      }
    }
    const { count, end } = this;
    writeInt64(bytes, start, 0);
    bytes.writeInt32BE(end - start - BATCH_AT.leaderEpoch, start + BATCH_AT.lengthBytes);
    bytes.writeInt32BE(-1, start + BATCH_AT.leaderEpoch);
    bytes[start + BATCH_AT.magic] = MAGIC;
    bytes.writeInt16BE(attributes, start + BATCH_AT.attributes);
    bytes.writeInt32BE(count - 1, start + BATCH_AT.lastOffsetDelta);
    writeInt64(bytes, start + BATCH_AT.baseTimestamp, head.timestampMs);
    writeInt64(bytes, start + BATCH_AT.maxTimestamp, head.timestampMs);
    bytes.writeInt32BE(count, start + BATCH_AT.count);
    restamp(bytes, start, head.producerId, head.producerEpoch, head.baseSequence);
    return end;
  }
}

/** Gives a finished batch another producer id, epoch and first sequence, and its CRC anew. */
export function restamp(
  into: Buffer,
  at: number,
  producerId: number,
  producerEpoch: number,
  baseSequence: number,
): void {
  writeInt64(into, at + BATCH_AT.producerId, producerId);
  into.writeInt16BE(producerEpoch, at + BATCH_AT.producerEpoch);
  into.writeInt32BE(baseSequence, at + BATCH_AT.baseSequence);
  const end = at + BATCH_AT.leaderEpoch + into.readInt32BE(at + BATCH_AT.lengthBytes);
  into.writeUInt32BE(crc32c(into.subarray(at + BATCH_AT.attributes, end)), at + BATCH_AT.crc);
}

/** A whole number within ±2^53, without a BigInt. */
export function writeInt64(into: Buffer, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  into.writeInt32BE(high, at);
  into.writeUInt32BE(value - high * TWO_32, at + 4);
}

/** Zigzag varint of a number from 0 to 2^31 - 1: its double, seven bits a byte, the lowest first. */
function writeVarint(into: Buffer, at: number, value: number): number {
  let rest = (value << 1) >>> 0;
  while (rest > 127) {
    into[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  into[at] = rest;
  return at + 1;
}

function varintBytes(value: number): number {
  return value < 64 ? 1 : value < 8192 ? 2 : value < 1_048_576 ? 3 : value < 134_217_728 ? 4 : 5;
}

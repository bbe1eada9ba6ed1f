import { crc32c } from "@node-rs/crc32";
import { inflate } from "./compression.ts";
import { BATCH_AT, BATCH_HEADER_BYTES, TRANSACTIONAL } from "./record-batch.ts";
import { corrupt, oldFormat } from "./record-error.ts";

/** A transaction that was rolled back: what its producer wrote from `firstOffset` up to its marker. */
export interface Aborted {
  readonly producerId: number;
  readonly firstOffset: number;
}

/**
 * Reads the record set of one partition in a Fetch answer: batches of format v2, one record after another,
 * without an object or a copy for each. After `next()` has said true the fields describe a record of
 * `bytes`, which is not the buffer that was opened where the batch is compressed.
 *
 * Control batches and aborted transactions are passed over. An incomplete batch at the end is left alone: a
 * broker cuts its answer where the limit is.
 */
export class RecordReader {
  bytes: Buffer = EMPTY;
  offset = 0;
  /** Empty where there is no key. */
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  /** Where to read on: behind the last record read and everything passed over. */
  nextOffset = 0;

  #set: Buffer = EMPTY;
  #setAt = 0;
  #setEnd = 0;
  /** Within the open batch. */
  #at = 0;
  #end = 0;
  #left = 0;
  #baseOffset = 0;
  #lastDelta = 0;
  /** The offset behind the newest batch, or -1 before the first. */
  #behind = -1;
  #delta = -1;
  #floor = 0;
  #aborted: readonly Aborted[] = NONE;
  #abortedAt = 0;
  readonly #aborting = new Set<number>();

  /**
   * @param from the offset that was asked for: a batch begins where its producer began it, maybe before
   * @param aborted as the answer lists them; none to read what is not committed, too
   */
  open(set: Buffer, start: number, end: number, from: number, aborted: readonly Aborted[] = NONE): void {
    this.#set = set;
    this.#setAt = start;
    this.#setEnd = end;
    this.#left = 0;
    this.#at = 0;
    this.#end = 0;
    this.#floor = from;
    this.#behind = -1;
    this.nextOffset = from;
    this.#abortedAt = 0;
    this.#aborting.clear();
    this.#aborted = aborted.length > 1 ? aborted.toSorted((a, b) => a.firstOffset - b.firstOffset) : aborted;
  }

  /**
   * Moves to the next record.
   * @returns false at the end
   * @throws BrokerError `CORRUPT_MESSAGE`, `OLD_MESSAGE_FORMAT`
   */
  next(): boolean {
    do {
      while (this.#left === 0) {
        if (this.#at !== this.#end)
          throw corrupt(`the batch at offset ${this.#baseOffset} has bytes to spare`);
        // The batch's last offset is beyond that of its last record where the log was compacted.
        this.nextOffset = Math.max(this.#floor, this.#behind);
        if (!this.#nextBatch()) return false;
      }
      this.#nextRecord();
    } while (this.offset < this.#floor);
    this.nextOffset = this.#left === 0 ? this.#behind : this.offset + 1;
    return true;
  }

  /** The first byte of the opened memory that is still needed. */
  get neededFrom(): number {
    return this.#left > 0 && this.bytes === this.#set ? this.#at : this.#setAt;
  }

  /** Goes on in a copy of `[neededFrom, end)` of the memory that was opened, which lies at 0 there. */
  moveTo(copy: Buffer): void {
    const shift = this.neededFrom;
    if (this.bytes === this.#set) {
      this.bytes = copy;
      this.#at -= shift;
      this.#end -= shift;
    }
    this.#set = copy;
    this.#setAt -= shift;
    this.#setEnd -= shift;
  }

  #nextRecord(): void {
    const bytes = this.bytes;
    const bodyBytes = this.#varint();
    const start = this.#at;
    const end = start + bodyBytes;
    if (bodyBytes < 0 || end > this.#end) throw this.#bad("is longer than its batch");
    this.#at = start + 1;
    // The time stamp's delta: nobody asks for it.
    while (bytes[this.#at++]! > 127) if (this.#at > start + 11) throw this.#bad("has an endless time stamp");
    const delta = this.#varint();
    if (delta <= this.#delta || delta > this.#lastDelta) throw this.#bad("has an offset out of order");
    this.#delta = delta;
    this.offset = this.#baseOffset + delta;
    const keyBytes = this.#varint();
    this.keyStart = this.#at;
    if (keyBytes > 0) this.#at += keyBytes;
    else if (keyBytes < -1) throw this.#bad("has a key of a negative length");
    this.keyEnd = this.#at;
    if (this.#at >= end) throw this.#bad("has a key that is longer than itself");
    const valueBytes = this.#varint();
    this.valueStart = this.#at;
    if (valueBytes > 0) this.#at += valueBytes;
    else if (valueBytes < -1) throw this.#bad("has a value of a negative length");
    this.valueEnd = this.#at;
    if (this.#at >= end) throw this.#bad("has a value that is longer than itself");
    if (this.#at + 1 !== end || bytes[this.#at] !== 0) this.#skipHeaders(end);
    this.#at = end;
    this.#left--;
  }

  /** Looked at only so that damage does not go unseen. */
  #skipHeaders(end: number): void {
    const count = this.#varint();
    if (count < 0) throw this.#bad("has a wrong number of headers");
    for (let i = 0; i < count; i++)
      for (let part = 0; part < 2; part++) {
        const length = this.#varint();
        if (length > 0) this.#at += length;
        if (this.#at > end || (part === 0 && length < 0)) throw this.#bad("has headers longer than itself");
      }
    if (this.#at !== end) throw this.#bad("has another length than its parts");
  }

  /** Zigzag, five bytes at most. */
  #varint(): number {
    const bytes = this.bytes;
    const first = bytes[this.#at++]!;
    if (first < 128) return (first >>> 1) ^ -(first & 1);
    let value = first & 127;
    for (let shift = 7; shift < 35; shift += 7) {
      // Beyond the memory there is nothing, which ends the number; its record's length is checked afterwards.
      const byte = bytes[this.#at++]!;
      value |= (byte & 127) << shift;
      if (!(byte > 127)) return (value >>> 1) ^ -(value & 1);
    }
    throw this.#bad("has a number that does not end");
  }

  #nextBatch(): boolean {
    for (;;) {
      const set = this.#set;
      const at = this.#setAt;
      const end = batchEnd(set, at, this.#setEnd);
      if (end < 0) {
        this.nextOffset = Math.max(this.#floor, this.#behind);
        return false;
      }
      if (set.readUInt32BE(at + BATCH_AT.crc) !== crc32c(set.subarray(at + BATCH_AT.attributes, end)))
        throw corrupt(`the CRC of the batch at offset ${readInt64(set, at)} is wrong`);
      const baseOffset = readInt64(set, at);
      const lastDelta = set.readInt32BE(at + BATCH_AT.lastOffsetDelta);
      if (lastDelta < 0 || baseOffset < 0 || baseOffset < this.#behind || baseOffset > LARGEST_OFFSET)
        throw corrupt(`a batch has offset ${baseOffset}, after ${this.#behind - 1}`);
      const attributes = set.readInt16BE(at + BATCH_AT.attributes);
      const count = set.readInt32BE(at + BATCH_AT.count);
      if (count < 0) throw corrupt(`the batch at offset ${baseOffset} has ${count} records`);
      this.#setAt = end;
      this.#baseOffset = baseOffset;
      this.#lastDelta = lastDelta;
      this.#delta = -1;
      this.#behind = baseOffset + lastDelta + 1;
      if (this.#isHidden(set, at, end, attributes) || this.#behind <= this.#floor) continue;
      this.#openBatch(set, at + BATCH_HEADER_BYTES, end, attributes & 7);
      this.#left = count;
      return true;
    }
  }

  #openBatch(set: Buffer, records: number, end: number, codec: number): void {
    if (codec === 0) {
      this.bytes = set;
      this.#at = records;
      this.#end = end;
    } else {
      this.bytes = inflate(codec, set.subarray(records, end));
      this.#at = 0;
      this.#end = this.bytes.length;
    }
  }

  /** Kafka's rule: a producer's batches are hidden from its aborted transaction's start to the marker. */
  #isHidden(set: Buffer, at: number, end: number, attributes: number): boolean {
    const aborted = this.#aborted;
    if (aborted.length === 0) return (attributes & CONTROL) !== 0;
    const producerId = readInt64(set, at + BATCH_AT.producerId);
    for (; this.#abortedAt < aborted.length; this.#abortedAt++) {
      const { firstOffset, producerId: of } = aborted[this.#abortedAt]!;
      if (firstOffset >= this.#behind) break;
      this.#aborting.add(of);
    }
    if (attributes & CONTROL) {
      if (isAbortMarker(set, at + BATCH_HEADER_BYTES, end)) this.#aborting.delete(producerId);
      return true;
    }
    return (attributes & TRANSACTIONAL) !== 0 && this.#aborting.has(producerId);
  }

  #bad(what: string): Error {
    return corrupt(`a record of the batch at offset ${this.#baseOffset} ${what}`);
  }
}

/**
 * The offset behind the last complete batch, or -1 where there is none: enough to ask for more before
 * reading. Nothing is verified.
 */
export function offsetBehind(set: Buffer, start: number, end: number): number {
  let last = -1;
  for (let at = start; ; ) {
    const next = batchEnd(set, at, end);
    if (next < 0) break;
    last = at;
    at = next;
  }
  return last < 0 ? -1 : readInt64(set, last) + set.readInt32BE(last + BATCH_AT.lastOffsetDelta) + 1;
}

/** Where the batch at `at` ends, or -1 where it is not complete. @throws BrokerError as {@link RecordReader.next} */
function batchEnd(set: Buffer, at: number, limit: number): number {
  if (at + BATCH_AT.crc > limit) return -1;
  const magic = set[at + BATCH_AT.magic]!;
  if (magic < 2) throw oldFormat(magic);
  if (magic > 2) throw corrupt(`a batch has format ${magic}, and there are 0, 1 and 2`);
  const length = set.readInt32BE(at + BATCH_AT.lengthBytes);
  if (length < BATCH_HEADER_BYTES - BATCH_AT.leaderEpoch)
    throw corrupt(`a batch is ${length} B long, shorter than its header`);
  const end = at + BATCH_AT.leaderEpoch + length;
  return end > limit ? -1 : end;
}

/** A whole number below 2^53; what is beyond is not exact. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4);
}

/** The marker's key is its version and its kind, both of two bytes: 0 aborts, 1 commits. */
function isAbortMarker(set: Buffer, at: number, end: number): boolean {
  // Length, attributes, time stamp's and offset's deltas and the key's length are a byte each here.
  const key = at + 5;
  return key + 4 <= end && set.readInt16BE(key + 2) === 0;
}

const EMPTY = Buffer.alloc(0);
const NONE: readonly Aborted[] = [];
const CONTROL = 0x20;
const TWO_32 = 2 ** 32;
/** Numbers beyond are not exact; no log has ever been so long. */
const LARGEST_OFFSET = 2 ** 52;

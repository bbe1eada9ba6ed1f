import { corrupt } from "./record-error.ts";

/** `0x82 SNAPPY 0x00`, then the version and the oldest one that can read it, both 1. */
const HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
const MAGIC_BYTES = 8;
/** As snappy-java's stream has it. */
const BLOCK_BYTES = 32_768;

/** snappy-java's stream: a header, then blocks with their lengths before them. */
export function xerial(bytes: Buffer, pack: (block: Buffer) => Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = pack(bytes.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/**
 * Such a stream, or a bare block as some clients write it.
 * @throws BrokerError `CORRUPT_MESSAGE`
 */
export function inflateXerial(bytes: Buffer, limitBytes: number): Buffer {
  if (bytes.length < MAGIC_BYTES || bytes.compare(HEADER, 0, MAGIC_BYTES, 0, MAGIC_BYTES) !== 0) {
    const into = room(inflatedBytes(bytes, 0, bytes.length), limitBytes);
    inflateBlock(bytes, 0, bytes.length, into, 0);
    return into;
  }
  let total = 0;
  for (let at = HEADER.length; at < bytes.length; at = blockEnd(bytes, at))
    total += inflatedBytes(bytes, at + 4, blockEnd(bytes, at));
  const into = room(total, limitBytes);
  let to = 0;
  for (let at = HEADER.length; at < bytes.length; at = blockEnd(bytes, at))
    to = inflateBlock(bytes, at + 4, blockEnd(bytes, at), into, to);
  return into;
}

function room(totalBytes: number, limitBytes: number): Buffer {
  if (totalBytes > limitBytes) throw corrupt(`${totalBytes} B of snappy data are more than ${limitBytes} B`);
  return Buffer.allocUnsafeSlow(totalBytes);
}

function blockEnd(bytes: Buffer, at: number): number {
  const length = at + 4 <= bytes.length ? bytes.readInt32BE(at) : -1;
  // An empty block would still be the byte that says so.
  if (length < 1 || at + 4 + length > bytes.length) throw corrupt("a snappy block's length is wrong");
  return at + 4 + length;
}

/** The length that a block says it becomes; it cannot be much more than 21 times its own. */
function inflatedBytes(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start, shift = 0; at < end && shift < 35; at++, shift += 7) {
    const byte = bytes[at]!;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) {
      if (value > (end - start) * MOST_FROM_ONE_BYTE) throw corrupt("a snappy block's length is wrong");
      return value;
    }
  }
  throw corrupt("a snappy block has no length");
}

/** A copy of 64 bytes takes three; ample. */
const MOST_FROM_ONE_BYTE = 64;

/**
 * Literals and copies of what came before:
 * https://github.com/google/snappy/blob/main/format_description.txt. Not done by the WebAssembly module that
 * compresses: that one traps on damaged input, and its memory is never freed then.
 */
function inflateBlock(bytes: Buffer, start: number, end: number, into: Buffer, from: number): number {
  const total = inflatedBytes(bytes, start, end);
  let at = start;
  while (bytes[at]! > 127) at++;
  at++;
  const stop = from + total;
  let to = from;
  while (at < end) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    let length = (tag >>> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const extra = length - 60;
        if (at + extra > end) throw bad();
        length = bytes.readUIntLE(at, extra) + 1;
        at += extra;
      }
      if (at + length > end || to + length > stop) throw bad();
      if (length > SHORT) bytes.copy(into, to, at, at + length);
      else for (let i = 0; i < length; i++) into[to + i] = bytes[at + i]!;
      at += length;
      to += length;
      continue;
    }
    let back: number;
    if (kind === 1) {
      if (at + 1 > end) throw bad();
      length = ((tag >>> 2) & 7) + 4;
      back = ((tag >>> 5) << 8) | bytes[at++]!;
    } else {
      const size = kind === 2 ? 2 : 4;
      if (at + size > end) throw bad();
      back = bytes.readUIntLE(at, size);
      at += size;
    }
    if (back === 0 || back > to - from || to + length > stop) throw bad();
    to = copyBack(into, to, back, length);
  }
  if (to !== stop) throw bad();
  return to;
}

/** Below this a loop is faster than a call. */
const SHORT = 24;

/** Copies `length` bytes from `back` before `to`; they may overlap, which repeats a pattern. */
export function copyBack(into: Buffer, to: number, back: number, length: number): number {
  const end = to + length;
  if (back >= length && length > SHORT) into.copyWithin(to, to - back, end - back);
  else for (let at = to; at < end; at++) into[at] = into[at - back]!;
  return end;
}

function bad(): Error {
  return corrupt("the snappy data cannot be read");
}

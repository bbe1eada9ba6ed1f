import { copyBack } from "./compression-snappy.ts";
import { corrupt } from "./record-error.ts";

const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
/** Bits of the frame's flags. */
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const BLOCK_CHECKSUM = 0x10;
const DICTIONARY = 0x01;
const STORED = 0x8000_0000;

/**
 * LZ4 frames: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md. Their checksums are not looked at,
 * the batch has one of its own. Not done by the WebAssembly module that compresses: that one traps on damaged
 * input, and its memory is never freed then.
 * @throws BrokerError `CORRUPT_MESSAGE`
 */
export function inflateLz4(bytes: Buffer, limitBytes: number): Buffer {
  let into = Buffer.allocUnsafeSlow(Math.min(limitBytes, Math.max(1024, bytes.length * 4)));
  let to = 0;
  const reserve = (more: number): void => {
    if (to + more <= into.length) return;
    if (to + more > limitBytes) throw corrupt(`the LZ4 data become more than ${limitBytes} B`);
    const larger = Buffer.allocUnsafeSlow(Math.min(limitBytes, Math.max(into.length * 2, to + more)));
    into.copy(larger, 0, 0, to);
    into = larger;
  };
  let at = 0;
  while (at < bytes.length) {
    const frame = readHeader(bytes, at);
    at = frame.at;
    if (frame.skipped) continue;
    const frameStart = to;
    for (;;) {
      const size = uint32(bytes, at);
      at += 4;
      if (size === 0) break;
      const length = size & ~STORED;
      const end = at + length;
      if (length > frame.blockBytes || end > bytes.length) throw bad();
      if (size >= STORED) {
        reserve(length);
        bytes.copy(into, to, at, end);
        to += length;
      } else {
        // No more than a length byte's 255 for each of its own, however large the frame allows blocks to be.
        const most = Math.min(frame.blockBytes, length * 255);
        const known = to + most <= limitBytes ? most : Math.max(0, limitBytes - to);
        reserve(known);
        to = inflateBlock(bytes, at, end, into, to, Math.min(into.length, to + most), frameStart);
      }
      at = end + frame.blockTail;
    }
    at += frame.tail;
    if (at > bytes.length) throw bad();
  }
  return into.subarray(0, to);
}

interface Frame {
  readonly at: number;
  readonly skipped: boolean;
  readonly blockBytes: number;
  /** Checksums behind each block and behind the frame. */
  readonly blockTail: number;
  readonly tail: number;
}

function readHeader(bytes: Buffer, start: number): Frame {
  const magic = uint32(bytes, start);
  if ((magic & 0xffff_fff0) === SKIPPABLE) {
    const at = start + 8 + uint32(bytes, start + 4);
    if (at > bytes.length) throw bad();
    return { at, skipped: true, blockBytes: 0, blockTail: 0, tail: 0 };
  }
  if (magic !== MAGIC || start + 7 > bytes.length) throw bad();
  const flags = bytes[start + 4]!;
  const sizeCode = (bytes[start + 5]! >>> 4) & 7;
  if (flags >>> 6 !== 1 || flags & DICTIONARY || sizeCode < 4) throw bad();
  return {
    at: start + 7 + (flags & CONTENT_SIZE ? 8 : 0),
    skipped: false,
    // 64 KiB, 256 KiB, 1 MiB, 4 MiB
    blockBytes: 1 << (8 + 2 * sizeCode),
    blockTail: flags & BLOCK_CHECKSUM ? 4 : 0,
    tail: flags & CONTENT_CHECKSUM ? 4 : 0,
  };
}

/**
 * Sequences of literals and copies: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 * @param limit position in `into` that must not be passed
 * @param oldest position in `into` from which on copies may come: blocks may depend on those before
 */
function inflateBlock(
  bytes: Buffer,
  start: number,
  end: number,
  into: Buffer,
  from: number,
  limit: number,
  oldest: number,
): number {
  let at = start;
  let to = from;
  while (at < end) {
    const token = bytes[at++]!;
    let length = token >>> 4;
    if (length === 15) {
      let more: number;
      do {
        if (at >= end) throw bad();
        more = bytes[at++]!;
        length += more;
      } while (more === 255);
    }
    if (length > 0) {
      if (at + length > end || to + length > limit) throw bad();
      if (length > SHORT) bytes.copy(into, to, at, at + length);
      else for (let i = 0; i < length; i++) into[to + i] = bytes[at + i]!;
      at += length;
      to += length;
    }
    // The last sequence has literals only.
    if (at === end) return to;
    if (at + 2 > end) throw bad();
    const back = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    length = (token & 15) + 4;
    if (length === 19) {
      let more: number;
      do {
        if (at >= end) throw bad();
        more = bytes[at++]!;
        length += more;
      } while (more === 255);
    }
    if (back === 0 || back > to - oldest || to + length > limit) throw bad();
    to = copyBack(into, to, back, length);
  }
  throw bad();
}

const SHORT = 24;

function uint32(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw bad();
  return bytes.readUInt32LE(at);
}

function bad(): Error {
  return corrupt("the LZ4 data cannot be read");
}

import { createRandom } from "../model/random.ts";
import type { Viewed } from "./views.ts";

/**
 * @param compressible share of constant bytes, 0–1
 * @param largestBytes the longest body that will be asked for
 */
export function createBody(seed: number, compressible: number, largestBytes: number): Body {
  return new Body(createPattern(seed, compressible, largestBytes));
}

/**
 * What message bodies are cut from: one seeded pattern, the same in every process of a run. Which slice a
 * message carries follows from its lane and sequence, so a receiver needs no more than the envelope to
 * compare every byte, which is both stronger and cheaper than a checksum.
 *
 * Small bodies are copied and compared in float64 words, since a call into native code costs more than such a
 * body (docs/decisions/0005-body-check.md). Equal float64s have equal bits unless they are zeros or NaN, and
 * the pattern's words are neither.
 */
export class Body {
  readonly pattern: Buffer;
  readonly #view: DataView;
  readonly #words: Float64Array;

  constructor(pattern: Buffer) {
    this.pattern = pattern;
    this.#view = new DataView(pattern.buffer, pattern.byteOffset, pattern.length);
    this.#words = new Float64Array(pattern.length / WORD_BYTES);
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = this.#view.getFloat64(i * WORD_BYTES, true);
  }

  /** Where in the pattern the body of this message starts: at a word. */
  place(lane: number, sequence: number): number {
    // The odd multiplier (2^32 / golden ratio) spreads neighbouring sequences over all places.
    return (Math.imul((sequence ^ lane) | 0, 0x9e3779b1) >>> (32 - PLACE_BITS)) * STEP_BYTES;
  }

  /** Writes the body of `size` bytes that starts at `place` of the pattern. */
  copy(place: number, into: Viewed, at: number, size: number): void {
    if (size > COPIED_IN_WORDS) {
      this.pattern.copy(into.bytes, at, place, place + size);
      return;
    }
    const words = this.#words;
    const { view } = into;
    const last = size - WORD_BYTES;
    let o = into.base + at;
    let i = 0;
    for (let w = place >>> 3; i <= last; i += WORD_BYTES, o += WORD_BYTES, w++)
      view.setFloat64(o, words[w]!, true);
    if (size - i >= HALF_BYTES) {
      view.setUint32(o, this.#view.getUint32(place + i, true), true);
      i += HALF_BYTES;
      o += HALF_BYTES;
    }
    for (; i < size; i++, o++) view.setUint8(o, this.#view.getUint8(place + i));
  }

  /** Whether the `size` bytes at `at` are those that start at `place` of the pattern. */
  matches(place: number, from: Viewed, at: number, size: number): boolean {
    if (size > COMPARED_IN_WORDS)
      return this.pattern.compare(from.bytes, at, at + size, place, place + size) === 0;
    const words = this.#words;
    const { view } = from;
    const last = size - WORD_BYTES;
    let o = from.base + at;
    let i = 0;
    for (let w = place >>> 3; i <= last; i += WORD_BYTES, o += WORD_BYTES, w++)
      if (view.getFloat64(o, true) !== words[w]!) return false;
    if (size - i >= HALF_BYTES) {
      if (view.getUint32(o, true) !== this.#view.getUint32(place + i, true)) return false;
      i += HALF_BYTES;
      o += HALF_BYTES;
    }
    for (; i < size; i++, o++) if (view.getUint8(o) !== this.#view.getUint8(place + i)) return false;
    return true;
  }
}

/** Starting places: a power of two; far enough apart and many enough that neighbours differ. */
const PLACE_BITS = 12;
const STEP_BYTES = 16;

/** Pieces in which random and constant bytes take turns, small enough that every body has both. */
const PIECE_BYTES = 64;

const WORD_BYTES = 8;
const HALF_BYTES = 4;
/** Longest bodies for which the words win over native code, measured by `bench/floor-side.ts`. */
const COPIED_IN_WORDS = 384;
const COMPARED_IN_WORDS = 512;

function createPattern(seed: number, compressible: number, largestBytes: number): Buffer {
  const whole = Math.ceil(largestBytes / WORD_BYTES) * WORD_BYTES;
  const pattern = Buffer.alloc(2 ** PLACE_BITS * STEP_BYTES + whole);
  const random = createRandom(seed, 0xb0d4);
  const constant = Math.round(PIECE_BYTES * compressible);
  for (let i = 0; i < pattern.length; i++)
    pattern[i] = i % PIECE_BYTES < constant ? 0x20 : Math.floor(random() * 256);
  // Exponents of all zeros (zero, subnormal) or all ones (infinity, NaN) become ordinary ones.
  for (let i = 0; i < pattern.length; i += WORD_BYTES) {
    const exponent = ((pattern[i + 7]! & 0x7f) << 4) | (pattern[i + 6]! >>> 4);
    if (exponent === 0 || exponent === 0x7ff) pattern[i + 7]! ^= 0x20;
  }
  return pattern;
}

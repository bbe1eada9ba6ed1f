import { createRandom } from "./random.ts";

/**
 * What message bodies are cut from: one seeded pattern, the same in every process of a run. Which slice a
 * message carries follows from its lane and sequence, so a receiver needs no more than the envelope to
 * compare every byte, natively (`Buffer.compare`), which is both stronger and cheaper than a checksum.
 */
export interface Body {
  readonly pattern: Buffer;
  /** Where in the pattern the body of this message starts. */
  place(lane: number, sequence: number): number;
}

/** Starting places: a power of two; far enough apart and many enough that neighbours differ. */
const PLACES = 4096;
const STEP_BYTES = 16;

/** Pieces in which random and constant bytes take turns, small enough that every body has both. */
const PIECE_BYTES = 64;

/**
 * @param compressible share of constant bytes, 0–1
 * @param largestBytes the longest body that will be asked for
 */
export function createBody(seed: number, compressible: number, largestBytes: number): Body {
  const pattern = Buffer.alloc(PLACES * STEP_BYTES + largestBytes);
  const random = createRandom(seed, 0xb0d4);
  const constant = Math.round(PIECE_BYTES * compressible);
  for (let i = 0; i < pattern.length; i++)
    pattern[i] = i % PIECE_BYTES < constant ? 0x20 : Math.floor(random() * 256);
  return {
    pattern,
    // The odd multiplier (2^32 / golden ratio) spreads neighbouring sequences over all places.
    place: (lane, sequence) => (Math.imul((sequence ^ lane) | 0, 0x9e3779b1) >>> 20) * STEP_BYTES,
  };
}

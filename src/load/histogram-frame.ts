import type { Recorder } from "./recorder.ts";

/**
 * A recorder's content on the wire: seven float64 (count, sum, sum of squares, min, max, anomalies, censored),
 * then for each bucket that is not empty its distance from the one before and its count, as LEB128.
 */
const HEAD_BYTES = 7 * 8;

/** Encodes and clears nothing; an upper bound of the size is allocated once per call. */
export function encodeRecorder(r: Recorder): Buffer {
  const { buckets } = r;
  let used = 0;
  for (let i = 0; i < buckets.length; i++) if (buckets[i] !== 0) used++;
  const out = Buffer.allocUnsafe(HEAD_BYTES + used * 10);
  const head = [r.count, r.sum, r.sumOfSquares, r.min, r.max, r.anomalies, r.censored];
  head.forEach((value, i) => {
    out.writeDoubleLE(value, i * 8);
  });
  let at = HEAD_BYTES;
  let last = 0;
  for (let i = 0; i < buckets.length; i++) {
    const n = buckets[i]!;
    if (n === 0) continue;
    at = writeVarint(out, at, i - last);
    at = writeVarint(out, at, n);
    last = i;
  }
  return out.subarray(0, at);
}

/** Where the content of recorders is added up. */
export interface HistogramSum {
  count: number;
  sum: number;
  sumOfSquares: number;
  min: number;
  max: number;
  anomalies: number;
  censored: number;
  /** Wider than the recorder's: a whole run's counts may pass 2^32. */
  readonly buckets: Float64Array;
}

export function createHistogramSum(buckets: number): HistogramSum {
  return {
    count: 0,
    sum: 0,
    sumOfSquares: 0,
    min: Number.POSITIVE_INFINITY,
    max: 0,
    anomalies: 0,
    censored: 0,
    buckets: new Float64Array(buckets),
  };
}

/** Adds an encoded recorder to each of the sums. */
export function addEncoded(frame: Buffer, sums: readonly HistogramSum[]): void {
  const value = (i: number): number => frame.readDoubleLE(i * 8);
  for (const s of sums) {
    s.count += value(0);
    s.sum += value(1);
    s.sumOfSquares += value(2);
    s.min = Math.min(s.min, value(3));
    s.max = Math.max(s.max, value(4));
    s.anomalies += value(5);
    s.censored += value(6);
  }
  const cursor = { at: HEAD_BYTES };
  let index = 0;
  while (cursor.at < frame.length) {
    index += readVarint(frame, cursor);
    const n = readVarint(frame, cursor);
    for (const s of sums) s.buckets[index]! += n;
  }
}

function writeVarint(out: Buffer, at: number, value: number): number {
  let v = value >>> 0;
  let o = at;
  while (v > 127) {
    out[o++] = (v & 127) | 128;
    v >>>= 7;
  }
  out[o++] = v;
  return o;
}

function readVarint(from: Buffer, cursor: { at: number }): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = from[cursor.at++]!;
    value |= (byte & 127) << shift;
    if (byte < 128) return value >>> 0;
  }
}

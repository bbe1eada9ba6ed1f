import { deflateSync, inflateSync } from "node:zlib";
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
  type JsHistogram,
} from "hdr-histogram-js";
import { BUCKETS, bucketIndex, bucketLow, HIGHEST } from "../model/hdr.ts";

/** Compressed frame: cookie and length of the deflated part, four bytes each. */
const COMPRESSED_HEAD_BYTES = 8;
/** V2 header: cookie, payload length, normalizing index offset, digits (4 bytes each), lowest, highest, ratio (8 each). */
const OFFSET_AT = 8;
const RATIO_AT = 32;

/** Bucket counts as a histogram of the library: three digits, values in ns. */
export function toHistogram(counts: ArrayLike<number>): Histogram {
  const histogram = build({
    // 64-bit counts: a long run passes 2^32 in one bucket.
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
  });
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i]!;
    if (n > 0) histogram.recordValueWithCount(bucketLow(i), n);
  }
  return histogram;
}

/**
 * Bucket counts → HdrHistogram V2, deflated, base64: the payload of interval logs and run.json.
 *
 * hdr-histogram-js 3.0.1 writes 1 for the normalizing index offset and the integer 1 for the conversion
 * ratio, a float64; Java writes 0 and 1.0, and so do we.
 */
export function encodeHistogram(counts: ArrayLike<number>): string {
  const encoded = Buffer.from(encodeIntoCompressedBase64(toHistogram(counts)), "base64");
  const body = inflateSync(encoded.subarray(COMPRESSED_HEAD_BYTES));
  body.writeInt32BE(0, OFFSET_AT);
  body.writeDoubleBE(1, RATIO_AT);
  const deflated = deflateSync(body);
  const head = Buffer.from(encoded.subarray(0, COMPRESSED_HEAD_BYTES));
  head.writeInt32BE(deflated.length, 4);
  return Buffer.concat([head, deflated]).toString("base64");
}

/** The counts of an encoded histogram, {@link BUCKETS} long. @throws Error when the text is no histogram */
export function decodeHistogram(text: string): Float64Array {
  // Without WebAssembly it is always this class.
  const histogram = decodeFromCompressedBase64(text, 64, false) as JsHistogram;
  const counts = new Float64Array(BUCKETS);
  histogram.recordedValuesIterator.reset();
  while (histogram.recordedValuesIterator.hasNext()) {
    const { valueIteratedTo, countAtValueIteratedTo } = histogram.recordedValuesIterator.next();
    counts[bucketIndex(valueIteratedTo)]! += countAtValueIteratedTo;
  }
  return counts;
}

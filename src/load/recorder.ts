import { BUCKETS, HIGHEST } from "../model/hdr.ts";

/**
 * A latency histogram of our own, on HDR's layout with three significant digits: the index comes straight
 * from the high word of the float64, which costs about 7 ns where the library's recorder costs 46
 * (docs/decisions/0004-recorder.md). What it holds is shipped and cleared each second.
 *
 * Values are ns. Negative and not-a-number are counted as anomalies, never dropped silently.
 */
export class Recorder {
  count = 0;
  sum = 0;
  sumOfSquares = 0;
  min = Number.POSITIVE_INFINITY;
  max = 0;
  anomalies = 0;
  /** Values that are only a lower bound. */
  censored = 0;
  readonly buckets = new Uint32Array(BUCKETS);

  record(ns: number): void {
    if (!(ns >= 0)) {
      this.anomalies++;
      return;
    }
    this.buckets[indexOf(ns)]!++;
    this.count++;
    this.sum += ns;
    this.sumOfSquares += ns * ns;
    if (ns > this.max) this.max = ns;
    if (ns < this.min) this.min = ns;
  }

  /** The same value so many times: messages that arrived or were settled together share their times. */
  recordMany(ns: number, count: number): void {
    if (!(ns >= 0)) {
      this.anomalies += count;
      return;
    }
    this.buckets[indexOf(ns)]! += count;
    this.count += count;
    this.sum += ns * count;
    this.sumOfSquares += ns * ns * count;
    if (ns > this.max) this.max = ns;
    if (ns < this.min) this.min = ns;
  }

  clear(): void {
    this.count = 0;
    this.sum = 0;
    this.sumOfSquares = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = 0;
    this.anomalies = 0;
    this.censored = 0;
    this.buckets.fill(0);
  }
}

const float = new Float64Array(1);
// The high word of a float64: the second one on a little-endian machine, the only kind Node runs on but s390x.
const words = new Uint32Array(float.buffer);

/** For v ≥ 1024, exponent and top 10 bits of the mantissa are HDR's bucket and sub-bucket. */
function indexOf(ns: number): number {
  if (ns < 1024) return ns | 0;
  float[0] = Math.min(ns, HIGHEST);
  return (words[1]! >>> 10) - (1032 << 10);
}

import type { Recorder } from "./recorder.ts";

/**
 * When each delivered but unacknowledged message arrived, oldest first. Messages that arrived together share
 * an entry, so that an acknowledgement of thousands costs as much as one of a few.
 */
export class HeldBack {
  count = 0;
  readonly #arrivedNs: number[] = [];
  readonly #counts: number[] = [];

  add(arrivedNs: number): void {
    const last = this.#counts.length - 1;
    if (last >= 0 && this.#arrivedNs[last] === arrivedNs) this.#counts[last]!++;
    else {
      this.#arrivedNs.push(arrivedNs);
      this.#counts.push(1);
    }
    this.count++;
  }

  /** Forgets the oldest `count`, and records how long those that arrived in `[startNs, endNs)` waited. */
  acknowledged(count: number, nowNs: number, startNs: number, endNs: number, into: Recorder): void {
    let left = Math.min(count, this.count);
    this.count -= left;
    let entry = 0;
    while (left > 0) {
      const n = Math.min(left, this.#counts[entry]!);
      const arrivedNs = this.#arrivedNs[entry]!;
      if (arrivedNs >= startNs && arrivedNs < endNs) into.recordMany(nowNs - arrivedNs, n);
      this.#counts[entry]! -= n;
      left -= n;
      if (this.#counts[entry] === 0) entry++;
    }
    if (entry === this.#counts.length) {
      this.#counts.length = 0;
      this.#arrivedNs.length = 0;
    } else if (entry > 0) {
      this.#counts.splice(0, entry);
      this.#arrivedNs.splice(0, entry);
    }
  }
}

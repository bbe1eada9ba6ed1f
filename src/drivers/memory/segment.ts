/**
 * A piece of a partition: bodies one after another in one buffer, so that a message costs neither an
 * object nor an allocation. It goes back to the pool once every subscription is done with all of it.
 */
export interface Segment {
  bytes: Buffer;
  /** Body i is `bytes[starts[i] … starts[i + 1])`. */
  readonly starts: Int32Array;
  /** When body i may be acknowledged and delivered, ns; only where the broker runs to a script. */
  due: Float64Array | undefined;
  count: number;
  /** Bodies that subscriptions are not done with yet. */
  open: number;
  next: Segment | undefined;
}

/** Most bodies in a segment; with SEGMENT_BYTES chosen to stay within a core's second-level cache. */
const SEGMENT_SLOTS = 4096;
const SEGMENT_BYTES = 256 * 1024;

/** Spare segments kept for reuse; more are left to the garbage collector. */
const SPARES = 64;

/** Hands out segments and takes them back. */
export class SegmentPool {
  readonly #spare: Segment[] = [];

  /** An empty segment with room for at least one body of `sizeBytes`. */
  take(sizeBytes: number, scripted: boolean): Segment {
    const segment = (sizeBytes <= SEGMENT_BYTES ? this.#spare.pop() : undefined) ?? {
      bytes: Buffer.allocUnsafeSlow(Math.max(SEGMENT_BYTES, sizeBytes)),
      starts: new Int32Array(SEGMENT_SLOTS + 1),
      due: undefined,
      count: 0,
      open: 0,
      next: undefined,
    };
    if (scripted) segment.due ??= new Float64Array(SEGMENT_SLOTS);
    return segment;
  }

  give(segment: Segment): void {
    segment.count = 0;
    segment.open = 0;
    segment.next = undefined;
    if (segment.bytes.length === SEGMENT_BYTES && this.#spare.length < SPARES) this.#spare.push(segment);
  }
}

/** Whether another body of `sizeBytes` fits. */
export function fits(segment: Segment, sizeBytes: number): boolean {
  return segment.count < SEGMENT_SLOTS && segment.starts[segment.count]! + sizeBytes <= segment.bytes.length;
}

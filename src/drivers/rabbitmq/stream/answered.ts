/**
 * Deliveries in the order of their tags, and how far each partition is answered without a gap: the offset that may be
 * stored. Offsets have gaps of their own, where the broker wrote what is no message. Grows, because one delivery that
 * is never answered keeps all younger ones in it.
 */
export class Answered {
  /** Delivered and not answered. */
  unanswered = 0;
  /** By `tag & #mask`: partition + 1, or 0 once answered; its offset; the next tag of the same partition, or -1. */
  #partition = new Int32Array(1024);
  #offset = new Float64Array(1024);
  #after = new Float64Array(1024);
  #mask = 1023;
  #low = 0;
  #next = 0;
  /** Of each partition: its oldest unanswered tag, or -1; its youngest tag; the offset that may be stored, or -1. */
  readonly #oldest: Float64Array;
  readonly #youngest: Float64Array;
  readonly #done: Float64Array;
  readonly #moved = new Set<number>();

  constructor(partitions: number) {
    this.#oldest = new Float64Array(partitions).fill(-1);
    this.#youngest = new Float64Array(partitions).fill(-1);
    this.#done = new Float64Array(partitions).fill(-1);
  }

  /** Records a delivery and returns its tag, one more than the last. */
  deliver(partition: number, offset: number): number {
    if (this.#next - this.#low > this.#mask) this.#grow();
    const tag = this.#next++;
    const slot = tag & this.#mask;
    this.#partition[slot] = partition + 1;
    this.#offset[slot] = offset;
    this.#after[slot] = -1;
    if (this.#oldest[partition] === -1) this.#oldest[partition] = tag;
    else this.#after[this.#youngest[partition]! & this.#mask] = tag;
    this.#youngest[partition] = tag;
    this.unanswered += 1;
    return tag;
  }

  /** Answers one, or with `upTo` each up to it; a tag that is answered already or unknown changes nothing. */
  answer(tag: number, upTo: boolean): void {
    if (tag >= this.#next) return;
    for (let t = upTo ? this.#low : tag; t <= tag; t++) this.#answerOne(t);
    while (this.#low < this.#next && this.#partition[this.#low & this.#mask] === 0) this.#low += 1;
  }

  /** The last offset of a partition that is answered without a gap, or -1. */
  doneIn(partition: number): number {
    return this.#done[partition]!;
  }

  /** Nothing that was delivered can be answered any more; deliveries that follow have the next tags. */
  forget(): void {
    this.#low = this.#next;
    this.#oldest.fill(-1);
    this.#youngest.fill(-1);
    this.unanswered = 0;
  }

  /** Last answered offset of every partition that moved since the last call. */
  takeMoved(): readonly (readonly [partition: number, offset: number])[] {
    const taken = [...this.#moved].map((p) => [p, this.#done[p]!] as const);
    this.#moved.clear();
    return taken;
  }

  /** To be stored after all. */
  putBack(moved: readonly (readonly [partition: number, offset: number])[]): void {
    for (const [partition] of moved) this.#moved.add(partition);
  }

  #answerOne(tag: number): void {
    if (tag < this.#low) return;
    const slot = tag & this.#mask;
    const partition = this.#partition[slot]! - 1;
    if (partition < 0) return;
    this.#partition[slot] = 0;
    this.unanswered -= 1;
    let oldest = this.#oldest[partition]!;
    if (oldest !== tag) return;
    while (oldest !== -1 && this.#partition[oldest & this.#mask] === 0) {
      this.#done[partition] = this.#offset[oldest & this.#mask]!;
      oldest = this.#after[oldest & this.#mask]!;
    }
    this.#oldest[partition] = oldest;
    this.#moved.add(partition);
  }

  #grow(): void {
    const size = (this.#mask + 1) * 2;
    const [partition, offset, after] = [new Int32Array(size), new Float64Array(size), new Float64Array(size)];
    for (let t = this.#low; t < this.#next; t++) {
      const [to, from] = [t & (size - 1), t & this.#mask];
      partition[to] = this.#partition[from]!;
      offset[to] = this.#offset[from]!;
      after[to] = this.#after[from]!;
    }
    this.#partition = partition;
    this.#offset = offset;
    this.#after = after;
    this.#mask = size - 1;
  }
}

/**
 * Which deliveries of a channel are unanswered, and from which partition each came. It grows, because one
 * delivery that is never answered keeps all younger ones in it.
 */
export class Unanswered {
  /** Count for each partition. */
  readonly perPartition: Int32Array;
  /** By `tag & #mask`: partition + 1, or 0 once answered. */
  #slots = new Int32Array(1024);
  #mask = 1023;
  #low = 0;
  #next = 0;

  constructor(partitions: number) {
    this.perPartition = new Int32Array(partitions);
  }

  /** The delivery with the next tag came. */
  push(partition: number): void {
    if (this.#next - this.#low > this.#mask) this.#grow();
    this.#slots[this.#next++ & this.#mask] = partition + 1;
    this.perPartition[partition]! += 1;
  }

  /** Marks one answered; false if it was, or never came. */
  take(tag: number): boolean {
    if (tag < this.#low || tag >= this.#next) return false;
    const slot = tag & this.#mask;
    const partition = this.#slots[slot]! - 1;
    if (partition < 0) return false;
    this.#slots[slot] = 0;
    this.perPartition[partition]! -= 1;
    while (this.#low < this.#next && this.#slots[this.#low & this.#mask] === 0) this.#low += 1;
    return true;
  }

  /** Marks all up to `tag` answered; returns the youngest of them, or -1 if there was none. */
  takeUpTo(tag: number): number {
    let youngest = -1;
    for (let t = this.#low; t <= tag && t < this.#next; t++) if (this.take(t)) youngest = t;
    return youngest;
  }

  /** Nothing can be answered any more; deliveries that follow have the next tags. */
  forget(): void {
    this.#slots.fill(0);
    this.perPartition.fill(0);
    this.#low = this.#next;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let t = this.#low; t < this.#next; t++) slots[t & mask] = this.#slots[t & this.#mask]!;
    this.#slots = slots;
    this.#mask = mask;
  }
}

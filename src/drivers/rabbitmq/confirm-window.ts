import type { Outcome, Outcomes } from "../driver.ts";

/** A message that was published under this tag. */
export interface Unsettled {
  readonly tag: number;
  readonly lane: number;
  readonly partition: number;
  readonly sequence: number;
}

/**
 * Which publishes of a channel are unsettled, by delivery tag: 1, 2, 3, … in the order of publishing.
 * Confirms come singly or as "everything up to", and in any order; they leave as ranges of each lane.
 * No object or closure for a message: amqplib's callbacks for each publish are not used.
 */
export class ConfirmWindow {
  inFlight = 0;
  readonly #on: Outcomes;
  readonly #max: number;
  /** By `tag & #mask`. */
  readonly #lane: Int32Array;
  readonly #partition: Int32Array;
  readonly #sequence: Float64Array;
  readonly #state: Uint8Array;
  readonly #mask: number;
  /** The range of each partition that is being collected. */
  readonly #runLane: Int32Array;
  readonly #runFrom: Float64Array;
  readonly #runCount: Int32Array;
  /** Oldest unsettled tag, and the next one. */
  #low = 1;
  #next = 1;

  constructor(maxInFlight: number, partitions: number, on: Outcomes) {
    this.#on = on;
    this.#max = Math.max(1, maxInFlight);
    // Twice as long, because younger messages may be confirmed while an old one is not.
    const size = 2 ** Math.ceil(Math.log2(this.#max * 2));
    this.#mask = size - 1;
    this.#lane = new Int32Array(size);
    this.#partition = new Int32Array(size);
    this.#sequence = new Float64Array(size);
    this.#state = new Uint8Array(size);
    this.#runLane = new Int32Array(partitions);
    this.#runFrom = new Float64Array(partitions);
    this.#runCount = new Int32Array(partitions);
  }

  hasRoom(): boolean {
    return this.inFlight < this.#max && this.#next - this.#low <= this.#mask;
  }

  /** How many tags from the oldest unsettled one there is room for: a power of two. */
  get slots(): number {
    return this.#mask + 1;
  }

  /**
   * The message just published gets the channel's next delivery tag.
   * @param isAgain it was published before, on another channel, and may be stored whatever this one says
   */
  push(lane: number, partition: number, sequence: number, isAgain = false): void {
    const slot = this.#next++ & this.#mask;
    this.#lane[slot] = lane;
    this.#partition[slot] = partition;
    this.#sequence[slot] = sequence;
    this.#state[slot] = isAgain ? AGAIN : OPEN;
    this.inFlight += 1;
  }

  /** The tag that the next message will have. */
  get nextTag(): number {
    return this.#next;
  }

  /** The broker sent this message back; its confirm follows. */
  markReturned(tag: number): void {
    if (!(tag >= this.#low && tag < this.#next)) return;
    const slot = tag & this.#mask;
    if (this.#state[slot] === OPEN) this.#state[slot] = RETURNED;
    else if (this.#state[slot] === AGAIN) this.#state[slot] = RETURNED_AGAIN;
  }

  /** `basic.ack` or `basic.nack`. */
  confirm(tag: number, multiple: boolean, outcome: Outcome, code?: string): void {
    this.#settle(
      multiple ? this.#low : Math.max(tag, this.#low),
      Math.min(tag, this.#next - 1),
      outcome,
      code,
    );
  }

  /** Every tag from one to another that is unsettled. */
  confirmRange(from: number, to: number, outcome: Outcome, code?: string): void {
    this.#settle(Math.max(from, this.#low), Math.min(to, this.#next - 1), outcome, code);
  }

  /** What is unsettled of a partition, up to a tag. */
  settlePartition(partition: number, upTo: number, outcome: Outcome, code?: string): void {
    for (let tag = this.#low; tag <= upTo; tag++)
      if (this.#partition[tag & this.#mask] === partition) this.confirmRange(tag, tag, outcome, code);
  }

  /** Everything that is unsettled ends like this. */
  settleAll(outcome: Outcome, code?: string): void {
    this.#settle(this.#low, this.#next - 1, outcome, code);
  }

  /**
   * A new channel counts from 1 again. What is unsettled leaves the window, oldest first, to be published there; what
   * came back has its outcome.
   */
  takeUnsettled(): readonly Unsettled[] {
    const open = this.publishedAgain();
    for (const { tag } of open) this.#state[tag & this.#mask] = SETTLED;
    this.inFlight -= open.length;
    this.settleAll("unknown");
    this.#low = 1;
    this.#next = 1;
    return open;
  }

  /**
   * What is unsettled and did not come back, oldest first. It is to be published again under its tags, and may be stored
   * whatever is said of that.
   */
  publishedAgain(): readonly Unsettled[] {
    const open: Unsettled[] = [];
    for (let tag = this.#low; tag < this.#next; tag++) {
      const slot = tag & this.#mask;
      if (this.#state[slot] !== OPEN && this.#state[slot] !== AGAIN) continue;
      this.#state[slot] = AGAIN;
      const [lane, partition, sequence] = [this.#lane[slot]!, this.#partition[slot]!, this.#sequence[slot]!];
      open.push({ tag, lane, partition, sequence });
    }
    return open;
  }

  #settle(from: number, to: number, outcome: Outcome, code: string | undefined): void {
    for (let tag = from; tag <= to; tag++) {
      const slot = tag & this.#mask;
      const state = this.#state[slot];
      if (state === SETTLED) continue;
      this.#state[slot] = SETTLED;
      this.inFlight -= 1;
      const partition = this.#partition[slot]!;
      const sequence = this.#sequence[slot]!;
      const lane = this.#lane[slot]!;
      if (state === RETURNED || state === RETURNED_AGAIN) {
        this.#on.settled(lane, sequence, 1, state === RETURNED ? "failed" : "unknown", "UNROUTABLE");
        continue;
      }
      if (state === AGAIN && outcome === "failed") {
        this.#on.settled(lane, sequence, 1, "unknown", code);
        continue;
      }
      const count = this.#runCount[partition]!;
      if (count > 0 && this.#runFrom[partition]! + count === sequence && this.#runLane[partition] === lane) {
        this.#runCount[partition] = count + 1;
        continue;
      }
      if (count > 0) this.#endRun(partition, outcome, code);
      this.#runLane[partition] = lane;
      this.#runFrom[partition] = sequence;
      this.#runCount[partition] = 1;
    }
    while (this.#low < this.#next && this.#state[this.#low & this.#mask] === SETTLED) this.#low += 1;
    for (let p = 0; p < this.#runCount.length; p++)
      if (this.#runCount[p]! > 0) this.#endRun(p, outcome, code);
  }

  #endRun(partition: number, outcome: Outcome, code: string | undefined): void {
    const count = this.#runCount[partition]!;
    this.#runCount[partition] = 0;
    this.#on.settled(this.#runLane[partition]!, this.#runFrom[partition]!, count, outcome, code);
  }
}

const SETTLED = 0;
const OPEN = 1;
const RETURNED = 2;
const AGAIN = 3;
const RETURNED_AGAIN = 4;

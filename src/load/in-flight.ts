/** Messages next to each other in a lane that were due at one time and sent at one time. */
export interface Taken {
  from: number;
  count: number;
  intendedNs: number;
  sentNs: number;
  /** Of all of them together. */
  sizeBytes: number;
}

/** A ring begins with so many slots: it stays in a core's cache where little is in flight. */
const FIRST_SLOTS = 64;

/**
 * When each unsettled message of one lane was due and sent. A ring, because sequences are dense: the slots
 * hold the newest ones. It grows until it holds `maxInFlight`; a message that stays unsettled while such a ring
 * comes round moves to a map.
 */
export class InFlight {
  readonly #sameTimes: boolean;
  readonly #mostSlots: number;
  #slots = FIRST_SLOTS;
  #mask = FIRST_SLOTS - 1;
  #intended: Float64Array;
  #sent = new Float64Array(FIRST_SLOTS);
  /** 0: the slot is free. */
  #size = new Uint32Array(FIRST_SLOTS);
  readonly #old = new Map<number, Omit<Taken, "from" | "count">>();
  readonly #taken: Taken = { from: 0, count: 0, intendedNs: 0, sentNs: 0, sizeBytes: 0 };
  /** The sequence that is put next. */
  #next: number;

  /**
   * @param sameTimes all messages are sent when they are due (closed loop), so that one time is kept for both
   * @param first sequence of the first message
   */
  constructor(maxInFlight: number, sameTimes: boolean, first = 0) {
    this.#next = first;
    this.#sameTimes = sameTimes;
    this.#mostSlots = 2 ** Math.ceil(Math.log2(Math.max(FIRST_SLOTS, maxInFlight)));
    this.#intended = sameTimes ? this.#sent : new Float64Array(FIRST_SLOTS);
  }

  /** The message after the one put before. */
  put(intendedNs: number, sentNs: number, sizeBytes: number): void {
    const sequence = this.#next;
    let i = this.#slot(sequence);
    if (this.#size[i] !== 0) {
      if (this.#slots < this.#mostSlots) this.#grow();
      else this.#retire(sequence - this.#slots, i);
      i = this.#slot(sequence);
    }
    this.#intended[i] = intendedNs;
    this.#sent[i] = sentNs;
    this.#size[i] = sizeBytes;
    this.#next = sequence + 1;
  }

  /**
   * Finds and removes `from … from + count - 1`, as runs that have the same times; the object is reused.
   * @returns how many were in flight
   */
  take(from: number, count: number, on: (run: Taken) => void): number {
    const end = Math.min(from + count, this.#next);
    let found = 0;
    let sequence = Math.max(0, from);
    const oldest = this.#next - this.#slots;
    if (sequence < oldest) {
      const stop = Math.min(end, oldest);
      if (this.#old.size > 0) for (; sequence < stop; sequence++) found += this.#takeOld(sequence, on);
      sequence = stop;
    }
    while (sequence < end) {
      const n = this.#takeRun(sequence, end, on);
      found += n;
      // What ended the run may be a message that was settled before.
      sequence += n === 0 ? 1 : n;
    }
    return found;
  }

  /** Finds and removes all that is in flight. */
  takeAll(on: (run: Taken) => void): void {
    for (const sequence of [...this.#old.keys()]) this.#takeOld(sequence, on);
    const oldest = Math.max(0, this.#next - this.#slots);
    this.take(oldest, this.#next - oldest, on);
  }

  /** Messages with the times of the first, up to `end` or a free slot. */
  #takeRun(from: number, end: number, on: (run: Taken) => void): number {
    const intended = this.#intended;
    const sent = this.#sent;
    const size = this.#size;
    const mask = this.#mask;
    let i = this.#slot(from);
    const intendedNs = intended[i]!;
    const sentNs = sent[i]!;
    let sizeBytes = 0;
    let count = 0;
    for (const most = end - from; count < most; count++) {
      const bytes = size[i]!;
      if (bytes === 0 || sent[i] !== sentNs || intended[i] !== intendedNs) break;
      size[i] = 0;
      sizeBytes += bytes;
      i = (i + 1) & mask;
    }
    if (count === 0) return 0;
    const taken = this.#taken;
    taken.from = from;
    taken.count = count;
    taken.intendedNs = intendedNs;
    taken.sentNs = sentNs;
    taken.sizeBytes = sizeBytes;
    on(taken);
    return count;
  }

  #takeOld(sequence: number, on: (run: Taken) => void): number {
    const old = this.#old.get(sequence);
    if (old === undefined) return 0;
    this.#old.delete(sequence);
    on({ from: sequence, count: 1, ...old });
    return 1;
  }

  /** Only before anything was retired, so that the map never has what belongs into the ring. */
  #grow(): void {
    const { length } = this.#size;
    const sent = this.#sent;
    const intended = this.#intended;
    const size = this.#size;
    this.#slots = length * 2;
    this.#mask = this.#slots - 1;
    this.#sent = new Float64Array(this.#slots);
    this.#intended = this.#sameTimes ? this.#sent : new Float64Array(this.#slots);
    this.#size = new Uint32Array(this.#slots);
    for (let sequence = Math.max(0, this.#next - length); sequence < this.#next; sequence++) {
      const from = sequence & (length - 1);
      const to = this.#slot(sequence);
      this.#sent[to] = sent[from]!;
      this.#intended[to] = intended[from]!;
      this.#size[to] = size[from]!;
    }
  }

  #retire(sequence: number, i: number): void {
    this.#old.set(sequence, {
      intendedNs: this.#intended[i]!,
      sentNs: this.#sent[i]!,
      sizeBytes: this.#size[i]!,
    });
  }

  /** Bits beyond 2^32 are cut off by `&`, and the mask is smaller than that. */
  #slot(sequence: number): number {
    return sequence & this.#mask;
  }
}

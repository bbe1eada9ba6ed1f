/**
 * When each unsettled message of one lane was due and sent. A ring, because sequences are dense; a message
 * that stays unsettled while the ring comes round moves to a map.
 */
export class InFlight {
  /** Of the message that `take` found last. */
  intendedNs = 0;
  sentNs = 0;
  sizeBytes = 0;
  readonly #mask: number;
  readonly #intended: Float64Array;
  readonly #sent: Float64Array;
  /** 0: the slot is free. */
  readonly #size: Uint32Array;
  readonly #sequence: Float64Array;
  readonly #old = new Map<number, { intendedNs: number; sentNs: number; sizeBytes: number }>();

  constructor(maxInFlight: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(64, maxInFlight * 2)));
    this.#mask = slots - 1;
    this.#intended = new Float64Array(slots);
    this.#sent = new Float64Array(slots);
    this.#size = new Uint32Array(slots);
    this.#sequence = new Float64Array(slots);
  }

  put(sequence: number, intendedNs: number, sentNs: number, sizeBytes: number): void {
    const i = sequence & this.#mask;
    if (this.#size[i] !== 0)
      this.#old.set(this.#sequence[i]!, {
        intendedNs: this.#intended[i]!,
        sentNs: this.#sent[i]!,
        sizeBytes: this.#size[i]!,
      });
    this.#sequence[i] = sequence;
    this.#intended[i] = intendedNs;
    this.#sent[i] = sentNs;
    this.#size[i] = sizeBytes;
  }

  /** Finds and removes; false when this sequence is not in flight. */
  take(sequence: number): boolean {
    const i = sequence & this.#mask;
    if (this.#size[i] !== 0 && this.#sequence[i] === sequence) {
      this.intendedNs = this.#intended[i]!;
      this.sentNs = this.#sent[i]!;
      this.sizeBytes = this.#size[i]!;
      this.#size[i] = 0;
      return true;
    }
    const old = this.#old.get(sequence);
    if (old === undefined) return false;
    this.#old.delete(sequence);
    ({ intendedNs: this.intendedNs, sentNs: this.sentNs, sizeBytes: this.sizeBytes } = old);
    return true;
  }

  /** The sequences that are in flight, in no particular order. */
  remaining(): number[] {
    const rest = [...this.#old.keys()];
    for (let i = 0; i <= this.#mask; i++) if (this.#size[i] !== 0) rest.push(this.#sequence[i]!);
    return rest;
  }
}

const FIELDS = 3;

/** Where transactions began since the last shipment: `[lane, first sequence, transaction]` each. */
export class TransactionLog {
  #rows: number[] = [];

  /** @param first by partition: the sequence that the producer's next message gets there */
  add(firstLane: number, first: readonly number[], transaction: number): void {
    first.forEach((sequence, partition) => {
      this.#rows.push(firstLane + partition, sequence, transaction);
    });
  }

  /** Everything since the last call, or undefined for nothing. */
  take(): Buffer | undefined {
    if (this.#rows.length === 0) return undefined;
    const out = Buffer.from(Float64Array.from(this.#rows).buffer);
    this.#rows = [];
    return out;
  }
}

/** Calls `on` for each row of a shipped log. */
export function readTransactions(
  payload: Buffer,
  on: (lane: number, from: number, transaction: number) => void,
): void {
  const value = (at: number): number => payload.readDoubleLE(at * 8);
  for (let at = 0; at < payload.length / 8; at += FIELDS) on(value(at), value(at + 1), value(at + 2));
}

/** One number for each transaction of a run, whoever its producer is. */
export function transactionNumber(producers: number, producer: number, nth: number): number {
  return nth * producers + producer;
}

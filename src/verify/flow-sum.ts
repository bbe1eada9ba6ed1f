import type { Flow, FlowLine, MomentRow } from "../model/flow.ts";

/** Adds up what agents ship into one {@link Flow}. */
export class FlowSum implements Flow {
  readonly bucketNs: number;
  readonly sent = new Line();
  readonly acked = new Line();
  readonly failed = new Line();
  readonly seen = new Line();
  readonly again = new Line();

  constructor(bucketNs: number) {
    this.bucketNs = bucketNs;
  }

  /**
   * One agent's shipment.
   * @param repeats how many of its first sights another agent had seen before, as the ledger found. Which ones, the
   * ledger cannot say: the first ones with a sign of redelivery, and then the last ones without
   */
  add(rows: readonly MomentRow[], repeats: number): void {
    for (const row of rows) if (row.kind !== "marked") this[row.kind].add(row);
    let left = repeats;
    const correct = ({ bucket, count, firstNs, lastNs }: MomentRow): void => {
      const n = Math.min(left, count, this.seen.count[bucket] ?? 0);
      if (n === 0) return;
      left -= n;
      this.seen.count[bucket]! -= n;
      this.again.add({ bucket, count: n, firstNs, lastNs, worstNs: 0 });
    };
    for (const row of rows) if (row.kind === "marked") correct(row);
    for (const row of rows.toReversed()) if (row.kind === "seen") correct(row);
  }
}

class Line implements FlowLine {
  readonly count: number[] = [];
  readonly firstNs: number[] = [];
  readonly lastNs: number[] = [];
  readonly worstNs: number[] = [];

  add({ bucket, count, firstNs, lastNs, worstNs }: Omit<MomentRow, "kind">): void {
    while (this.count.length <= bucket) {
      this.count.push(0);
      this.firstNs.push(Number.POSITIVE_INFINITY);
      this.lastNs.push(Number.NEGATIVE_INFINITY);
      this.worstNs.push(0);
    }
    this.count[bucket]! += count;
    this.firstNs[bucket] = Math.min(this.firstNs[bucket]!, firstNs);
    this.lastNs[bucket] = Math.max(this.lastNs[bucket]!, lastNs);
    this.worstNs[bucket] = Math.max(this.worstNs[bucket]!, worstNs);
  }
}

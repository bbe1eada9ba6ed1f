import type { Answer, Consumer, Deliveries } from "../driver.ts";

export const LIES = ["drop", "copy", "swap", "corrupt", "foreign"] as const;
export type LieKind = (typeof LIES)[number];

/**
 * One way to mistreat some deliveries, so that tests can see whether it is noticed.
 * `drop`: acknowledged but not handed over. `copy`: handed over twice, without a sign. `swap`: exchanged with
 * the next one of its partition. `corrupt`: one bit is flipped. `foreign`: `body` is handed over before it.
 */
export interface Lie {
  readonly kind: LieKind;
  /** Every n-th delivery, from the n-th on; 0: only those in `at`. */
  readonly every: number;
  /** Which deliveries, the first being 1. */
  readonly at: ReadonlySet<number>;
  readonly body?: Buffer;
}

/** A consumer's callbacks and the consumer, with lies in between. */
export interface Liar {
  /** What the honest consumer is given. */
  readonly deliveries: Deliveries;
  /** Wraps the honest consumer: tags are numbered anew. */
  consumer(inner: Consumer): Consumer;
}

/** @param counter deliveries so far; shared by the consumers over which positions are counted */
export function liar(lies: readonly Lie[], counter: { count: number }, on: Deliveries): Liar {
  let honest: Consumer | undefined;
  let next = 0;
  let low = 0;
  /** Our tag → the honest one, or -1 for what was never delivered to us. */
  const inner = new Map<number, number>();
  const early: (() => void)[] = [];
  let held: Held | undefined;

  const hit = (kind: LieKind) => lies.find((l) => l.kind === kind && strikes(l, counter.count));
  const hand = (m: Held) => {
    inner.set(next, m.tag);
    on.message(m.bytes, 0, m.bytes.length, next++, m.partition, m.offset, m.redelivered);
  };
  const settleInner = (tag: number, answer: Answer) => {
    const answerIt = () => honest?.answer(tag, answer, false);
    // A delivery may come before the consumer that is to answer it.
    if (honest) answerIt();
    else early.push(answerIt);
  };
  const release = () => {
    if (held === undefined) return;
    clearTimeout(held.timer);
    const m = held;
    held = undefined;
    hand(m);
  };

  return {
    deliveries: {
      begin: () => on.begin(),
      end: () => on.end(),
      event: (kind, detail) => on.event(kind, detail),
      message(bytes, start, end, tag, partition, offset, redelivered) {
        counter.count += 1;
        const m: Held = { bytes: bytes.subarray(start, end), tag, partition, offset, redelivered };
        const foreign = hit("foreign");
        if (foreign?.body) hand({ ...m, bytes: foreign.body, tag: -1 });
        if (hit("drop")) return settleInner(tag, "ack");
        if (hit("corrupt")) {
          // A copy: other subscriptions may read the same bytes.
          m.bytes = Buffer.from(m.bytes);
          m.bytes[m.bytes.length - 1]! ^= 1;
        }
        if (hit("swap") && held === undefined) {
          m.bytes = Buffer.from(m.bytes);
          m.timer = setTimeout(() => {
            on.begin();
            release();
            on.end();
          }, HOLD_MS);
          held = m;
          return;
        }
        hand(m);
        if (hit("copy")) hand({ ...m, tag: -1 });
        if (held?.partition === partition) release();
      },
    },
    consumer(consumer) {
      honest = consumer;
      for (const answerIt of early.splice(0)) answerIt();
      return {
        answer(tag, answer, upTo) {
          // One by one: after a swap "up to" means something else to the honest consumer.
          for (let t = upTo ? low : tag; t <= tag; t++) {
            const theirs = inner.get(t);
            if (theirs !== undefined && theirs >= 0) consumer.answer(theirs, answer, false);
            inner.delete(t);
          }
          while (low < next && !inner.has(low)) low += 1;
        },
        flush: () => consumer.flush(),
        async close() {
          clearTimeout(held?.timer);
          held = undefined;
          await consumer.close();
        },
      };
    },
  };
}

interface Held {
  bytes: Buffer;
  readonly tag: number;
  readonly partition: number;
  readonly offset: number;
  readonly redelivered: number;
  timer?: NodeJS.Timeout;
}

/** A held message whose partition falls silent is handed over after this long, and no swap took place. */
const HOLD_MS = 200;

function strikes(lie: Lie, n: number): boolean {
  return lie.at.has(n) || (lie.every > 0 && n % lie.every === 0);
}

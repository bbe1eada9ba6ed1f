import type { Consumer, Deliveries } from "../../src/drivers/driver.ts";
import { createBody } from "../../src/load/body.ts";
import { createStamp } from "../../src/load/envelope.ts";

/**
 * `drop`: acknowledged but not handed over. `copy`: handed over twice, without a sign. `echo`: handed over again
 * when the first sight is long on record. `swap`: exchanged with the next one. `flip`: with one bit changed, at
 * another place each time. `late`: handed over {@link LATE_BY} places later. `foreign`: a message of another run
 * comes before it.
 */
export const LIES = ["drop", "copy", "echo", "swap", "flip", "late", "foreign"] as const;
export type LieKind = (typeof LIES)[number];

/** How many lies of each kind were really told. */
export type Tale = Record<LieKind, number>;

/** Messages that overtake a late one. */
export const LATE_BY = 5;
/** An echo comes after this long: sights are recorded every 100 ms while a run drains, which lasts a second or more. */
const ECHO_MS = 500;
/** What is held back when the stream falls silent comes after this long; unless something passed it, it was no lie. */
const HOLD_MS = 1000;

const GOLDEN = (Math.sqrt(5) - 1) / 2;

export const noTale = (): Tale => ({ drop: 0, copy: 0, echo: 0, swap: 0, flip: 0, late: 0, foreign: 0 });

interface Held {
  readonly kind: "swap" | "late";
  readonly bytes: Buffer;
  readonly hand: (bytes: Buffer) => void;
  readonly timer: NodeJS.Timeout;
  left: number;
}

/**
 * Lies between an honest consumer and the harness. For streams of one partition and one producer, where each
 * lie is an anomaly of its own; while one message is held back no other is lied about.
 * @param kindAt the lie about the n-th delivery, from 1, if any
 * @param tale is counted up
 */
export function liar(kindAt: (n: number) => LieKind | undefined, tale: Tale, on: Deliveries) {
  let honest: Consumer | undefined;
  let count = 0;
  let held: Held | undefined;
  /** The next tag of ours; ours → theirs, where there is one. */
  let next = 0;
  let answered = 0;
  const theirs = new Map<number, number>();
  /** Their tags that are answered, from `low` on; below it all are. */
  const done = new Set<number>();
  let low = 0;
  const echoes = new Set<NodeJS.Timeout>();

  const answerTheirs = (): void => {
    const before = low;
    while (done.delete(low)) low++;
    if (low > before) honest?.answer(low - 1, "ack", true);
  };
  const release = (isLie: boolean): void => {
    if (held === undefined) return;
    clearTimeout(held.timer);
    const { kind, hand, bytes } = held;
    held = undefined;
    if (isLie) tale[kind]++;
    hand(bytes);
  };

  const deliveries: Deliveries = {
    begin: () => on.begin(),
    end: () => on.end(),
    event: (kind, detail) => on.event(kind, detail),
    message(bytes, start, end, tag, partition, offset, redelivered) {
      count++;
      const kind = held === undefined ? kindAt(count) : undefined;
      const hand = (b: Buffer, from = 0, to = b.length, isTheirs = true): void => {
        if (isTheirs) theirs.set(next, tag);
        on.message(b, from, to, next++, partition, offset, redelivered);
      };
      switch (kind) {
        case "drop":
          tale.drop++;
          done.add(tag);
          return answerTheirs();
        case "swap":
        case "late": {
          const left = kind === "swap" ? 1 : LATE_BY;
          const timer = setTimeout(() => {
            on.begin();
            release(held !== undefined && held.left < left);
            on.end();
          }, HOLD_MS);
          held = { kind, bytes: Buffer.from(bytes.subarray(start, end)), hand, timer, left };
          return;
        }
        case "flip": {
          const damaged = Buffer.from(bytes.subarray(start, end));
          // Golden ratio: few places are spread out already, over head and body.
          const bit = Math.floor(((++tale.flip * GOLDEN) % 1) * damaged.length * 8);
          damaged[bit >>> 3]! ^= 1 << (bit & 7);
          return hand(damaged);
        }
        case "foreign":
          tale.foreign++;
          hand(strange(bytes, start, end), undefined, undefined, false);
          break;
      }
      hand(bytes, start, end);
      if (kind === "copy") {
        tale.copy++;
        hand(bytes, start, end, false);
      }
      if (kind === "echo") {
        const again = Buffer.from(bytes.subarray(start, end));
        const timer = setTimeout(() => {
          echoes.delete(timer);
          tale.echo++;
          on.begin();
          hand(again, 0, again.length, false);
          on.end();
        }, ECHO_MS);
        echoes.add(timer);
      }
      if (held !== undefined && --held.left === 0) release(true);
    },
  };

  return {
    deliveries,
    consumer(consumer: Consumer): Consumer {
      honest = consumer;
      return {
        answer(tag, answer, upTo) {
          for (let t = upTo ? answered : tag; t <= tag; t++) {
            const inner = theirs.get(t);
            theirs.delete(t);
            if (inner === undefined) continue;
            // What is held back must not keep the answers of those that overtake it: they might be all of
            // the prefetch.
            if (answer !== "ack" || held !== undefined) consumer.answer(inner, answer, false);
            done.add(inner);
          }
          while (answered < next && !theirs.has(answered)) answered++;
          answerTheirs();
        },
        flush: () => consumer.flush(),
        async close() {
          clearTimeout(held?.timer);
          held = undefined;
          for (const timer of echoes) clearTimeout(timer);
          await consumer.close();
        },
      };
    },
  };
}

const body = createBody(7, 0, 1 << 16);

/** A sound message of the run next door, for the same lane and sequence. */
function strange(bytes: Buffer, start: number, end: number): Buffer {
  const its = Buffer.from(bytes.subarray(start, end));
  createStamp((its.readUInt32LE(4) ^ 1) >>> 0, body).write(its, 0, its.length, {
    lane: its.readUInt32LE(8),
    sequence: its.readUInt32LE(12),
    intendedNs: its.readDoubleLE(24),
    sentNs: its.readDoubleLE(32),
    key: -1,
  });
  return its;
}

import type { Body } from "./body.ts";
import { Views } from "./views.ts";

/**
 * The stamp at the start of every message body, little-endian:
 *
 * | at | size | what |
 * |---|---|---|
 * | 0 | 2 | magic 0x514d, "MQ" |
 * | 2 | 1 | version, 1 |
 * | 3 | 1 | flags: 1 = a key part follows |
 * | 4 | 4 | run |
 * | 8 | 4 | lane |
 * | 12 | 4 | sequence, low 32 bits |
 * | 16 | 2 | sequence, high 16 bits |
 * | 18 | 2 | reserved, 0 |
 * | 20 | 4 | size of the whole message, bytes |
 * | 24 | 8 | intended time, float64 ns since the run's start |
 * | 32 | 8 | send time, the same |
 * | 40 | 4 | check over the 10 words before and the key part |
 * | 44 | 4 | key number, only with flag 1 |
 *
 * It is in the body because headers halve RabbitMQ's rate. The rest of the message is a slice of the run's
 * pattern ({@link Body}), compared byte by byte on arrival.
 */
export const ENVELOPE_BYTES = 44;
export const KEYED_ENVELOPE_BYTES = 48;

const MAGIC_VERSION = 0x0001514d;
const FLAG_KEY = 1 << 24;

/** Writes envelopes and bodies. */
export interface Stamp {
  write(into: Uint8Array, at: number, sizeBytes: number, m: Stamped): void;
}

export interface Stamped {
  lane: number;
  sequence: number;
  intendedNs: number;
  sentNs: number;
  /** Key number, or -1. */
  key: number;
}

export function createStamp(run: number, body: Body): Stamp {
  const views = new Views();
  const plain = opening(MAGIC_VERSION, run);
  const keyed = opening(MAGIC_VERSION | FLAG_KEY, run);
  return {
    write(into, at, sizeBytes, m) {
      const viewed = views.of(into);
      const { view } = viewed;
      const { lane, sequence, key } = m;
      const o = viewed.base + at;
      const isKeyed = key >= 0;
      view.setUint32(o, isKeyed ? MAGIC_VERSION | FLAG_KEY : MAGIC_VERSION, true);
      view.setUint32(o + 4, run, true);
      view.setUint32(o + 8, lane, true);
      view.setUint32(o + 12, sequence, true);
      view.setUint32(o + 16, sequence / 2 ** 32, true);
      view.setUint32(o + 20, sizeBytes, true);
      view.setFloat64(o + 24, m.intendedNs, true);
      view.setFloat64(o + 32, m.sentNs, true);
      let head = ENVELOPE_BYTES;
      let sum = check(isKeyed ? keyed : plain, view, o);
      if (isKeyed) {
        head = KEYED_ENVELOPE_BYTES;
        view.setUint32(o + ENVELOPE_BYTES, key, true);
        sum = mix(sum, key);
      }
      view.setUint32(o + 40, sum, true);
      body.copy(body.place(lane, sequence), viewed, at + head, sizeBytes - head);
    },
  };
}

/** Reads and checks envelopes and bodies; the fields hold the message read last. */
export class Reader {
  lane = 0;
  sequence = 0;
  intendedNs = 0;
  sentNs = 0;
  /** Key number, or -1. */
  key = -1;
  readonly #views = new Views();
  readonly #run: number;
  readonly #body: Body;
  readonly #plain: number;
  readonly #keyed: number;

  constructor(run: number, body: Body) {
    this.#run = run;
    this.#body = body;
    this.#plain = opening(MAGIC_VERSION, run);
    this.#keyed = opening(MAGIC_VERSION | FLAG_KEY, run);
  }

  /** `ok`: it is exactly what was sent; `foreign`: another run's; `corrupt`: no sender wrote this. */
  read(bytes: Uint8Array, start: number, end: number): "ok" | "foreign" | "corrupt" {
    const size = end - start;
    if (size < ENVELOPE_BYTES) return "corrupt";
    const viewed = this.#views.of(bytes);
    const { view } = viewed;
    const o = viewed.base + start;
    const head = view.getUint32(o, true);
    const run = view.getUint32(o + 4, true);
    let headBytes = ENVELOPE_BYTES;
    let sum: number;
    let key = -1;
    if (head === MAGIC_VERSION) {
      sum = check(run === this.#run ? this.#plain : opening(head, run), view, o);
    } else if (head === (MAGIC_VERSION | FLAG_KEY)) {
      headBytes = KEYED_ENVELOPE_BYTES;
      if (size < headBytes) return "corrupt";
      sum = check(run === this.#run ? this.#keyed : opening(head, run), view, o);
      key = view.getUint32(o + ENVELOPE_BYTES, true);
      sum = mix(sum, key);
    } else return "corrupt";
    if (view.getInt32(o + 40, true) !== sum) return "corrupt";
    if (run !== this.#run) return "foreign";
    const lane = view.getUint32(o + 8, true);
    const sequence = view.getUint32(o + 12, true) + view.getUint32(o + 16, true) * 2 ** 32;
    this.lane = lane;
    this.sequence = sequence;
    this.key = key;
    this.intendedNs = view.getFloat64(o + 24, true);
    this.sentNs = view.getFloat64(o + 32, true);
    if (view.getUint32(o + 20, true) !== size) return "corrupt";
    const place = this.#body.place(lane, sequence);
    return this.#body.matches(place, viewed, start + headBytes, size - headBytes) ? "ok" : "corrupt";
  }
}

/**
 * Multiply-xor over the words. Every step is invertible, so damage inside one word always changes the
 * result; damage to several goes unseen once in 2^32. The first two words are the same in all messages of a
 * run: where the sum stands after them is computed once.
 */
function opening(head: number, run: number): number {
  return mix(mix(0x811c9dc5, head), run);
}

/** The sum over the words from the lane to the send time, begun with `opening`. */
function check(h: number, view: DataView, o: number): number {
  let sum = h;
  for (let i = 8; i < 40; i += 4) sum = mix(sum, view.getInt32(o + i, true));
  return sum;
}

function mix(h: number, word: number): number {
  const m = Math.imul(h ^ word, 0x85ebca6b);
  return m ^ (m >>> 15);
}

import type { Body } from "./body.ts";

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

/** Writes envelopes and bodies. Keeps the view of the buffer it last wrote to: one per message would cost more than the stamp. */
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
  let buffer: ArrayBufferLike | undefined;
  let view: DataView;
  return {
    write(into, at, sizeBytes, m) {
      if (into.buffer !== buffer) {
        buffer = into.buffer;
        view = new DataView(buffer);
      }
      const o = into.byteOffset + at;
      view.setUint32(o, m.key >= 0 ? MAGIC_VERSION | FLAG_KEY : MAGIC_VERSION, true);
      view.setUint32(o + 4, run, true);
      view.setUint32(o + 8, m.lane, true);
      view.setUint32(o + 12, m.sequence, true);
      view.setUint32(o + 16, m.sequence / 2 ** 32, true);
      view.setUint32(o + 20, sizeBytes, true);
      view.setFloat64(o + 24, m.intendedNs, true);
      view.setFloat64(o + 32, m.sentNs, true);
      let head = ENVELOPE_BYTES;
      if (m.key >= 0) {
        view.setUint32(o + ENVELOPE_BYTES, m.key, true);
        head = KEYED_ENVELOPE_BYTES;
      }
      view.setUint32(o + 40, check(view, o, head), true);
      const place = body.place(m.lane, m.sequence);
      body.pattern.copy(into, at + head, place, place + sizeBytes - head);
    },
  };
}

/** Reads and checks envelopes and bodies; the fields hold the message read last. */
export class Reader {
  lane = 0;
  sequence = 0;
  intendedNs = 0;
  sentNs = 0;
  #buffer: ArrayBufferLike | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #run: number;
  readonly #body: Body;

  constructor(run: number, body: Body) {
    this.#run = run;
    this.#body = body;
  }

  /** `ok`: it is exactly what was sent; `foreign`: another run's; `corrupt`: no sender wrote this. */
  read(bytes: Buffer, start: number, end: number): "ok" | "foreign" | "corrupt" {
    const size = end - start;
    if (size < ENVELOPE_BYTES) return "corrupt";
    if (bytes.buffer !== this.#buffer) {
      this.#buffer = bytes.buffer;
      this.#view = new DataView(bytes.buffer);
    }
    const view = this.#view;
    const o = bytes.byteOffset + start;
    const head = view.getUint32(o, true);
    if ((head & ~FLAG_KEY) !== MAGIC_VERSION) return "corrupt";
    const headBytes = head & FLAG_KEY ? KEYED_ENVELOPE_BYTES : ENVELOPE_BYTES;
    if (size < headBytes || view.getUint32(o + 40, true) !== check(view, o, headBytes)) return "corrupt";
    if (view.getUint32(o + 4, true) !== this.#run) return "foreign";
    this.lane = view.getUint32(o + 8, true);
    this.sequence = view.getUint32(o + 12, true) + view.getUint32(o + 16, true) * 2 ** 32;
    this.intendedNs = view.getFloat64(o + 24, true);
    this.sentNs = view.getFloat64(o + 32, true);
    if (view.getUint32(o + 20, true) !== size) return "corrupt";
    const from = start + headBytes;
    const place = this.#body.place(this.lane, this.sequence);
    return bytes.compare(this.#body.pattern, place, place + end - from, from, end) === 0 ? "ok" : "corrupt";
  }
}

/**
 * Multiply-xor over the words. Every step is invertible, so damage inside one word always changes the
 * result; damage to several goes unseen once in 2^32.
 */
function check(view: DataView, o: number, headBytes: number): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < 40; i += 4) h = mix(h, view.getUint32(o + i, true));
  if (headBytes === KEYED_ENVELOPE_BYTES) h = mix(h, view.getUint32(o + ENVELOPE_BYTES, true));
  return h >>> 0;
}

function mix(h: number, word: number): number {
  const m = Math.imul(h ^ word, 0x85ebca6b);
  return m ^ (m >>> 15);
}

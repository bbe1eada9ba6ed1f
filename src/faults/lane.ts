import type { Socket } from "node:net";

/** What happens to the bytes of one direction just now. */
export type Effect =
  | { readonly kind: "hold" }
  | { readonly kind: "delay"; readonly byNs: number }
  | { readonly kind: "slow"; readonly bytesPerS: number }
  | { readonly kind: "swallow" };

/** What one lane may look at and has to tell. */
export interface LaneContext {
  /** The effect in force, if any. */
  effect(): Effect | undefined;
  nowNs(): number;
  /** Bytes that did not go on at once. */
  affected(bytes: number): void;
}

/** What is held in memory for one direction of one connection; beyond it the sender feels the fault itself. */
const HELD_BYTES = 1024 ** 2;
/** Slow traffic goes on in pieces of this much time. */
const PIECE_S = 0.02;

interface Held {
  readonly bytes: Buffer;
  /** When it may go on; infinity: when told. */
  dueNs: number;
}

/** One direction of one connection: passes bytes on in their order, at once or as a fault has it. */
export class Lane {
  /** Bytes were swallowed: what comes now would make no sense to who receives it. */
  isTorn = false;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #context: LaneContext;
  #held: Held[] = [];
  #heldBytes = 0;
  #lastDueNs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isFull = false;
  #isWaiting = false;
  #hasEnded = false;

  constructor(from: Socket, to: Socket, context: LaneContext) {
    this.#from = from;
    this.#to = to;
    this.#context = context;
    to.on("drain", () => {
      this.#isFull = false;
      this.#flow();
    });
  }

  push(bytes: Buffer): void {
    const effect = this.#context.effect();
    if (effect?.kind === "swallow") {
      this.isTorn = true;
      this.#context.affected(bytes.length);
      return;
    }
    if (effect === undefined && this.#held.length === 0) {
      this.#write(bytes);
      return;
    }
    // Copied: the socket uses its buffer again.
    if (effect !== undefined) this.#context.affected(bytes.length);
    if (effect?.kind === "slow") {
      const piece = Math.max(1, Math.floor(effect.bytesPerS * PIECE_S));
      for (let at = 0; at < bytes.length; at += piece) this.#hold(bytes.subarray(at, at + piece), effect);
    } else this.#hold(bytes, effect);
    this.#arm();
    this.#flow();
  }

  /** The sender will send no more. */
  end(): void {
    this.#hasEnded = true;
    if (this.#held.length === 0) this.#to.end();
  }

  /** The sender has to wait, because what it sent is still being looked at. */
  wait(isWaiting: boolean): void {
    this.#isWaiting = isWaiting;
    this.#flow();
  }

  /** A hold or a slow time is over: what waited goes on at once. A delayed byte keeps its delay. */
  release(): void {
    for (const held of this.#held) held.dueNs = 0;
    this.#lastDueNs = 0;
    this.#drain();
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#held = [];
    this.#heldBytes = 0;
  }

  #hold(bytes: Buffer, effect: Effect | undefined): void {
    const now = this.#context.nowNs();
    let dueNs = Math.max(this.#lastDueNs, now);
    if (effect?.kind === "hold") dueNs = Number.POSITIVE_INFINITY;
    if (effect?.kind === "delay") dueNs = Math.max(this.#lastDueNs, now + effect.byNs);
    if (effect?.kind === "slow") dueNs += (bytes.length / effect.bytesPerS) * 1e9;
    this.#lastDueNs = dueNs;
    this.#held.push({ bytes: Buffer.from(bytes), dueNs });
    this.#heldBytes += bytes.length;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const [first] = this.#held;
    if (first === undefined || first.dueNs === Number.POSITIVE_INFINITY) return;
    const ms = Math.max(0, Math.ceil((first.dueNs - this.#context.nowNs()) / 1e6));
    this.#timer = setTimeout(() => this.#drain(), ms);
  }

  #drain(): void {
    const now = this.#context.nowNs();
    let gone = 0;
    for (const { bytes, dueNs } of this.#held) {
      if (dueNs > now) break;
      gone++;
      this.#heldBytes -= bytes.length;
      this.#write(bytes);
    }
    this.#held.splice(0, gone);
    if (this.#held.length === 0) {
      this.#lastDueNs = 0;
      if (this.#hasEnded) this.#to.end();
    }
    this.#arm();
    this.#flow();
  }

  #write(bytes: Buffer): void {
    if (this.#to.writable && !this.#to.write(bytes)) {
      this.#isFull = true;
      this.#flow();
    }
  }

  #flow(): void {
    if (this.#isFull || this.#isWaiting || this.#heldBytes >= HELD_BYTES) this.#from.pause();
    else this.#from.resume();
  }
}

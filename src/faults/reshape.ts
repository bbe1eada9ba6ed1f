import type { Address } from "./address.ts";

/** What of a stream of bytes may go on, after a protocol was looked at. */
export interface Reshaped {
  readonly out: readonly Buffer[];
  /** Addresses that need a listener before `rest` can be looked at again. */
  readonly missing?: readonly Address[];
  /** Bytes that are to be given once more. */
  readonly rest?: Buffer;
  /** The answer that was to be lost begins here: nothing may follow. */
  readonly isCut?: boolean;
}

/** What the two directions of one connection say, as far as the proxy has to understand it. */
export interface Dialogue {
  /** Sees what a client sends; it goes on as it is. */
  fromClient(bytes: Buffer): void;
  fromBroker(bytes: Buffer): Reshaped;
}

export interface DialogueContext {
  /** Where clients find that broker; undefined: nowhere yet. */
  addressFor(broker: Address): Address | undefined;
  /** The next answer to a published message shall be lost. */
  wantsAnswerLost(): boolean;
}

/** Bytes of no protocol in particular. */
export const plainDialogue: Dialogue = {
  fromClient() {},
  fromBroker: (bytes) => ({ out: [bytes] }),
};

/**
 * What becomes of the frame at the start of some bytes: its next `pass` bytes go on as they come; `becomes` goes on
 * instead of its first `bytes`; it waits for listeners; `more` of it is needed; it is the answer that is to be lost.
 */
export type FrameStep =
  | { readonly pass: number }
  | { readonly becomes: Buffer; readonly bytes: number }
  | { readonly missing: readonly Address[] }
  | "more"
  | "lost";

/** Frame by frame, however the bytes are cut up. */
export function reframe(step: (bytes: Buffer) => FrameStep): (chunk: Buffer) => Reshaped {
  /** The start of a frame that cannot go on yet. */
  let head: Buffer = Buffer.alloc(0);
  /** Bytes of the current frame that are still to come. */
  let left = 0;
  return (chunk) => {
    const out: Buffer[] = [];
    let bytes: Buffer = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    head = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (left > 0) {
        const part = bytes.subarray(0, left);
        left -= part.length;
        out.push(part);
        bytes = bytes.subarray(part.length);
        continue;
      }
      const next = step(bytes);
      if (next === "lost") return { out, isCut: true };
      if (next === "more") {
        head = Buffer.from(bytes);
        break;
      }
      if ("missing" in next) return { out, missing: next.missing, rest: Buffer.from(bytes) };
      if ("pass" in next) left = next.pass;
      else {
        out.push(next.becomes);
        bytes = bytes.subarray(next.bytes);
      }
    }
    return { out };
  };
}

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

import { type Dialogue, type DialogueContext, reframe } from "./reshape.ts";

/**
 * AMQP 0-9-1 as a broker speaks it: frames of type (1), channel (2), size (4), payload and an end byte; the
 * payload of a method (type 1) begins with its class and number (specification, 2.3.5 and 2.3.5.1).
 */
const HEADER_BYTES = 7;
const METHOD = 1;
const METHOD_ID_BYTES = 4;
/** basic.ack and basic.nack: what a broker answers to published messages (class 60, methods 80 and 120). */
const CONFIRMS: ReadonlySet<number> = new Set([(60 << 16) | 80, (60 << 16) | 120]);

/** Names no addresses; the answer to a published message is its confirm. */
export function amqpDialogue(context: DialogueContext): Dialogue {
  return {
    fromClient() {},
    fromBroker: reframe((bytes) => {
      // A heartbeat is shorter than a method, and whole.
      const isKnown = bytes.length >= HEADER_BYTES && bytes[0] !== METHOD;
      if (!isKnown && bytes.length < HEADER_BYTES + METHOD_ID_BYTES) return "more";
      const isConfirm = bytes[0] === METHOD && CONFIRMS.has(bytes.readUInt32BE(HEADER_BYTES));
      if (isConfirm && context.wantsAnswerLost()) return "lost";
      return { pass: HEADER_BYTES + bytes.readUInt32BE(3) + 1 };
    }),
  };
}

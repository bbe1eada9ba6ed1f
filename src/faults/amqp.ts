import type { Dialogue, DialogueContext, Reshaped } from "./reshape.ts";

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
  /** The start of a frame that is not whole enough to say what it is. */
  let head: Buffer = Buffer.alloc(0);
  /** Bytes of the current frame that are still to come. */
  let left = 0;
  return {
    fromClient() {},
    fromBroker(chunk): Reshaped {
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
        if (bytes.length < HEADER_BYTES + METHOD_ID_BYTES) {
          // A heartbeat is shorter than that, and whole.
          if (bytes.length < HEADER_BYTES || bytes[0] === METHOD) {
            head = Buffer.from(bytes);
            break;
          }
        }
        const isConfirm = bytes[0] === METHOD && CONFIRMS.has(bytes.readUInt32BE(HEADER_BYTES));
        if (isConfirm && context.wantsAnswerLost()) return { out, isCut: true };
        left = HEADER_BYTES + bytes.readUInt32BE(3) + 1;
      }
      return { out };
    },
  };
}

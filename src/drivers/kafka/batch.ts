import type { Message } from "kafkajs";
import type { MessageHead, MessageSource } from "../driver.ts";

/** Messages of one partition that share a produce request. Used again after {@link Batch.reset}. */
export interface Batch {
  readonly lane: number;
  readonly partition: number;
  /** Sequence of the first message. */
  readonly from: number;
  readonly count: number;
  /** When it must no longer wait for others, ms of `performance.now()`. */
  readonly dueAtMs: number;
  /** Whether the message may join: the next of the lane, and room for it. */
  fits(head: MessageHead, limitBytes: number): boolean;
  /** Takes the message last peeked at. */
  add(head: MessageHead, source: MessageSource): void;
  messages(): Message[];
  reset(head: MessageHead, dueAtMs: number): void;
}

/** Upper bounds of what Kafka's record format v2 adds to a batch and to each record, key's length included. */
const BATCH_OVERHEAD_BYTES = 61;
const RECORD_OVERHEAD_BYTES = 36;

/** Largest piece of memory that is kept; longer messages get one of their own. */
const CHUNK_BYTES = 65_536;

type Slot = Message & { value: Buffer; partition: number };

/** The memory of a batch belongs to it, so that the views of equally long messages stay right for the next use. */
export function createBatch(groupedAlready: boolean): Batch {
  const chunks: Buffer[] = [];
  const slots: Slot[] = [];
  let lane = 0;
  let partition = 0;
  let from = 0;
  let count = 0;
  let bytes = BATCH_OVERHEAD_BYTES;
  let dueAtMs = 0;
  let chunk = 0;
  let used = 0;

  /** Memory for the next message, in the slot that kafkajs will read. */
  const place = (sizeBytes: number): Buffer => {
    if (sizeBytes > CHUNK_BYTES) return Buffer.allocUnsafeSlow(sizeBytes);
    if (used + sizeBytes > CHUNK_BYTES) {
      chunk++;
      used = 0;
    }
    const memory = chunks[chunk] ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    chunks[chunk] = memory;
    const at = used;
    used += sizeBytes;
    const old = slots[count]?.value;
    return old?.length === sizeBytes && old.byteOffset === at && old.buffer === memory.buffer
      ? old
      : memory.subarray(at, at + sizeBytes);
  };

  return {
    get lane() {
      return lane;
    },
    get partition() {
      return partition;
    },
    get from() {
      return from;
    },
    get count() {
      return count;
    },
    get dueAtMs() {
      return dueAtMs;
    },
    fits: (head, limitBytes) =>
      head.sequence === from + count &&
      bytes + head.sizeBytes + (head.key?.length ?? 0) + RECORD_OVERHEAD_BYTES <= limitBytes,
    add(head, source) {
      const value = place(head.sizeBytes);
      const key = head.key ?? null;
      bytes += head.sizeBytes + (key?.length ?? 0) + RECORD_OVERHEAD_BYTES;
      source.write(value, 0);
      const slot = slots[count];
      if (slot) {
        slot.key = key;
        slot.value = value;
        slot.partition = partition;
      } else slots.push({ key, value, partition });
      count++;
    },
    messages() {
      const messages = slots.slice(0, count);
      return groupedAlready ? grouped(messages, partition) : messages;
    },
    reset(head, due) {
      lane = head.lane;
      partition = head.partition;
      from = head.sequence;
      dueAtMs = due;
      count = 0;
      bytes = BATCH_OVERHEAD_BYTES;
      chunk = 0;
      used = 0;
    },
  };
}

/**
 * kafkajs sorts the messages of a request by partition with `messages.reduce`, copying the list once for
 * each message: a cost of n²/2 that is most of its time from a few hundred messages on
 * (src/producer/groupMessagesPerPartition.js). All of a batch go to one partition: that is answered at once.
 */
function grouped(messages: Message[], partition: number): Message[] {
  return Object.defineProperty(messages, "reduce", { value: () => ({ [partition]: messages }) });
}

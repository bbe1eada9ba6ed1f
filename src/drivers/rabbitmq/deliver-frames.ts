/** AMQP 0-9-1, 4.2.3: type u8, channel u16, payload size u32, payload, 0xCE. */
const FRAME_OVERHEAD_BYTES = 8;
const FRAME_END = 0xce;
const METHOD = 1;
const HEADER = 2;
const BODY = 3;

/** Class 60 and method 60 as one number. */
const BASIC_DELIVER = (60 << 16) | 60;

/** Delivery tag u64 and redelivered u8, at least, follow the consumer tag. */
const AFTER_TAG_BYTES = 9;

/** One message, whose body is `bytes[start … end)`. */
export type TakeDelivery = (partition: number, bytes: Buffer, start: number, end: number) => void;

/** What a queue's consumer is called on its channel, so that its partition can be told from a delivery. */
export function consumerTagOf(partition: number): string {
  return `p${partition}`;
}

/**
 * Takes the deliveries at the beginning of `bytes` as long as each is whole, of the `channel`, a first
 * delivery, and has its body in one frame; returns where it stopped.
 *
 * Method payload of `basic.deliver` (1.8.3.9): class u16 = 60, method u16 = 60, consumer tag as a short
 * string, delivery tag u64, redelivered u8, exchange, routing key. Header payload (4.2.6.1): class u16,
 * weight u16, body size u64, property flags u16, properties.
 */
export function takeDeliveries(bytes: Buffer, channel: number, take: TakeDelivery): number {
  let at = 0;
  for (;;) {
    const header = frameEnd(bytes, at, METHOD, channel);
    if (header < 0 || header - at < FRAME_OVERHEAD_BYTES + 5) return at;
    if (readUint32(bytes, at + 7) !== BASIC_DELIVER) return at;
    const partition = partitionOf(bytes, at + 11);
    const redelivered = at + 12 + bytes[at + 11]! + 8;
    if (partition < 0 || redelivered + AFTER_TAG_BYTES - 8 > header || bytes[redelivered] !== 0) return at;

    const body = frameEnd(bytes, header, HEADER, channel);
    // Class, weight, size and flags; the size is read where it fits into its lower half.
    if (body < 0 || body - header < FRAME_OVERHEAD_BYTES + 14) return at;
    if (readUint32(bytes, header + 11) !== 0) return at;
    const sizeBytes = readUint32(bytes, header + 15);

    const end = frameEnd(bytes, body, BODY, channel);
    if (end < 0 || end - body !== sizeBytes + FRAME_OVERHEAD_BYTES) return at;
    at = end;
    take(partition, bytes, body + 7, end - 1);
  }
}

/** Where the frame at `at` ends; -1 if it is not whole, or of another type or channel. */
function frameEnd(bytes: Buffer, at: number, type: number, channel: number): number {
  if (at + FRAME_OVERHEAD_BYTES > bytes.length) return -1;
  if (bytes[at] !== type || ((bytes[at + 1]! << 8) | bytes[at + 2]!) !== channel) return -1;
  const end = at + FRAME_OVERHEAD_BYTES + readUint32(bytes, at + 3);
  return end <= bytes.length && bytes[end - 1] === FRAME_END ? end : -1;
}

/** Reads what {@link consumerTagOf} wrote, as a short string; -1 if it is something else. */
function partitionOf(bytes: Buffer, at: number): number {
  const end = at + 1 + bytes[at]!;
  if (end > bytes.length || end - at < 3 || bytes[at + 1] !== LETTER_P) return -1;
  let partition = 0;
  for (let i = at + 2; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    partition = partition * 10 + digit;
  }
  return partition;
}

const LETTER_P = 0x70;

/** Quicker than readUInt32BE, which checks its arguments. */
function readUint32(bytes: Buffer, at: number): number {
  return (bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)) >>> 0;
}

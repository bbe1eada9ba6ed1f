/** A message id has room for every delivery tag up to 2^53. */
const ID_DIGITS = 16;

const METHOD = 1;
const HEADER = 2;
const FRAME_END = 0xce;
const BASIC = 60;
const PUBLISH = 40;
const HAS_DELIVERY_MODE = 1 << 12;
const HAS_PRIORITY = 1 << 11;
const HAS_MESSAGE_ID = 1 << 7;

/** The method and header frames that every message to one routing key begins with. */
export interface PublishHead {
  readonly bytes: Buffer;
  /** Where the body size (u64) is within it. */
  readonly sizeAt: number;
  /** Where the message id, all zeros, ends within it; 0: there is none. */
  readonly idEnd: number;
}

/**
 * AMQP 0-9-1. A frame (4.2.3) is: type u8, channel u16, payload size u32, payload, 0xCE.
 * Method payload of `basic.publish` (1.8.3.7): class u16 = 60, method u16 = 40, reserved u16, exchange and
 * routing key as short strings, bits (mandatory = 1, immediate = 2).
 * Header payload (4.2.6.1): class u16, weight u16 = 0, body size u64, property flags u16, then the
 * properties whose flags are set, highest bit first: delivery mode u8, priority u8, message id as short string.
 */
export function publishHead(
  options: {
    readonly channel: number;
    readonly exchange: string;
    readonly persistent: boolean;
    readonly mandatory: boolean;
  },
  routingKey: string,
  priority?: number,
): PublishHead {
  const { channel, exchange, persistent, mandatory } = options;
  const method = frame(METHOD, channel, [
    u16(BASIC),
    u16(PUBLISH),
    u16(0),
    shortString(exchange),
    shortString(routingKey),
    Buffer.of(mandatory ? 1 : 0),
  ]);
  const bodySize = Buffer.alloc(8);
  const flags =
    HAS_DELIVERY_MODE | (priority === undefined ? 0 : HAS_PRIORITY) | (mandatory ? HAS_MESSAGE_ID : 0);
  const header = frame(HEADER, channel, [
    u16(BASIC),
    u16(0),
    bodySize,
    u16(flags),
    Buffer.of(persistent ? 2 : 1),
    ...(priority === undefined ? [] : [Buffer.of(priority)]),
    ...(mandatory ? [shortString("0".repeat(ID_DIGITS))] : []),
  ]);
  const bytes = Buffer.concat([method, header]);
  return {
    bytes,
    // Behind the header frame's own 7 bytes, class and weight.
    sizeAt: method.length + 7 + 4,
    idEnd: mandatory ? bytes.length - 1 : 0,
  };
}

function frame(type: number, channel: number, parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(payload.length);
  return Buffer.concat([Buffer.of(type), u16(channel), size, payload, Buffer.of(FRAME_END)]);
}

function u16(value: number): Buffer {
  return Buffer.of(value >>> 8, value & 0xff);
}

function shortString(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new RangeError(`"${text}" is longer than the 255 bytes of a short string`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

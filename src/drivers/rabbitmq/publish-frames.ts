import type { BodySource } from "./kept-bodies.ts";
import { publishHead } from "./publish-head.ts";

/** Type, channel and size before a frame's payload, and 0xCE after it (AMQP 0-9-1, 4.2.3). */
const FRAME_HEAD_BYTES = 7;
const FRAME_OVERHEAD_BYTES = 8;
const FRAME_END = 0xce;
const BODY = 3;

export interface PublishSettings {
  readonly channel: number;
  readonly exchange: string;
  /** By partition. */
  readonly routingKeys: readonly string[];
  readonly persistent: boolean;
  /** With it each message carries its delivery tag as message id. */
  readonly mandatory: boolean;
  /** Largest frame, 8 bytes of framing included. */
  readonly frameMax: number;
}

/**
 * Of urgent messages. The highest that a quorum queue knows as such is anything above 4; a classic queue takes what its
 * `x-max-priority` allows (rabbitmq.com/docs/priority, rabbitmq.com/docs/quorum-queues#priorities).
 */
export const URGENT = 9;

/** Gives room for whole frames in `bytes`. */
export interface FrameSpace {
  readonly bytes: Buffer;
  reserve(sizeBytes: number): number;
}

/**
 * Writes the frames of messages that are published: `basic.publish`, content header, and the body in as
 * many frames as `frameMax` asks for. All but body size, message id and body is the same for every message
 * of a partition and copied from a template.
 */
export class PublishFrames {
  readonly #space: FrameSpace;
  readonly #channel: number;
  readonly #bodyMax: number;
  readonly #heads: readonly ReturnType<typeof publishHead>[];
  readonly #urgent: readonly ReturnType<typeof publishHead>[];

  constructor(settings: PublishSettings, space: FrameSpace) {
    this.#space = space;
    this.#channel = settings.channel;
    this.#bodyMax = settings.frameMax - FRAME_OVERHEAD_BYTES;
    this.#heads = settings.routingKeys.map((routingKey) => publishHead(settings, routingKey));
    this.#urgent = settings.routingKeys.map((routingKey) => publishHead(settings, routingKey, URGENT));
  }

  /** Takes the message last peeked at; `tag` is the delivery tag that it will have. */
  put(source: BodySource, partition: number, sizeBytes: number, tag: number, isUrgent = false): void {
    const head = (isUrgent ? this.#urgent : this.#heads)[partition]!;
    const frames = Math.ceil(sizeBytes / this.#bodyMax);
    const at = this.#space.reserve(head.bytes.length + sizeBytes + frames * FRAME_OVERHEAD_BYTES);
    const { bytes } = this.#space;
    bytes.set(head.bytes, at);
    // The upper half of the size stays 0: a message of 4 GiB fits nowhere.
    putUint32(bytes, at + head.sizeAt + 4, sizeBytes);
    if (head.idEnd > 0) putDigits(bytes, at + head.idEnd, tag);
    const body = at + head.bytes.length;
    if (frames === 1) {
      source.write(bytes, body + FRAME_HEAD_BYTES);
      this.#frame(bytes, body, sizeBytes);
    } else if (frames > 1) this.#cut(source, body, sizeBytes, frames);
    // Nothing has to be written of an empty body, but the source has to move on.
    else source.write(EMPTY, 0);
  }

  /**
   * A source writes its body in one piece: to where the last frame's part is in place already. The parts
   * before it are moved towards the front, first to last, which overwrites nothing that is still needed.
   */
  #cut(source: BodySource, start: number, sizeBytes: number, frames: number): void {
    const { bytes } = this.#space;
    const from = start + frames * FRAME_OVERHEAD_BYTES - 1;
    source.write(bytes, from);
    for (let done = 0, at = start; done < sizeBytes; done += this.#bodyMax) {
      const part = Math.min(this.#bodyMax, sizeBytes - done);
      bytes.copyWithin(at + FRAME_HEAD_BYTES, from + done, from + done + part);
      this.#frame(bytes, at, part);
      at += part + FRAME_OVERHEAD_BYTES;
    }
  }

  /** What is around the payload of a body frame. */
  #frame(bytes: Buffer, at: number, sizeBytes: number): void {
    bytes[at] = BODY;
    bytes[at + 1] = this.#channel >>> 8;
    bytes[at + 2] = this.#channel;
    putUint32(bytes, at + 3, sizeBytes);
    bytes[at + FRAME_HEAD_BYTES + sizeBytes] = FRAME_END;
  }
}

const EMPTY = Buffer.alloc(0);

/** Quicker than writeUInt32BE, which checks its arguments. */
function putUint32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Decimal digits that end before `end`; the template has zeros before them. */
function putDigits(bytes: Buffer, end: number, value: number): void {
  for (let rest = value, at = end - 1; rest > 0; at--) {
    const tenth = Math.floor(rest / 10);
    bytes[at] = rest - tenth * 10 + 48;
    rest = tenth;
  }
}

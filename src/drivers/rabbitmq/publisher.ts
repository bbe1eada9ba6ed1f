import type { Channel, Options } from "amqplib";
import type { BodySource } from "./kept-bodies.ts";
import { PublishFrames, type PublishSettings, URGENT } from "./publish-frames.ts";
import { SendBuffer } from "./send-buffer.ts";
import type { Wire } from "./wire.ts";

/** How messages get to the socket. */
export interface Publisher {
  /** False while the way to the broker is full; `onRoom` is called when it is true again. */
  readonly hasRoom: boolean;
  /**
   * Takes the message last peeked at; `tag` is the delivery tag that it will have.
   * @returns false when nothing of it was sent
   */
  publish(source: BodySource, partition: number, sizeBytes: number, tag: number, isUrgent?: boolean): boolean;
  /** Nothing more follows for now. */
  send(): void;
}

export type PublisherSettings = Omit<PublishSettings, "channel" | "frameMax"> & {
  readonly confirming: boolean;
};

/**
 * What the socket may hold, bytes. With confirms the messages in flight are the bound, and this one matters
 * only to large ones; without, it is the only bound, as the channel's buffer is in amqplib.
 */
const CONFIRMED_HIGH_WATER_BYTES = 4 * 1024 ** 2;
const UNCONFIRMED_HIGH_WATER_BYTES = 65_536;

/** Writes frames itself. */
export function directPublisher(
  wire: Wire,
  channel: number,
  settings: PublisherSettings,
  onRoom: () => void,
): Publisher {
  const highWaterBytes = settings.confirming ? CONFIRMED_HIGH_WATER_BYTES : UNCONFIRMED_HIGH_WATER_BYTES;
  const buffer = new SendBuffer(wire, highWaterBytes, onRoom);
  const frames = new PublishFrames({ ...settings, channel, frameMax: wire.frameMax }, buffer);
  return {
    get hasRoom() {
      return buffer.hasRoom;
    },
    publish(source, partition, sizeBytes, tag, isUrgent) {
      frames.put(source, partition, sizeBytes, tag, isUrgent);
      return true;
    },
    send: () => buffer.send(),
  };
}

/** Has amqplib make the frames. */
export function amqplibPublisher(
  channel: Channel,
  settings: PublisherSettings,
  onRoom: () => void,
): Publisher {
  const { exchange, routingKeys, persistent, mandatory, confirming } = settings;
  const properties: Options.Publish = { persistent, mandatory };
  let scratch = Buffer.allocUnsafeSlow(4096);
  let hasRoom = true;
  channel.on("drain", () => {
    hasRoom = true;
    onRoom();
  });
  return {
    get hasRoom() {
      return hasRoom;
    },
    publish(source, partition, sizeBytes, tag, isUrgent = false) {
      if (sizeBytes > scratch.length) scratch = Buffer.allocUnsafeSlow(sizeBytes);
      // One scratch buffer for all: amqplib copies the body into its frames before publish() returns.
      source.write(scratch, 0);
      // A returned message carries no delivery tag, so it has to bring its own. Costs nothing measurable.
      if (mandatory) properties.messageId = String(tag);
      try {
        const room = channel.publish(
          exchange,
          routingKeys[partition]!,
          scratch.subarray(0, sizeBytes),
          isUrgent ? { ...properties, priority: URGENT } : properties,
        );
        if (!confirming) hasRoom = room;
        return true;
      } catch {
        // The channel was closing.
        return false;
      }
    },
    send: () => {},
  };
}

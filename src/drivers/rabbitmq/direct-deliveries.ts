import { type TakeDelivery, takeDeliveries } from "./deliver-frames.ts";
import type { Wire } from "./wire.ts";

/**
 * Lets `take` have the plain deliveries of a channel before amqplib makes objects of them. Everything else
 * amqplib gets as ever, and in order: it is asked for the next frame only when what was read begins with
 * something that is not taken, and handles that frame before the next is looked at. While it puts a message
 * together no delivery of this channel can be at the beginning, because a message's frames follow each
 * other within a channel (AMQP 0-9-1, 4.2.6).
 *
 * @param failed what `take` threw; amqplib would make a broken connection of it
 * @param takeFrom another one only to see that tests notice a wrong one
 */
export function directDeliveries(
  wire: Wire,
  channel: number,
  take: TakeDelivery,
  failed: (error: unknown) => void,
  takeFrom = takeDeliveries,
): void {
  const next = wire.recvFrame;
  const guarded: TakeDelivery = (partition, bytes, start, end) => {
    try {
      take(partition, bytes, start, end);
    } catch (error) {
      failed(error);
    }
  };
  wire.recvFrame = () => {
    if (wire.rest.length === 0) {
      // amqplib would copy all of it, to append it to nothing.
      const incoming: Buffer | null = wire.stream.read();
      if (incoming === null) return false;
      wire.recvSinceLastCheck = true;
      wire.rest = incoming;
    }
    const taken = takeFrom(wire.rest, channel, guarded);
    if (taken > 0) wire.rest = wire.rest.subarray(taken);
    // Reads on when there is no whole frame, and then comes back here.
    return next.call(wire);
  };
}

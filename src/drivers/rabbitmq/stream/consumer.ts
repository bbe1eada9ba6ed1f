import { setTimeout as pause } from "node:timers/promises";
import { Offset } from "rabbitmq-stream-js-client/dist/requests/subscribe_request.js";
import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Consumer, ConsumerOptions, Deliveries } from "../../driver.ts";
import { Answered } from "./answered.ts";
import type { Chunk } from "./chunk.ts";
import { whenAvailable } from "./declare.ts";
import type { StreamLink, Subscription } from "./link.ts";
import { streamName } from "./naming.ts";
import type { Start, StreamOptions } from "./options.ts";
import { storedOffset } from "./stored.ts";

/** How often, and how long after one another, it is asked whether an offset was stored: that has no answer itself. */
const LOOKS = 100;
const LOOK_MS = 20;

/** A chunk that was not handed over to its end. */
interface Waiting {
  readonly chunk: Chunk;
  readonly partition: number;
  /** Its messages before this one are not ours. */
  readonly from: number;
  readonly subscription: Subscription;
}

/**
 * Reads its partitions' streams on a connection of its own, from behind the offset that its subscription stored last.
 * The broker sends chunks as far as it has credit; of these as many messages are handed over as the prefetch allows,
 * and a chunk that is used up makes credit for the next. Answering moves the stored offset.
 */
export async function streamConsumer(
  link: StreamLink,
  options: ConsumerOptions,
  { start, credits, storeEveryMs }: StreamOptions,
  on: Deliveries,
): Promise<Consumer> {
  const { topology, subscription: reference, partitions, prefetch } = options;
  const auto = options.acknowledge === "auto";
  const answered = new Answered(topology.partitions);
  const waiting: Waiting[] = [];
  const subscriptions: Subscription[] = [];
  let delivering = false;
  let deliverSoon = false;
  let over = false;
  let timer: NodeJS.Timeout | undefined;

  const hasRoom = () => auto || answered.unanswered < prefetch;

  const deliver = (): void => {
    if (delivering || over || waiting.length === 0 || !hasRoom()) return;
    delivering = true;
    on.begin();
    try {
      for (let one = waiting[0]; one && hasRoom() && !over; one = waiting[0]) handOver(one);
    } catch (error) {
      if (!(error instanceof BrokerError || error instanceof RangeError)) throw error;
      link.drop(error);
    } finally {
      on.end();
      delivering = false;
    }
  };

  const handOver = ({ chunk, partition, from, subscription }: Waiting): void => {
    while (hasRoom() && !over) {
      if (!chunk.next()) {
        waiting.shift();
        subscription.credit(1);
        return;
      }
      const { offset } = chunk;
      if (offset < from) continue;
      const tag = answered.deliver(partition, offset);
      if (auto) done(tag, false);
      on.message(chunk.bytes, chunk.start, chunk.end, tag, partition, offset, 0);
    }
  };

  const done = (tag: number, upTo: boolean): void => {
    answered.answer(tag, upTo);
    timer ??= setTimeout(() => {
      timer = undefined;
      store();
    }, storeEveryMs);
  };

  const store = () => {
    const moved = answered.takeMoved();
    for (const [partition, offset] of moved) {
      const stream = streamName(topology, partition);
      void link.connection.storeOffset({ reference, stream, offsetValue: BigInt(offset) });
    }
    return moved;
  };

  /** Until the broker tells of each what was stored. */
  const storeForSure = async (): Promise<void> => {
    const moved = store();
    for (const [partition, offset] of moved) {
      const stream = streamName(topology, partition);
      for (let looks = 1; (await storedOffset(link, stream, reference)) !== offset; looks++) {
        if (looks === LOOKS) {
          answered.putBack(moved);
          throw new BrokerError(`the offset ${offset} of stream ${stream} was not stored`, {
            code: "COMMIT_FAILED",
          });
        }
        await pause(LOOK_MS);
      }
    }
  };

  const open = async (partition: number): Promise<void> => {
    const stream = streamName(topology, partition);
    const stored = await whenAvailable(() => storedOffset(link, stream, reference));
    const from = stored >= 0 ? stored + 1 : start.at === "offset" ? start.offset : 0;
    const offset = stored >= 0 ? Offset.offset(BigInt(from)) : offsetOf(start);
    // Chunks may come before the subscription is known.
    const early: Chunk[] = [];
    let take = (chunk: Chunk): void => void early.push(chunk);
    const subscription = await whenAvailable(() =>
      link.subscribe(stream, offset, credits, (chunk) => take(chunk)),
    );
    take = (chunk) => {
      waiting.push({ chunk, partition, from, subscription });
      deliver();
    };
    subscriptions.push(subscription);
    early.forEach(take);
  };

  const lost = (error: Error): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    on.event("broken", error.message);
  };
  link.listen({
    streamGone: (stream) => lost(new Error(`stream ${stream} is not available any more`)),
    lost,
  });
  try {
    for (const partition of partitions) await open(partition);
  } catch (error) {
    throw new BrokerError(`cannot consume ${topology.name}, subscription ${reference}: ${messageOf(error)}`, {
      code: "CONSUME_REFUSED",
      hints: ["Check that the stream was made and that the user may read from it."],
      cause: error,
    });
  }

  return {
    answer(tag, _answer, upTo) {
      if (auto || over) return;
      done(tag, upTo);
      if (delivering || deliverSoon || waiting.length === 0) return;
      deliverSoon = true;
      process.nextTick(() => {
        deliverSoon = false;
        deliver();
      });
    },
    async flush() {
      if (!over) await storeForSure();
    },
    close() {
      over = true;
      clearTimeout(timer);
      waiting.length = 0;
      return link.close(async () => {
        await Promise.all(subscriptions.map((one) => one.end()));
        await storeForSure();
      });
    },
  };
}

export function offsetOf(start: Start): Offset {
  switch (start.at) {
    case "offset":
      return Offset.offset(BigInt(start.offset));
    case "timestamp":
      return Offset.timestamp(new Date(start.timestampMs));
    default:
      return Offset[start.at]();
  }
}

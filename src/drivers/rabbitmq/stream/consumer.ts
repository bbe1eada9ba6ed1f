import { setTimeout as pause } from "node:timers/promises";
import { Offset } from "rabbitmq-stream-js-client/dist/requests/subscribe_request.js";
import { BrokerError, messageOf, UserError } from "../../../model/errors.ts";
import type { Consumer, ConsumerOptions, Deliveries } from "../../driver.ts";
import { type Line, Link } from "../link.ts";
import { Answered } from "./answered.ts";
import type { Chunk } from "./chunk.ts";
import { whenAvailable } from "./declare.ts";
import type { StreamLink, Subscription } from "./link.ts";
import { streamName } from "./naming.ts";
import type { Start, StreamOptions } from "./options.ts";
import { extentOf } from "./read-stream.ts";
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

/** What is used of one connection. */
interface Session {
  readonly link: StreamLink;
  readonly waiting: Waiting[];
  readonly subscriptions: Subscription[];
}

/**
 * Reads its partitions' streams on a connection of its own, from behind the offset that its subscription stored last.
 * The broker sends chunks as far as it has credit; of these as many messages are handed over as the prefetch allows,
 * and a chunk that is used up makes credit for the next. Answering moves the stored offset.
 *
 * When the connection is lost, what was unanswered is read again on the next one, and answers to it are dropped.
 */
export async function streamConsumer(
  line: Line<StreamLink>,
  options: ConsumerOptions,
  { start, credits, storeEveryMs }: StreamOptions,
  on: Deliveries,
): Promise<Consumer> {
  const { topology, subscription: reference, partitions, prefetch } = options;
  const auto = options.acknowledge === "auto";
  const answered = new Answered(topology.partitions);
  /** Where a partition began that has nothing stored: a connection later it begins there again. */
  const beginnings = new Map<number, Offset>();
  /** Undefined while there is no connection. */
  let session: Session | undefined;
  let delivering = false;
  let deliverSoon = false;
  let closing = false;
  let timer: NodeJS.Timeout | undefined;
  /** Of the first delivery on this connection. */
  let firstTag = 0;
  let nextTag = 0;

  const hasRoom = () => auto || answered.unanswered < prefetch;

  const deliver = (): void => {
    const mine = session;
    if (mine === undefined || delivering || mine.waiting.length === 0 || !hasRoom()) return;
    delivering = true;
    on.begin();
    try {
      while (mine.waiting[0] && hasRoom() && session === mine) handOver(mine, mine.waiting[0]);
    } catch (error) {
      if (!(error instanceof BrokerError || error instanceof RangeError)) throw error;
      mine.link.drop(error);
    } finally {
      on.end();
      delivering = false;
    }
  };

  const handOver = (mine: Session, { chunk, partition, from, subscription }: Waiting): void => {
    while (hasRoom() && session === mine) {
      if (!chunk.next()) {
        mine.waiting.shift();
        subscription.credit(1);
        return;
      }
      const { offset } = chunk;
      if (offset < from) continue;
      const tag = answered.deliver(partition, offset);
      nextTag = tag + 1;
      if (auto) done(tag, false);
      on.message(chunk.bytes, chunk.start, chunk.end, tag, partition, offset, 0);
    }
  };

  const done = (tag: number, upTo: boolean): void => {
    answered.answer(tag, upTo);
    timer ??= setTimeout(() => {
      timer = undefined;
      if (session) store(session.link);
    }, storeEveryMs);
  };

  const store = (link: StreamLink) => {
    const moved = answered.takeMoved();
    for (const [partition, offset] of moved) {
      const stream = streamName(topology, partition);
      void link.connection.storeOffset({ reference, stream, offsetValue: BigInt(offset) });
    }
    return moved;
  };

  /** Until the broker tells of each partition what was stored. */
  const storeForSure = async (link: StreamLink): Promise<void> => {
    store(link);
    for (const partition of partitions) {
      const offset = answered.doneIn(partition);
      if (offset < 0) continue;
      const stream = streamName(topology, partition);
      for (let looks = 1; (await storedOffset(link, stream, reference)) < offset; looks++) {
        if (looks === LOOKS)
          throw new BrokerError(`the offset ${offset} of stream ${stream} was not stored`, {
            code: "COMMIT_FAILED",
          });
        await pause(LOOK_MS);
      }
    }
  };

  const openPartition = async (mine: Session, partition: number): Promise<void> => {
    const { link } = mine;
    const stream = streamName(topology, partition);
    const stored = await whenAvailable(() => storedOffset(link, stream, reference));
    const last = Math.max(stored, answered.doneIn(partition));
    if (last < 0 && !beginnings.has(partition))
      beginnings.set(partition, await beginning(link, stream, start));
    const offset = last < 0 ? beginnings.get(partition)! : Offset.offset(BigInt(last + 1));
    const from = Number(offset.type === "numeric" ? offset.value : 0);
    // Chunks may come before the subscription is known.
    const early: Chunk[] = [];
    let take = (chunk: Chunk): void => void early.push(chunk);
    const subscription = await whenAvailable(() =>
      link.subscribe(stream, offset, credits, (chunk) => take(chunk)),
    );
    take = (chunk) => {
      mine.waiting.push({ chunk, partition, from, subscription });
      deliver();
    };
    mine.subscriptions.push(subscription);
    early.forEach(take);
  };

  const link = new Link(line, {
    async attach(connection, fail) {
      const mine: Session = { link: connection, waiting: [], subscriptions: [] };
      session = mine;
      connection.listen({
        streamGone: (stream) => fail(new Error(`stream ${stream} is not available any more`)),
      });
      for (const partition of partitions) await openPartition(mine, partition);
    },
    detach() {
      session = undefined;
      answered.forget();
      firstTag = nextTag;
    },
    returned() {},
    broke: () => clearTimeout(timer),
    event: (kind, detail) => on.event(kind, detail),
  });
  try {
    await link.open();
  } catch (error) {
    if (error instanceof UserError || error instanceof BrokerError) throw error;
    throw new BrokerError(`cannot consume ${topology.name}, subscription ${reference}: ${messageOf(error)}`, {
      code: "CONSUME_REFUSED",
      hints: ["Check that the stream was made and that the user may read from it."],
      cause: error,
    });
  }

  return {
    answer(tag, _answer, upTo) {
      if (auto || closing || session === undefined || tag < firstTag) return;
      done(tag, upTo);
      if (delivering || deliverSoon || session.waiting.length === 0) return;
      deliverSoon = true;
      process.nextTick(() => {
        deliverSoon = false;
        deliver();
      });
    },
    async flush() {
      const mine = session;
      if (mine === undefined || closing) return;
      // Without the connection there is nothing to bring, and what was not stored is read again.
      await storeForSure(mine.link).catch((error: unknown) => {
        if (session === mine) throw error;
      });
    },
    close() {
      const mine = session;
      closing = true;
      session = undefined;
      clearTimeout(timer);
      return link.close(async () => {
        await Promise.all((mine?.subscriptions ?? []).map((one) => one.end()));
        if (mine) await storeForSure(mine.link);
      });
    },
  };
}

/** A place that does not move: the end as it is now instead of `next`. */
async function beginning(link: StreamLink, stream: string, start: Start): Promise<Offset> {
  if (start.at !== "next") return offsetOf(start);
  const { end } = await extentOf(link, stream);
  return Offset.offset(BigInt(end));
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

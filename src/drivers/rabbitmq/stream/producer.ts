import { randomBytes } from "node:crypto";
import { DeclarePublisherRequest } from "rabbitmq-stream-js-client/dist/requests/declare_publisher_request.js";
import { MetadataRequest } from "rabbitmq-stream-js-client/dist/requests/metadata_request.js";
import type { MetadataResponse } from "rabbitmq-stream-js-client/dist/responses/metadata_response.js";
import type { Outcomes, Producer, ProducerOptions } from "../../driver.ts";
import { ConfirmWindow } from "../confirm-window.ts";
import { KeptBodies } from "../kept-bodies.ts";
import { type Line, Link } from "../link.ts";
import { whenAvailable } from "./declare.ts";
import { CODE } from "./frames.ts";
import type { StreamLink } from "./link.ts";
import { streamNames } from "./naming.ts";
import { PublishBuffer } from "./publish-buffer.ts";

/** Beyond so much in the socket nothing is taken: large messages would fill the memory before the window is full. */
const SOCKET_BYTES = 16 * 1024 ** 2;

/** What is used of one connection. */
interface Session {
  readonly link: StreamLink;
  readonly buffer: PublishBuffer;
}

/**
 * Publishes on a connection of its own, with a publisher for each partition. Publishing ids count all messages of the
 * producer, over all its connections. Without `idempotent` a publisher has no name: the broker compares no ids, and what
 * was not confirmed on a lost connection is unknown. With it the publisher has a name that nobody else ever has, and
 * that is published again under its ids, which the broker stores only if it has not stored them.
 */
export async function streamProducer(
  line: Line<StreamLink>,
  { topology, maxInFlight, idempotent, index }: ProducerOptions,
  maxMessageBytes: number,
  on: Outcomes,
): Promise<Producer> {
  const streams = streamNames(topology);
  const window = new ConfirmWindow(maxInFlight, topology.partitions, on);
  const kept = idempotent ? new KeptBodies(window.slots) : undefined;
  // An id that is not above the last one of a name is never stored: no other producer may have had the name.
  const named = idempotent ? { publisherRef: `mqbench-${index}-${randomBytes(8).toString("hex")}` } : {};
  const flushes: (() => void)[] = [];
  /** Undefined while there is no connection. */
  let session: Session | undefined;
  let starved = false;
  let readySoon = false;
  let over = false;

  const hasRoom = () =>
    session !== undefined && window.hasRoom() && session.link.inside.socket.writableLength < SOCKET_BYTES;
  const settled = () => {
    if (window.inFlight === 0) for (const resolve of flushes.splice(0)) resolve();
    if (!starved || readySoon || over) return;
    // Confirms that came in one read are handled in one go, and so is the room that they make.
    readySoon = true;
    process.nextTick(() => {
      readySoon = false;
      if (!starved || over || !hasRoom()) return;
      starved = false;
      on.ready();
    });
  };

  /** What was not confirmed on the connection before, in its order and before anything new. */
  const publishAgain = (buffer: PublishBuffer, bodies: KeptBodies): void => {
    for (const { tag, partition } of window.publishedAgain()) {
      const at = buffer.add(partition, tag, bodies.sizeBytes(tag));
      bodies.again(tag).write(buffer.bytes, at);
    }
    buffer.send();
  };

  const attach = async (link: StreamLink, fail: (error: Error, code?: string) => void): Promise<void> => {
    for (const [publisherId, stream] of streams.entries())
      await whenAvailable(() => link.request(new DeclarePublisherRequest({ stream, publisherId, ...named })));
    const { socket } = link.inside;
    socket.on("drain", settled);
    const buffer = new PublishBuffer(socket, link.frameMax);
    const mine: Session = { link, buffer };
    link.listen({
      confirmed(bytes, at, count) {
        if (session !== mine) return;
        for (let i = 0; i < count; ) {
          const from = publishingId(bytes, at + 8 * i);
          let to = from;
          while (++i < count && publishingId(bytes, at + 8 * i) === to + 1) to += 1;
          window.confirmRange(from, to, "acked");
        }
        settled();
      },
      refused(bytes, at, count) {
        if (session !== mine) return;
        // The broker says so before it hands a message to the log.
        for (let i = 0; i < count; i++) {
          const id = publishingId(bytes, at + 10 * i);
          const isGone = bytes.readUInt16BE(at + 10 * i + 8) === CODE.noPublisher;
          window.confirmRange(id, id, "failed", isGone ? "STREAM_GONE" : "NACKED");
        }
        settled();
      },
      streamGone(stream) {
        const partition = streams.indexOf(stream);
        if (partition < 0 || session !== mine) return;
        void afterGone(mine, stream, partition, fail);
      },
    });
    session = mine;
    if (kept) publishAgain(buffer, kept);
    settled();
  };

  /** The broker has let go of our publisher: the stream was deleted, or its leader changes. */
  const afterGone = async (
    mine: Session,
    stream: string,
    partition: number,
    fail: (error: Error) => void,
  ) => {
    const upTo = window.nextTag - 1;
    // What came too late is refused, one by one, before the answer to this. Nothing will be said of the rest.
    const asked = await mine.link
      .request<MetadataResponse>(new MetadataRequest({ streams: [stream] }))
      .catch(() => undefined);
    if (session !== mine) return;
    if (asked?.streamInfos[0]?.responseCode !== CODE.noStream)
      return fail(new Error(`the leader of stream ${stream} is gone`));
    on.event("returned", `stream ${stream} was deleted`);
    window.settlePartition(partition, upTo, "unknown", "STREAM_GONE");
    settled();
  };

  const link = new Link(line, {
    attach,
    detach(code) {
      session = undefined;
      if (over || kept) return;
      window.settleAll("unknown", code);
      settled();
    },
    returned: settled,
    broke(code) {
      over = true;
      window.settleAll("unknown", code);
      settled();
    },
    event: (kind, detail) => on.event(kind, detail),
  });
  await link.open();

  return {
    offer(source, max) {
      if (over) return 0;
      let took = 0;
      while (took < max) {
        const head = source.peek();
        if (head === undefined) break;
        if (!hasRoom()) {
          starved = true;
          break;
        }
        const { buffer } = session!;
        const { lane, partition, sequence, sizeBytes } = head;
        took += 1;
        if (sizeBytes > maxMessageBytes) {
          source.write(Buffer.allocUnsafeSlow(sizeBytes), 0);
          on.settled(lane, sequence, 1, "failed", "TOO_LARGE");
          continue;
        }
        const tag = window.nextTag;
        const body = kept === undefined ? source : kept.keep(source, tag, sizeBytes);
        const at = buffer.add(partition, tag, sizeBytes);
        body.write(buffer.bytes, at);
        window.push(lane, partition, sequence);
      }
      session?.buffer.send();
      return took;
    },
    async flush() {
      if (window.inFlight > 0) await new Promise<void>((resolve) => flushes.push(resolve));
    },
    async close() {
      if (!over) {
        over = true;
        window.settleAll("unknown", "CLOSED");
        settled();
      }
      await link.close(async () => {});
    },
  };
}

function publishingId(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

import { DeclarePublisherRequest } from "rabbitmq-stream-js-client/dist/requests/declare_publisher_request.js";
import { MetadataRequest } from "rabbitmq-stream-js-client/dist/requests/metadata_request.js";
import type { Outcomes, Producer, ProducerOptions } from "../../driver.ts";
import { ConfirmWindow } from "../confirm-window.ts";
import { whenAvailable } from "./declare.ts";
import { CODE } from "./frames.ts";
import type { StreamLink } from "./link.ts";
import { streamNames } from "./naming.ts";
import { PublishBuffer } from "./publish-buffer.ts";

/** Beyond so much in the socket nothing is taken: large messages would fill the memory before the window is full. */
const SOCKET_BYTES = 16 * 1024 ** 2;

/**
 * Publishes on a connection of its own, with a publisher for each partition. Publishing ids count all messages of the
 * producer; without a name for the publisher the broker does not compare them, so nothing is taken for a copy.
 */
export async function streamProducer(
  link: StreamLink,
  { topology, maxInFlight }: ProducerOptions,
  maxMessageBytes: number,
  on: Outcomes,
): Promise<Producer> {
  const streams = streamNames(topology);
  const { socket } = link.inside;
  const window = new ConfirmWindow(maxInFlight, topology.partitions, on);
  const buffer = new PublishBuffer(socket, link.frameMax);
  const flushes: (() => void)[] = [];
  let starved = false;
  let readySoon = false;
  let over = false;

  const hasRoom = () => window.hasRoom() && socket.writableLength < SOCKET_BYTES;
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
  const end = (code: string) => {
    over = true;
    window.settleAll("unknown", code);
    settled();
  };

  for (const [publisherId, stream] of streams.entries())
    await whenAvailable(() => link.request(new DeclarePublisherRequest({ stream, publisherId })));
  socket.on("drain", settled);
  link.listen({
    confirmed(bytes, at, count) {
      for (let i = 0; i < count; ) {
        const from = publishingId(bytes, at + 8 * i);
        let to = from;
        while (++i < count && publishingId(bytes, at + 8 * i) === to + 1) to += 1;
        window.confirmRange(from, to, "acked");
      }
      settled();
    },
    refused(bytes, at, count) {
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
      if (partition < 0) return;
      on.event("returned", `stream ${stream} is not available any more`);
      // What came too late is refused, one by one, before the answer to this. Nothing will be said of the rest.
      const upTo = window.nextTag - 1;
      const settleRest = () => {
        window.settlePartition(partition, upTo, "unknown", "STREAM_GONE");
        settled();
      };
      link.request(new MetadataRequest({ streams: [stream] })).then(settleRest, settleRest);
    },
    lost(error) {
      if (over) return;
      end("CONNECTION_LOST");
      on.event("broken", error.message);
    },
  });

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
        const { lane, partition, sequence, sizeBytes } = head;
        took += 1;
        if (sizeBytes > maxMessageBytes) {
          source.write(Buffer.allocUnsafeSlow(sizeBytes), 0);
          on.settled(lane, sequence, 1, "failed", "TOO_LARGE");
          continue;
        }
        const at = buffer.add(partition, window.nextTag, sizeBytes);
        source.write(buffer.bytes, at);
        window.push(lane, partition, sequence);
      }
      buffer.send();
      return took;
    },
    async flush() {
      if (window.inFlight > 0) await new Promise<void>((resolve) => flushes.push(resolve));
    },
    async close() {
      if (!over) end("CLOSED");
      await link.close();
    },
  };
}

function publishingId(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

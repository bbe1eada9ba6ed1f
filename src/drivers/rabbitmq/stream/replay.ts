import type { DriverSettings } from "../../driver.ts";
import { rabbitOptions } from "../options.ts";
import { offsetOf } from "./consumer.ts";
import { streamEndpoints } from "./endpoint.ts";
import { openLink } from "./open-link.ts";
import { type Start, streamOptions } from "./options.ts";
import { type Extent, extentOf, readChunks } from "./read-stream.ts";

export { streamName } from "./naming.ts";
export type { Extent, Start };

/** One message that is read again; its body is the reader's own copy. */
export interface Replayed {
  readonly body: Buffer;
  readonly offset: number;
  /** When the broker wrote the chunk that it is in, ms since 1970. */
  readonly timestampMs: number;
}

/** Reads streams again, whatever was read or stored before, and changes nothing. */
export interface StreamReplay {
  /** @param stream the broker's name, such as `streamName(topology, 0)` */
  extent(stream: string): Promise<Extent>;
  /**
   * Every message from `start` to the end of the stream as it is when this is called, in order. An offset is exact.
   * `last` is the last chunk. A time is exact to a chunk: those begin with the first that was written then or later.
   * @throws BrokerError `CONSUME_REFUSED` when it stops short of the end
   */
  read(stream: string, start: Start, on: (message: Replayed) => void): Promise<void>;
  close(): Promise<void>;
}

/** @throws BrokerError `BROKER_UNREACHABLE`, `BROKER_REFUSED`; UserError for a URL or option that makes no sense */
export async function openReplay({
  url,
  managementUrl,
  options = {},
}: Pick<DriverSettings, "url" | "managementUrl"> &
  Partial<Pick<DriverSettings, "options">>): Promise<StreamReplay> {
  const shared = rabbitOptions(managementUrl ? { managementUrl, ...options } : options);
  const { port } = streamOptions(shared.stream);
  const endpoints = await streamEndpoints({ url, port, managementUrl: shared.managementUrl });
  const { noDelay, heartbeatS } = shared;
  const { connection: link } = await openLink(endpoints, { noDelay, heartbeatS, purpose: "replay" });
  return {
    extent: (stream) => extentOf(link, stream),
    async read(stream, start, on) {
      const { end } = await extentOf(link, stream);
      const from = start.at === "offset" ? start.offset : 0;
      if (end === 0 || start.at === "next" || from >= end) return;
      await readChunks(link, stream, offsetOf(start), (chunk) => {
        while (chunk.next()) {
          if (chunk.offset >= end) return false;
          if (chunk.offset < from) continue;
          const body = Buffer.from(chunk.bytes.subarray(chunk.start, chunk.end));
          on({ body, offset: chunk.offset, timestampMs: chunk.timestampMs });
        }
        return chunk.offset + 1 < end;
      });
    },
    close: () => link.close(),
  };
}

import { Offset } from "rabbitmq-stream-js-client/dist/requests/subscribe_request.js";
import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Reread, RereadOptions } from "../../driver.ts";
import type { StreamLink } from "./link.ts";
import { streamNames } from "./naming.ts";
import { extentOf, readChunks } from "./read-stream.ts";

/**
 * Reads every stream of the topology from its first message to its end as it is now.
 * @throws BrokerError `CONSUME_REFUSED` where one cannot be read to its end
 */
export async function rereadStreams(
  link: StreamLink,
  { topology, signal }: RereadOptions,
  on: Reread,
): Promise<void> {
  for (const [partition, stream] of streamNames(topology).entries()) {
    if (signal.aborted) return;
    try {
      const { end } = await extentOf(link, stream);
      if (end === 0) continue;
      await readChunks(link, stream, Offset.first(), (chunk) => {
        while (chunk.next()) {
          if (signal.aborted || chunk.offset >= end) return false;
          on.record(chunk.bytes, chunk.start, chunk.end, -1, partition, chunk.offset);
        }
        return chunk.offset + 1 < end;
      });
    } catch (error) {
      throw new BrokerError(`stream ${stream} cannot be read again: ${messageOf(error)}`, {
        code: "CONSUME_REFUSED",
        cause: error,
      });
    }
  }
}

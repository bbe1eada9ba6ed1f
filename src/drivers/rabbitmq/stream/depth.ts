import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Topology } from "../../../model/topology.ts";
import type { Depth } from "../../driver.ts";
import type { StreamLink } from "./link.ts";
import { streamNames } from "./naming.ts";
import { extentOf } from "./read-stream.ts";
import { storedOffset } from "./stored.ts";

/**
 * What each subscription has not stored an offset for. It may be too high by the few offsets that the broker uses for
 * itself when offsets are stored, but only while there are messages behind them; never too low.
 * @throws BrokerError `DEPTH_UNKNOWN`
 */
export async function depthOf(link: StreamLink, topology: Topology): Promise<readonly Depth[]> {
  const depths: Depth[] = [];
  for (const [partition, stream] of streamNames(topology).entries())
    try {
      const { first, end } = await extentOf(link, stream);
      for (const subscription of topology.subscriptions) {
        const stored = await storedOffset(link, stream, subscription);
        depths.push({ subscription, partition, messages: Math.max(0, end - Math.max(first, stored + 1)) });
      }
    } catch (error) {
      throw new BrokerError(`how far stream ${stream} was read cannot be known: ${messageOf(error)}`, {
        code: "DEPTH_UNKNOWN",
        cause: error,
      });
    }
  return depths;
}

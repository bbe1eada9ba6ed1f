import { UserError } from "../../model/errors.ts";
import { DURABILITIES } from "../../model/topology.ts";
import type { Capabilities } from "../driver.ts";
import { type Address, parseAddresses } from "./address.ts";

/**
 * Kafka's `socket.request.max.bytes` is 100 MiB and a topic may allow as much; this leaves room for clients that
 * hold several copies of a request while they build it.
 */
const MAX_MESSAGE_BYTES = 16 * 1024 ** 2;

/** Of every client alike, as far as a client does not say otherwise. */
export const CAPABILITIES: Capabilities = {
  local: false,
  offsets: true,
  redeliveryFlag: false,
  durability: DURABILITIES,
  sharing: ["exclusive"],
  answers: ["ack"],
  order: "lane",
  idempotence: true,
  transactions: false,
  protocol: "kafka",
  alterations: ["raise-min-isr", "add-partitions", "move-leader"],
  leader: true,
  reread: "log",
  maxMessageBytes: MAX_MESSAGE_BYTES,
};

/** Capabilities are asked for before there is a broker: then there are none, and connecting says so. */
export function brokersOf(url: string): readonly Address[] {
  return url === "" ? [] : parseAddresses(url);
}

/** @throws UserError `BAD_URL` */
export function needBrokers(brokers: readonly Address[]): void {
  if (brokers.length === 0)
    throw new UserError("no address of a Kafka broker was given", {
      code: "BAD_URL",
      hints: ["Write host:port, and several with commas: broker1:9092,broker2:9092."],
    });
}

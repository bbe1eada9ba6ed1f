import { UserError } from "../../model/errors.ts";
import type { DurabilityClass } from "../../model/topology.ts";
import type { Capabilities } from "../driver.ts";

/** A kind of queue, with what it promises. */
export interface Mode {
  readonly queueType: string;
  readonly durability: Capabilities["durability"];
  /** What a confirm means; of transient messages for `memory`. */
  durabilityClass(durability: "memory" | "disk" | "fsync"): DurabilityClass;
  notes(version: string): readonly string[];
}

const MODES: Readonly<Record<string, Mode>> = {
  classic: {
    queueType: "classic",
    durability: ["none", "memory", "disk"],
    // Confirmed after write(2), before any fsync: rabbitmq.com/blog/2025/01/17.
    durabilityClass: (durability) => ({
      copies: "one",
      flush: durability === "memory" ? "memory" : "page cache",
    }),
    notes: (version) =>
      /^4\.0\./.test(version)
        ? [
            "RabbitMQ 4.0 lacks the flow control from classic queues to publishing channels (back in 4.1): a backlog grows the broker's memory instead of slowing publishers down.",
          ]
        : [],
  },
  quorum: {
    queueType: "quorum",
    durability: ["none", "memory", "disk", "fsync"],
    // Quorum queues ignore the delivery mode: everything is written and flushed on a majority.
    durabilityClass: () => ({ copies: "majority", flush: "fsync" }),
    notes: () => [
      "A quorum queue confirms after a majority of its members has flushed; on a single node there is one member.",
      "Quorum queues cut a prefetch above 2000 to 2000.",
    ],
  },
};

/** @throws UserError `UNKNOWN_MODE` */
export function modeOf(name: string): Mode {
  const mode = MODES[name];
  if (mode) return mode;
  throw new UserError(`rabbitmq has no mode "${name}"`, {
    code: "UNKNOWN_MODE",
    hints: [
      `Use ${Object.keys(MODES)
        .map((m) => `rabbitmq:${m}`)
        .join(" or ")}.`,
    ],
  });
}

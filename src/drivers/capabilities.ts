import type { AlterationKind } from "../model/fault.ts";
import type { Durability, Topology } from "../model/topology.ts";
import type { Answer, ConsumerOptions, MessageHead, Transaction } from "./driver.ts";
import type { RereadKind } from "./reread.ts";

/** What a system in this mode can do. A difference between systems is stated here, never by name. */
export interface Capabilities {
  /** The broker lives in this process: one agent must hold both sides. */
  readonly local: boolean;
  /** Deliveries carry offsets that only grow; a repeat at an old offset is a redelivery, at a new one a copy. */
  readonly offsets: boolean;
  /** Deliveries carry a flag or count that says "delivered before". */
  readonly redeliveryFlag: boolean;
  readonly durability: readonly Durability[];
  /** How several consumers may share one subscription; see {@link ConsumerOptions.sharing}. */
  readonly sharing: readonly Sharing[];
  readonly answers: readonly Answer[];
  /** Order that the mode promises to each consumer as long as nothing is redelivered. */
  readonly order: "lane" | "none";
  /** Whether `ProducerOptions.idempotent` can be asked for. */
  readonly idempotence: boolean;
  /** Whether `ProducerOptions.transactional` and `acknowledge: "transaction"` can be asked for: {@link Transaction}. */
  readonly transactions: boolean;
  /** What is spoken on the connections, where a proxy may stand in them (network faults); absent: none may. */
  readonly protocol?: Protocol;
  /** Producers and consumers make a new connection by themselves when theirs is lost; absent: not promised. */
  readonly reconnects?: boolean;
  /** Changes that `alter` can make; absent: none. */
  readonly alterations?: readonly AlterationKind[];
  /** Producers and consumers can use partitions that are added while they run ({@link Topology.firstPartitions}); absent: no. */
  readonly grows?: boolean;
  /** With `exclusive` the system says itself who reads which partition, anew whenever a consumer comes or goes; absent: the plan. */
  readonly balances?: boolean;
  /** Messages can have a priority ({@link MessageHead.isUrgent}); absent: they cannot. */
  readonly priorities?: boolean;
  /** Whether `leader` can be asked; absent: no. */
  readonly leader?: boolean;
  /** What `reread` gives; absent: it cannot be read again. */
  readonly reread?: RereadKind;
  /** Largest message, in bytes, that the defaults of client and broker take. */
  readonly maxMessageBytes: number;
}

/** Protocols that src/faults understands as far as it has to. */
export type Protocol = "kafka" | "amqp";

/** `exclusive`: each partition is read by one consumer. `compete`: every consumer may get any message. */
export type Sharing = "exclusive" | "compete";

import type { Alteration } from "../model/fault.ts";
import type { Isolation } from "../model/plan.ts";
import type { Durability, DurabilityClass, Topology } from "../model/topology.ts";
import type { Capabilities, Sharing } from "./capabilities.ts";
import type { Reread, RereadOptions } from "./reread.ts";
import type { Positions, Transaction, Transactional } from "./transaction.ts";

export type { Capabilities, Protocol, Sharing } from "./capabilities.ts";
export type { Reread, RereadKind, RereadOptions } from "./reread.ts";
export type { Positions, Transaction, Transactional } from "./transaction.ts";

/**
 * THE contract between the harness and a broker. It is callback-based and batch-friendly: at 10^6
 * messages a second a promise or an object for each message would be what is measured.
 *
 * Words: a *lane* is (producer, partition), numbered `producer * partitions + partition`. Within a lane
 * sequences are dense and start at 0. Every message offered gets exactly one {@link Outcome}.
 *
 * A driver measures nothing, prints nothing and retries nothing that could store a message twice without
 * reporting it as `unknown`, unless an option of its own asks for just that. docs/adding-a-driver.md walks through a complete one; test/drivers/contract.ts
 * is the conformance suite.
 */
export interface Driver {
  readonly system: string;
  readonly mode: string;
  readonly client: string;
  readonly capabilities: Capabilities;
  /**
   * Connects, and says what was found: versions and every option that changes results.
   * @throws BrokerError when unreachable (`BROKER_UNREACHABLE`) or refused (`BROKER_REFUSED`).
   */
  connect(): Promise<TargetInfo>;
  /**
   * Makes the stream. Idempotent with `existing: "accept"` (the default).
   * @throws UserError `STREAM_EXISTS` with `existing: "refuse"` when the broker already has that name.
   */
  create(topology: Topology, options?: { readonly existing: "accept" | "refuse" }): Promise<void>;
  /** Removes the stream and all that belongs to it. Idempotent. */
  drop(topology: Topology): Promise<void>;
  producer(options: ProducerOptions, on: Outcomes): Promise<Producer>;
  /** Resolves once assigned and positioned: what is published afterwards will be delivered. */
  consumer(options: ConsumerOptions, on: Deliveries): Promise<Consumer>;
  /**
   * Messages that wait (ready, delivered but unacknowledged, or lag). Absent: cannot be asked.
   * @throws BrokerError when it cannot be known just now: never an answer that is too low
   */
  depth?(topology: Topology): Promise<readonly Depth[]>;
  /**
   * Changes the stream while it is used; resolves when the broker, asked again, shows the change.
   * `capabilities.alterations` says which changes there are.
   * @throws BrokerError when it refuses, or does not show it
   */
  alter?(topology: Topology, alteration: Alteration): Promise<Altered>;
  /**
   * Which node leads the stream's first partition or queue just now, by the broker's own name for it.
   * `capabilities.leader` says whether it can be asked.
   * @throws BrokerError when nobody does, or nobody tells
   */
  leader?(topology: Topology): Promise<string>;
  /**
   * Reads what the broker still has of the stream: {@link Reread}. There exactly with `capabilities.reread`. Called when
   * nobody produces or consumes any more; resolves when all of it was given.
   * @throws BrokerError when some of it cannot be read: never less than there is without saying so
   */
  reread?(options: RereadOptions, on: Reread): Promise<void>;
  /** Idempotent; never throws because something was already closed or broken. */
  close(): Promise<void>;
}

/** A change of a stream, as the broker shows it. */
export interface Altered {
  /** How many bindings, settings or partitions are others than before. */
  readonly count: number;
  /** For people: what is so now, and how that is known. */
  readonly detail: string;
  /** Takes it back where that is possible, and says what is so then. @throws BrokerError */
  undo(): Promise<string>;
}

/** What `connect` learnt. Everything in it is stored with the result; no secret may be in it. */
export interface TargetInfo {
  readonly version: string;
  readonly clientVersion: string;
  /** `host:port`, without credentials. */
  readonly address: string;
  /** Option name → value as in effect, read back where the broker can tell; units in names. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** What an acknowledgement means with `durability` on this broker. */
  durabilityClass(durability: Durability): DurabilityClass;
  /** Sentences a reader of the result should know, such as a flow control that this version lacks. */
  readonly notes: readonly string[];
}

export interface ProducerOptions {
  readonly topology: Topology;
  /** Producer number within the run; its lanes are `index * partitions …`. */
  readonly index: number;
  /** Offered but not settled messages, at most; `offer` returns 0 beyond. */
  readonly maxInFlight: number;
  /** How long a message may wait for others to share a request, ns; 0: none. */
  readonly lingerNs: number;
  /** Largest batch in bytes, where the client makes batches. */
  readonly batchBytes: number;
  /** After this long without an answer a request counts as `unknown`, ns. */
  readonly publishTimeoutNs: number;
  readonly idempotent: boolean;
  /** Then everything is sent in transactions, and idempotently: {@link Producer.transaction}. */
  readonly transactional?: Transactional;
}

/**
 * `acked`: the broker promised it. `failed`: certainly stored by no attempt. `unknown`: some attempt may
 * have been stored (time-out, cut connection, a hidden retry). `unasked`: nothing was promised, because
 * nothing was asked (acks=0, no confirms).
 */
export type Outcome = "acked" | "failed" | "unknown" | "unasked";

interface Events {
  /** Something happened that explains a number: see {@link EventKind}. `detail` is for people. */
  event(kind: EventKind, detail: string): void;
}

export type EventKind =
  | "connected"
  /** The connection is lost, and another one is looked for: `reconnected` or `broken` follows. */
  | "disconnected"
  | "reconnected"
  | "rebalanced"
  | "blocked"
  | "unblocked"
  | "throttled"
  | "returned"
  /** Will not work again; the harness ends the run. */
  | "broken";

export interface Outcomes extends Events {
  /** Sequences `from … from + count - 1` of a lane have this outcome. `code` names why, unless acked. */
  settled(lane: number, from: number, count: number, outcome: Outcome, code?: string): void;
  /** The same for sequences that are not a range. */
  settledList(lane: number, sequences: readonly number[], outcome: Outcome, code?: string): void;
  /** There is room again, after an `offer` that took less than it was given. */
  ready(): void;
}

/** The messages that are due, oldest first. */
export interface MessageSource {
  /** The next message, or undefined when none is due. The same object is returned each time. */
  peek(): MessageHead | undefined;
  /** Stamps the message last peeked at into `into` at `at` (`sizeBytes` long) and moves on. */
  write(into: Uint8Array, at: number): void;
}

export interface MessageHead {
  readonly lane: number;
  readonly sequence: number;
  readonly partition: number;
  readonly sizeBytes: number;
  /** To be sent as the message's key where the system has keys. Never changes after it was handed out. */
  readonly key: Buffer | undefined;
  /** To be delivered before what is not, where the system has priorities; absent: no. */
  readonly isUrgent?: boolean;
}

export interface Producer {
  /**
   * Takes up to `max` messages from the source, as far as there is room, and returns how many it took.
   * Taking fewer than were due promises a later `on.ready()`. Never throws for a broken connection:
   * that is an outcome.
   */
  offer(source: MessageSource, max: number): number;
  /**
   * Sends what lingers and resolves when everything taken is settled, or within a transaction when the broker
   * has nothing more to say of any of it. The caller bounds the wait.
   */
  flush(): Promise<void>;
  /** Ends it; what is not settled by now is settled as `unknown`. Idempotent. */
  close(): Promise<void>;
  /** There exactly when `ProducerOptions.transactional` was given. */
  readonly transaction?: Transaction;
}

export interface ConsumerOptions {
  readonly topology: Topology;
  readonly subscription: string;
  /** Consumer number within its subscription, from 0. */
  readonly index: number;
  readonly sharing: Sharing;
  /** Partitions to read: its own with `exclusive`, all of them with `compete`. */
  readonly partitions: readonly number[];
  /** Delivered but unanswered messages, at most. */
  readonly prefetch: number;
  /**
   * `manual`: {@link Consumer.answer} decides. `auto`: delivering is acknowledging. `transaction`: answers only
   * move {@link Consumer.positions}, and nothing but a producer's transaction tells the broker.
   */
  readonly acknowledge: "manual" | "auto" | "transaction";
}

/**
 * `ack`: done with it. `requeue`: give it to somebody again. `reject`: never again (dropped or
 * dead-lettered).
 */
export type Answer = "ack" | "requeue" | "reject";

export interface Deliveries extends Events {
  /** Messages follow that arrived together; the harness reads its clock here, once. */
  begin(): void;
  /**
   * One message in `bytes[start … end)`, which is dead when this returns.
   * @param tag of this consumer, growing by one from 0: what `answer` refers to
   * @param offset position in the partition, or -1 where there is none
   * @param redelivered 0: not delivered before, as far as the broker says; else a count, or 1
   */
  message(
    bytes: Buffer,
    start: number,
    end: number,
    tag: number,
    partition: number,
    offset: number,
    redelivered: number,
  ): void;
  /** The messages since `begin` are complete. */
  end(): void;
}

export interface Consumer {
  /** Answers one delivery, or with `upTo` every unanswered one up to and including `tag`. */
  answer(tag: number, answer: Answer, upTo: boolean): void;
  /** Brings answers to the broker that are held back for batching. */
  flush(): Promise<void>;
  /** Stops deliveries and leaves; unanswered messages go back to the broker. Idempotent. */
  close(): Promise<void>;
  /**
   * How far it has answered; there exactly with `acknowledge: "transaction"`. The consumer does not go back when
   * a transaction is aborted: one that is opened anew begins where the last commit was.
   */
  positions?(): Positions;
}

export interface Depth {
  readonly subscription: string;
  readonly partition: number;
  /** Ready + delivered but unacknowledged, or end offset − committed offset. */
  readonly messages: number;
}

/** How a driver is made. */
export interface DriverSettings {
  /**
   * Where the broker lives, credentials included. Empty for a driver that needs none, and while only the
   * capabilities are asked for: a URL that makes no sense is an error of `connect`.
   */
  readonly url: string;
  /** Where the broker's management API lives, credentials included, if that is known. */
  readonly managementUrl?: string;
  readonly mode: string;
  /** `options` of the plan for this driver: its own settings, checked by itself. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Which messages of transactions consumers get. Absent: as the driver's own options say. */
  readonly isolation?: Isolation;
}

/** @throws UserError for an option that makes no sense. Touches no network. */
export type DriverFactory = (settings: DriverSettings) => Driver;

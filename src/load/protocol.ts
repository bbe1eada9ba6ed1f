import type { CrashPoint } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { DurabilityClass, Topology } from "../model/topology.ts";
import type { ArrivalCounters } from "./arrivals.ts";
import type { Instant } from "./clock.ts";
import type { VitalSigns } from "./vitals.ts";

/** Control messages from the conductor to an agent, in the order in which they come. */
export type ToAgent =
  | AgentInit
  /** Make the consumers (plans that build a backlog first). */
  | { readonly type: "consume" }
  /** The run's time 0. */
  | { readonly type: "start"; readonly origin: Instant }
  /** The stream has so many partitions now: use them. */
  | { readonly type: "grown"; readonly partitions: number }
  /** One more consumer of each subscription; and what has come so leaves again. */
  | { readonly type: "join" | "leave" }
  /** Make no more messages, and wait no longer than `flushMs` for what is in flight. */
  | { readonly type: "stop"; readonly flushMs: number }
  /** Ship at once, and from now on this often. */
  | { readonly type: "drain"; readonly everyMs: number }
  | { readonly type: "depth" }
  /** Acknowledge, close, ship the rest, end. */
  | { readonly type: "finish" };

export interface AgentInit {
  readonly type: "init";
  readonly name: string;
  readonly plan: Plan;
  readonly topology: Topology;
  /** Stamped into every envelope. */
  readonly runNumber: number;
  readonly url: string;
  readonly managementUrl?: string;
  /** Numbers of the producers that live here. */
  readonly producers: readonly number[];
  readonly consumers: readonly ConsumerSeat[];
  /** The stream lives in this process: make and remove it here. */
  readonly ownsStream: boolean;
  /** The run's time 0, where that has passed already. */
  readonly origin?: Instant;
  /** Folder of the databases in which consumers keep their effects, where the plan has them. */
  readonly effects?: string;
  /** Only where the plan kills agents of this side. */
  readonly journal?: JournalInit;
}

/** What an agent needs that will be killed, or that takes the place of one that was. */
export interface JournalInit {
  /** Where it writes down what it does. */
  readonly path: string;
  readonly crashes: readonly CrashInit[];
  readonly before?: Incarnation;
}

/** The agent kills itself when it comes to the point for the first time after `atNs` of the run. */
export interface CrashInit {
  /** Number of the fault in the plan. */
  readonly fault: number;
  readonly atNs: number;
  readonly point: CrashPoint;
}

/** Where an agent that was killed had come to, by its journal. */
export interface Incarnation {
  readonly producers: readonly ProducerTick[];
  readonly consumers: readonly ConsumerPlace[];
}

export interface ConsumerPlace extends ConsumerSeat {
  /** Per partition: highest offset that was processed, -1 for none. */
  readonly offsets: readonly number[];
}

/** Consumer `index` of subscription number `subscription`. */
export interface ConsumerSeat {
  readonly subscription: number;
  readonly index: number;
}

/** Control messages from an agent to the conductor. */
export type FromAgent =
  | { readonly type: "ready"; readonly info: AgentInfo }
  | { readonly type: "consuming" }
  | Tick
  /** All producers are through, and everything is settled. */
  | { readonly type: "produced" }
  | { readonly type: "overloaded"; readonly backlogNs: number }
  /** Who had joined has left, and was given so many messages. */
  | { readonly type: "left"; readonly taken: number }
  | {
      readonly type: "event";
      readonly atNs: number;
      readonly source: string;
      readonly kind: string;
      readonly detail: string;
    }
  | { readonly type: "depth"; readonly messages: number | null }
  | FaultMark
  | {
      readonly type: "error";
      readonly kind: "user" | "broker" | "bug";
      readonly code: string;
      readonly message: string;
      readonly hints: readonly string[];
      readonly stack?: string;
    }
  | { readonly type: "finished" };

/** What flowed through an agent until now, at the planned times of a fault; totals since the start. */
export interface FaultMark {
  readonly type: "mark";
  /** Number of the fault in the plan. */
  readonly fault: number;
  readonly edge: "start" | "middle" | "end";
  readonly sent: number;
  readonly delivered: number;
  /** Sent and without an outcome yet. */
  readonly unsettled: number;
}

/** What an agent's driver learnt from `connect`, without its functions. */
export interface AgentInfo {
  readonly version: string;
  readonly clientVersion: string;
  readonly address: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly notes: readonly string[];
  readonly durability: DurabilityClass;
}

/** Comes after the frames of a shipment and completes it. Counters are totals since the start. */
export interface Tick extends VitalSigns {
  readonly type: "tick";
  /** When the shipped second ended, by the schedule of ticks. */
  readonly atNs: number;
  readonly producers: readonly ProducerTick[];
  readonly subscriptions: readonly SubscriptionTick[];
  readonly backlogNs: number;
  /** Length of the journal whose content has been shipped with this tick and those before. */
  readonly journalBytes?: number;
}

export interface ProducerTick {
  readonly index: number;
  readonly offered: readonly number[];
  readonly sent: number;
  readonly sentInWindow: number;
  readonly ackedInWindow: number;
  readonly ackedBytesInWindow: number;
  readonly bytes: number;
  readonly late: number;
  readonly full: number;
  readonly offers: number;
  /** That it has begun. */
  readonly transactions: number;
  readonly codes: Readonly<Record<string, number>>;
}

export interface SubscriptionTick extends ArrivalCounters {
  readonly subscription: number;
  readonly reorderedExamples: readonly (readonly [number, number])[];
}

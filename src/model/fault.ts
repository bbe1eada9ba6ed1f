import type { FaultCost } from "./fault-cost.ts";

/** What can be done to a run on purpose, while its measure phase lasts. docs/faults.md says what each does. */
export const FAULT_KINDS = [
  "cut",
  "refuse",
  "stall",
  "delay",
  "slow",
  "half-open",
  "drop-response",
  "pause",
  "kill",
  "restart",
  "memory-alarm",
  "move-leader",
  "unbind",
  "delete-queue",
  "raise-min-isr",
  "add-partitions",
  "crash",
  "freeze",
  "join",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Whose connections a network fault is about; a fault of the broker's process meets both. */
export const FAULT_SIDES = ["producer", "consumer", "both"] as const;

export type FaultSide = (typeof FAULT_SIDES)[number];

/** Where the bytes were going that a half-open connection swallows. */
export const FAULT_WAYS = ["broker", "client"] as const;

export type FaultWay = (typeof FAULT_WAYS)[number];

/** Which node of a local broker: by its number, or the one that leads the stream's first partition just then. */
export const FAULT_NODES = ["1", "2", "3", "leader"] as const;

export type FaultNode = (typeof FAULT_NODES)[number];

/** Between which of its steps an agent is killed; docs/crashes.md says what lies before and after each. */
export const CRASH_POINTS = [
  "before-process",
  "after-process",
  "after-acknowledge",
  "after-send",
  "mid-transaction",
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/** One fault of a plan. Two of them never overlap. */
export type FaultPlan = {
  /** Since the start of the measure phase, in which the fault begins and ends. */
  readonly atNs: number;
  readonly forNs: number;
  readonly side: FaultSide;
} & (
  | { readonly kind: "cut" | "refuse" | "stall" | "drop-response" | "freeze" }
  /** The broker says that its memory is short, and takes nothing from who publishes. */
  | { readonly kind: "memory-alarm" }
  /** Without a node: all of them. */
  | { readonly kind: "pause"; readonly node?: FaultNode }
  | NodeDown
  | { readonly kind: "delay"; readonly byNs: number }
  | { readonly kind: "slow"; readonly bytesPerS: number }
  | { readonly kind: "half-open"; readonly toward: FaultWay }
  | Alteration
  /** One more consumer of each subscription comes, and leaves in order at the end. */
  | { readonly kind: "join" }
  /** `forNs` is the time from the kill to the start of a new agent in its place. */
  | { readonly kind: "crash"; readonly point: CrashPoint; readonly keepsJournal: boolean }
);

/**
 * A node ends, by SIGKILL or in order (SIGTERM), and is started again `forNs` after the fault's begin; the fault
 * lasts until it serves. `lagNs` before a kill the other nodes are stopped, and they go on right after it.
 */
export type NodeDown = {
  readonly kind: "kill" | "restart";
  readonly node: FaultNode;
  readonly lagNs?: number;
};

/** A fault of one node. */
export type NodeFault = NodeDown | { readonly kind: "pause"; readonly node: FaultNode };

/**
 * A change of the stream while it is used, as an administrator may make it, also by mistake. `unbind`: its queues
 * from their exchange. `delete-queue`: all of them, for good. `raise-min-isr`: copies that must be in sync.
 * `add-partitions`: partitions from then on. `move-leader`: every partition is led by another node.
 */
export type Alteration =
  | { readonly kind: "unbind" | "delete-queue" | "move-leader" }
  | { readonly kind: "raise-min-isr" | "add-partitions"; readonly to: number };

export type AlterationKind = Alteration["kind"];

/** A fault of the broker's own processes, which have to be ours. */
export function isProcessFault({ kind }: FaultPlan): boolean {
  return kind === "pause" || kind === "kill" || kind === "restart" || kind === "memory-alarm";
}

/** A fault of one of the broker's nodes. */
export function isNodeFault(fault: FaultPlan): fault is FaultPlan & NodeFault {
  return isProcessFault(fault) && "node" in fault;
}

/** A fault after which a node has to be started again. */
export function isNodeDown(fault: FaultPlan): fault is FaultPlan & NodeDown {
  return fault.kind === "kill" || fault.kind === "restart";
}

/** A fault of the stream itself, which the driver's facet `alter` does. */
export function isAlteration(fault: FaultPlan): fault is FaultPlan & Alteration {
  return ["unbind", "delete-queue", "raise-min-isr", "add-partitions", "move-leader"].includes(fault.kind);
}

/** A fault of the clients: an agent is killed or stopped. */
export function isClientFault({ kind }: FaultPlan): boolean {
  return kind === "crash" || kind === "freeze";
}

/** A fault of the network between the broker and its clients. */
export function isNetworkFault(fault: FaultPlan): boolean {
  return !isProcessFault(fault) && !isClientFault(fault) && !isAlteration(fault) && fault.kind !== "join";
}

/** When agents of a side are stopped by their plan, ns since the run's start. */
export function frozenSpans(
  {
    faults,
    phases,
  }: { readonly faults: readonly FaultPlan[]; readonly phases: { readonly warmupNs: number } },
  side: FaultSide,
): readonly { readonly fromNs: number; readonly toNs: number }[] {
  return faults
    .filter((fault) => fault.kind === "freeze" && fault.side === side)
    .map(({ atNs, forNs }) => ({
      fromNs: phases.warmupNs + atNs,
      toNs: phases.warmupNs + atNs + forNs,
    }));
}

/** What became of a fault; times in ns since the run's start. */
export interface FaultResult {
  readonly kind: FaultKind;
  readonly side: FaultSide;
  /** Of a crash. */
  readonly point?: CrashPoint;
  /** Of a fault of one node: its name. */
  readonly node?: string;
  readonly plannedAtNs: number;
  /** Null where the run ended before; a crash ends when the new agent is ready, a kill when the node serves again. */
  readonly startNs: number | null;
  readonly endNs: number | null;
  /** It did something, and to messages: see {@link FaultEvidence}. Independent of what the ledger says. */
  readonly bit: boolean;
  readonly evidence: FaultEvidence;
  /** Null where it did not bite. */
  readonly cost?: FaultCost | null;
}

/** What the injector counted, and what flowed meanwhile by the agents' own count. */
export interface FaultEvidence extends FaultDeeds {
  /** Messages sent or delivered while it lasted. */
  readonly messages: number;
  /**
   * Messages sent and not settled, at its start or at its middle, whichever were more. Of a crash, by the journal:
   * sent and not settled, or delivered and not through with the step in which the consumer was killed.
   */
  readonly inFlight: number;
}

/** What the injector did. */
export interface FaultDeeds {
  /** Connections that were cut. */
  readonly connections?: number;
  /** Connections that were refused. */
  readonly refused?: number;
  /** Bytes that were held, delayed or swallowed. */
  readonly bytes?: number;
  /** Answers that were swallowed. */
  readonly answers?: number;
  /** Processes that were seen stopped. */
  readonly processes?: number;
  /** Bindings, settings or partitions that the broker, asked again, had changed. */
  readonly altered?: number;
  /** Agents that were killed, or processes of a node that were seen to be gone. */
  readonly killed?: number;
  /** Messages that consumers were given who joined. */
  readonly taken?: number;
  /** Connections that the broker itself said it blocks. */
  readonly blocked?: number;
  /** 1 where the leader of the stream's first partition was seen to be another. */
  readonly moved?: number;
}

/**
 * Whether a fault bit: something was done (a connection cut, a byte held, a process stopped, a binding gone) and a message was
 * on its way. A refused connection says both at once: somebody wanted one.
 */
export function hasBitten(kind: FaultKind, e: FaultEvidence): boolean {
  if (kind === "refuse") return (e.refused ?? 0) > 0;
  if (kind === "crash") return (e.killed ?? 0) > 0 && e.inFlight > 0;
  const deeds =
    (e.connections ?? 0) +
    (e.bytes ?? 0) +
    (e.answers ?? 0) +
    (e.processes ?? 0) +
    (e.altered ?? 0) +
    (e.blocked ?? 0) +
    (e.killed ?? 0) +
    (e.taken ?? 0);
  return deeds > 0 && e.messages + e.inFlight > 0;
}

/** What the proxy in front of the broker adds to a round trip of 1 KiB, measured before the run. */
export interface ProxyCost {
  readonly addedP50Ns: number;
  readonly addedP99Ns: number;
}

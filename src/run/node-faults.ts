import { setTimeout as sleep } from "node:timers/promises";
import type { BrokerNode } from "../brokers/node.ts";
import type { Clock } from "../load/clock.ts";
import { BrokerError, messageOf } from "../model/errors.ts";
import type { FaultDeeds, FaultNode, FaultPlan, NodeFault } from "../model/fault.ts";
import { formatDuration } from "../model/units.ts";
import type { FaultLog } from "./fault-log.ts";

/** Kills, restarts and pauses single nodes of a local broker at the times of a plan. */
export interface NodeFaults {
  /** The run's time 0 is known. */
  start(clock: Clock): void;
  /** Until when clients may be without their broker; infinity while a node is not back. */
  excusedUntilNs(): number;
  /** Every node is there again when it resolves, and nothing more is done. Idempotent. */
  stop(): Promise<void>;
}

export type PlannedNodeFault = {
  readonly index: number;
  /** Times are since the run's start. */
  readonly fault: FaultPlan & NodeFault;
};

export interface NodeFaultContext {
  readonly nodes: readonly BrokerNode[];
  /** The broker's own name of the node that leads the stream. */
  leader(): Promise<string>;
  readonly log: FaultLog;
}

/** Kafka's orderly end of an idle node takes 1 to 3 s, of one without a controller all of this. */
const GRACE_MS = 15_000;
/** A broker that says nothing about its leader holds nothing up for longer. */
const LEADER_MS = 5000;
const LEADER_EVERY_MS = 250;
/** Clients that looked for the node come back to it within this time. */
const FOUND_AGAIN_NS = 5e9;

/** What was done to a node, and how it is taken back. */
interface Done {
  readonly node: BrokerNode;
  readonly deeds: FaultDeeds;
  readonly detail: string;
  undo(): Promise<string>;
}

export function planNodeFaults(planned: readonly PlannedNodeFault[], context: NodeFaultContext): NodeFaults {
  const { nodes, log } = context;
  const timers = new Set<NodeJS.Timeout>();
  let clock: Clock | undefined;
  const now = (): number => clock?.now() ?? 0;
  let excusedNs = 0;
  let isOver = false;
  /** Ends the time of the fault that goes on. */
  const over = new AbortController();
  /** One after another: a node may need longer to come back than the plan leaves between two faults. */
  let queue = Promise.resolve();

  const until = async (ns: number): Promise<void> => {
    const leftMs = Math.max(0, Math.ceil((ns - now()) / 1e6));
    await sleep(leftMs, undefined, { signal: over.signal }).catch(() => {});
  };

  const chosen = async (choice: FaultNode): Promise<BrokerNode> => {
    const name = choice === "leader" ? await within(context.leader(), LEADER_MS) : choice;
    const node = choice === "leader" ? nodes.find((n) => n.ownName === name) : nodes[Number(choice) - 1];
    if (node) return node;
    throw new BrokerError(`${name} leads the stream, and is none of ${nodes.map((n) => n.ownName).join()}`, {
      code: "LEADER_UNKNOWN",
    });
  };

  const afflict = async (fault: FaultPlan & NodeFault, node: BrokerNode): Promise<Done> => {
    const count = node.pids().length;
    const started = async (): Promise<string> => {
      const since = performance.now();
      await node.start();
      return `${node.name} serves again, ${formatDuration((performance.now() - since) * 1e6)} after it was started`;
    };
    switch (fault.kind) {
      case "pause":
        await node.stop();
        return {
          ...{ node, deeds: { processes: count }, detail: `${node.name} is stopped` },
          async undo() {
            await node.cont();
            return `${node.name} goes on`;
          },
        };
      case "kill":
        await behind(fault, node, () => node.kill());
        return { node, deeds: { killed: count }, detail: `${node.name} is killed`, undo: started };
      case "restart": {
        const isOrderly = await node.end(GRACE_MS);
        const how = isOrderly ? "ended by itself" : `was killed after ${GRACE_MS / 1000} s`;
        return { node, deeds: { killed: count }, detail: `${node.name} ${how}`, undo: started };
      }
    }
  };

  /** With a lag, what is stored just before the node ends has reached no other one. */
  const behind = async (
    { lagNs }: FaultPlan & { readonly lagNs?: number },
    node: BrokerNode,
    action: () => Promise<void>,
  ): Promise<void> => {
    const others = lagNs === undefined ? [] : nodes.filter((n) => n !== node && n.state() === "running");
    try {
      await Promise.all(others.map((n) => n.stop()));
      if (lagNs !== undefined) await until(now() + lagNs);
      await action();
    } finally {
      await Promise.all(others.map((n) => n.cont()));
    }
  };

  /** @returns after how long another node was seen to lead, once it was */
  const watchLeader = (leader: BrokerNode, sinceNs: number, ended: AbortSignal) => {
    const seen: { afterNs?: number; name?: string } = {};
    const look = async (): Promise<void> => {
      while (!ended.aborted && seen.name === undefined) {
        const name = await within(context.leader(), LEADER_MS).catch(() => leader.ownName);
        if (name !== leader.ownName) Object.assign(seen, { name, afterNs: now() - sinceNs });
        else await sleep(LEADER_EVERY_MS, undefined, { signal: ended, ref: false }).catch(() => {});
      }
    };
    void look();
    return seen;
  };

  const run = async ({ index, fault }: PlannedNodeFault): Promise<void> => {
    if (isOver) return;
    excusedNs = Number.POSITIVE_INFINITY;
    const ended = new AbortController();
    let deeds: FaultDeeds = {};
    let detail: string;
    try {
      const node = await chosen(fault.node);
      const atNs = now();
      const done = await afflict(fault, node);
      deeds = done.deeds;
      log.began(index, atNs, { detail: done.detail, deeds, node: node.name });
      const isLed = fault.node === "leader" && nodes.length > 1;
      const seen = isLed ? watchLeader(node, atNs, ended.signal) : {};
      await until(fault.atNs + fault.forNs);
      detail = await done.undo();
      if (seen.name !== undefined) {
        deeds = { ...deeds, moved: 1 };
        detail += `; ${nodeName(nodes, seen.name)} led ${formatDuration(seen.afterNs!)} after the begin`;
      }
    } catch (error) {
      if (Object.keys(deeds).length === 0) log.began(index, now(), { detail: `failed: ${messageOf(error)}` });
      detail = messageOf(error);
    } finally {
      ended.abort();
    }
    log.ended(index, now(), deeds, detail);
    excusedNs = now() + FOUND_AGAIN_NS;
  };

  return {
    start(runClock) {
      clock = runClock;
      for (const one of planned)
        timers.add(
          setTimeout(
            () => {
              queue = queue.then(() => run(one));
            },
            Math.max(0, Math.ceil((one.fault.atNs - now()) / 1e6)),
          ),
        );
    },
    excusedUntilNs: () => excusedNs,
    async stop() {
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      over.abort();
      await queue;
    },
  };
}

function nodeName(nodes: readonly BrokerNode[], ownName: string): string {
  return nodes.find((n) => n.ownName === ownName)?.name ?? ownName;
}

async function within<T>(done: Promise<T>, boundMs: number): Promise<T> {
  const ended = new AbortController();
  const late = sleep(boundMs, undefined, { signal: ended.signal, ref: false }).then(() => {
    throw new BrokerError(`no answer for ${boundMs / 1000} s`, { code: "NO_ANSWER" });
  });
  late.catch(() => {});
  return await Promise.race([done, late]).finally(() => ended.abort());
}

import { createStopper, type Stopper, stoppable } from "../brokers/stopper.ts";
import type { Altered, Protocol } from "../drivers/driver.ts";
import { addressesIn, withAddresses } from "../faults/address.ts";
import { measureProxy } from "../faults/proxy-cost.ts";
import { type ProxyProcess, startProxyProcess } from "../faults/proxy-process.ts";
import type { Clock, Instant } from "../load/clock.ts";
import type { FaultMark } from "../load/protocol.ts";
import {
  type Alteration,
  type FaultPlan,
  type FaultResult,
  isAlteration,
  isNetworkFault,
  isNodeFault,
  type ProxyCost,
} from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { RunEvent } from "../model/result.ts";
import type { AgentProcess } from "./agent-process.ts";
import { type PlannedAlteration, planAlterations } from "./alterations.ts";
import type { BrokerPlace } from "./brokers.ts";
import { type Crashes, createCrashes } from "./crashes.ts";
import { createFaultLog } from "./fault-log.ts";
import { type PlannedFreeze, planFreezes } from "./freezes.ts";
import { type PlannedJoin, planJoins } from "./joins.ts";
import { type MemoryAlarms, type PlannedMemoryAlarm, planMemoryAlarms } from "./memory-alarms.ts";
import { type PlannedNodeFault, planNodeFaults } from "./node-faults.ts";
import { notOurs } from "./possible-faults.ts";
import type { Seat } from "./seats.ts";

/** Injects a plan's faults into one run, and knows what they did. */
export interface FaultCrew {
  /** Where an agent finds the broker: behind the proxy, if its side is to be disturbed. */
  urlFor(seat: Pick<Seat, "producers">): string;
  /** What agents that are killed leave behind. */
  readonly crashes: Crashes;
  /** What the proxy costs; undefined without one. */
  readonly proxy: ProxyCost | undefined;
  /** The run's time 0 is known. */
  start(
    origin: Instant,
    clock: Clock,
    agents: readonly AgentProcess[],
    onEvent: (event: RunEvent) => void,
  ): void;
  mark(agent: string, mark: FaultMark): void;
  /** Consumers that had joined have left, and were given so many messages. */
  left(taken: number): void;
  /** Until when faults that have begun keep clients from their broker, ns since the run's start. */
  excusedUntilNs(nowNs: number): number;
  /** Ends what goes on and begins nothing more. Idempotent. */
  stop(): Promise<void>;
  results(): readonly FaultResult[];
  /** Nothing stays stopped, and no proxy stays. Idempotent. */
  close(): Promise<void>;
}

/** What faults do to the stream and ask about it through the driver. */
export interface StreamFacets {
  alter(alteration: Alteration): Promise<Altered>;
  /** The broker's own name of the node that leads it. */
  leader(): Promise<string>;
}

/**
 * Makes ready what a plan's faults need: a proxy in front of the broker, a watcher for what will be stopped.
 * @param journalFolder where agents write that will be killed
 * @returns undefined for a plan without faults
 * @throws UserError where a fault is not possible on this broker, BrokerError where the proxy cannot start
 */
export async function prepareFaults(
  plan: Plan,
  place: BrokerPlace,
  protocol: Protocol | undefined,
  facets: StreamFacets,
  journalFolder: string,
): Promise<FaultCrew | undefined> {
  if (plan.faults.length === 0) return undefined;
  const log = createFaultLog(plan);
  let running: readonly AgentProcess[] = [];
  const indexed = plan.faults.map((fault, index) => ({
    index,
    fault: { ...fault, atNs: fault.atNs + plan.phases.warmupNs },
  }));
  const network = indexed.filter(({ fault }) => isNetworkFault(fault));
  const pauses = indexed.filter(({ fault }) => fault.kind === "pause" && !isNodeFault(fault));
  const ofNodes = indexed.filter((one): one is PlannedNodeFault => isNodeFault(one.fault));
  const nodes = place.local?.nodes ?? [];
  const nodeFaults = planNodeFaults(ofNodes, { nodes, leader: facets.leader, log });
  const freezes = planFreezes(
    indexed.filter((one): one is PlannedFreeze => one.fault.kind === "freeze"),
    log,
  );
  const joins = planJoins(
    indexed.filter((one): one is PlannedJoin => one.fault.kind === "join"),
    log,
  );
  const alterations = planAlterations(
    indexed.filter((one): one is PlannedAlteration => isAlteration(one.fault)),
    plan.phases.warmupNs + plan.phases.measureNs,
    async (change) => {
      const altered = await facets.alter(change);
      if (change.kind === "add-partitions" && plan.stream.grownTo !== undefined)
        for (const agent of running) agent.tell({ type: "grown", partitions: change.to });
      return altered;
    },
    log,
  );
  const alarmed = indexed.filter((one): one is PlannedMemoryAlarm => one.fault.kind === "memory-alarm");
  const timers = new Set<NodeJS.Timeout>();
  const urls = new Map<string, string>();
  let proxy: ProxyProcess | undefined;
  let cost: ProxyCost | undefined;
  let stopper: Stopper | undefined;
  let memoryAlarms: MemoryAlarms | undefined;
  let pausing: number | undefined;
  let clock: Clock | undefined;

  const endPause = (): void => {
    if (pausing === undefined || stopper === undefined) return;
    const processes = stopper.go();
    log.ended(pausing, clock?.now() ?? 0, { processes });
    pausing = undefined;
  };
  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    endPause();
    stopper?.end();
    await Promise.all([
      ...[alterations, nodeFaults, freezes, joins].map((one) => one.stop()),
      memoryAlarms?.close(),
    ]);
    await proxy?.kill();
  };

  try {
    if (ofNodes.length > 0 && nodes.length === 0) throw notOurs(plan.target.system, ofNodes[0]!.fault.kind);
    if (pauses.length > 0) {
      const processes = stoppable(place.local?.pids ?? []);
      if (processes.length === 0) throw notOurs(plan.target.system, "pause");
      stopper = await createStopper(processes);
    }
    if (alarmed.length > 0) {
      if (place.local?.memoryAlarm === undefined) throw notOurs(plan.target.system, "memory-alarm");
      memoryAlarms = planMemoryAlarms(alarmed, await place.local.memoryAlarm(), log);
    }
    if (network.length > 0 && protocol !== undefined) {
      const brokers = addressesIn(place.url);
      proxy = startProxyProcess((m) =>
        m.type === "began" ? log.began(m.index, m.atNs) : log.ended(m.index, m.atNs, m.deeds),
      );
      cost = await measureProxy(proxy);
      for (const side of ["producer", "consumer"] as const)
        if (network.some(({ fault }) => fault.side === side || fault.side === "both"))
          urls.set(side, withAddresses(place.url, await proxy.open(side, protocol, brokers)));
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    urlFor: ({ producers }) => urls.get(producers.length > 0 ? "producer" : "consumer") ?? place.url,
    crashes: createCrashes(plan, journalFolder, log),
    proxy: cost,
    start(origin, runClock, agents, onEvent) {
      clock = runClock;
      running = agents;
      log.listen(onEvent);
      proxy?.start(origin, network);
      alterations.start(runClock);
      nodeFaults.start(runClock);
      freezes.start(runClock, agents);
      joins.start(runClock, agents);
      memoryAlarms?.start(runClock);
      const at = (ns: number, action: () => void): void => {
        timers.add(setTimeout(action, Math.max(0, Math.ceil((ns - runClock.now()) / 1e6))));
      };
      for (const { index, fault } of pauses) {
        at(fault.atNs, () => {
          endPause();
          pausing = index;
          log.began(index, runClock.now());
          stopper?.stop();
          at(fault.atNs + fault.forNs, () => {
            if (pausing === index) endPause();
          });
        });
      }
    },
    mark: (agent, mark) => log.mark(agent, mark),
    left: (taken) => joins.left(taken),
    excusedUntilNs: (nowNs) =>
      Math.max(
        nodeFaults.excusedUntilNs(),
        ...indexed.filter(({ fault }) => fault.atNs <= nowNs).map(({ fault }) => endOf(fault)),
      ),
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      endPause();
      await Promise.all([alterations, nodeFaults, freezes, joins, memoryAlarms].map((one) => one?.stop()));
      await proxy?.stop();
    },
    results: () => log.results(),
    close,
  };
}

function endOf({ atNs, forNs }: FaultPlan): number {
  return atNs + forNs;
}

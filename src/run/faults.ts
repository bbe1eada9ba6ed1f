import { brokerSystems } from "../brokers/catalogue.ts";
import { createStopper, type Stopper, stoppable } from "../brokers/stopper.ts";
import type { Altered, Protocol } from "../drivers/driver.ts";
import { addressesIn, withAddresses } from "../faults/address.ts";
import { measureProxy } from "../faults/proxy-cost.ts";
import { type ProxyProcess, startProxyProcess } from "../faults/proxy-process.ts";
import type { Clock, Instant } from "../load/clock.ts";
import type { FaultMark } from "../load/protocol.ts";
import { UserError } from "../model/errors.ts";
import {
  type Alteration,
  type FaultPlan,
  type FaultResult,
  isAlteration,
  isNetworkFault,
  isProcessFault,
  type ProxyCost,
} from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { RunEvent } from "../model/result.ts";
import { type PlannedAlteration, planAlterations } from "./alterations.ts";
import type { BrokerPlace } from "./brokers.ts";
import { type Crashes, createCrashes } from "./crashes.ts";
import { createFaultLog } from "./fault-log.ts";
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
  start(origin: Instant, clock: Clock, onEvent: (event: RunEvent) => void): void;
  mark(agent: string, mark: FaultMark): void;
  /** Until when faults that have begun keep clients from their broker, ns since the run's start. */
  excusedUntilNs(nowNs: number): number;
  /** Ends what goes on and begins nothing more. Idempotent. */
  stop(): Promise<void>;
  results(): readonly FaultResult[];
  /** Nothing stays stopped, and no proxy stays. Idempotent. */
  close(): Promise<void>;
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
  alter: (alteration: Alteration) => Promise<Altered>,
  journalFolder: string,
): Promise<FaultCrew | undefined> {
  if (plan.faults.length === 0) return undefined;
  const log = createFaultLog(plan);
  const indexed = plan.faults.map((fault, index) => ({
    index,
    fault: { ...fault, atNs: fault.atNs + plan.phases.warmupNs },
  }));
  const network = indexed.filter(({ fault }) => isNetworkFault(fault));
  const pauses = indexed.filter(({ fault }) => isProcessFault(fault));
  const alterations = planAlterations(
    indexed.filter((one): one is PlannedAlteration => isAlteration(one.fault)),
    plan.phases.warmupNs + plan.phases.measureNs,
    alter,
    log,
  );
  const timers = new Set<NodeJS.Timeout>();
  const urls = new Map<string, string>();
  let proxy: ProxyProcess | undefined;
  let cost: ProxyCost | undefined;
  let stopper: Stopper | undefined;
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
    await alterations.stop();
    await proxy?.kill();
  };

  try {
    if (pauses.length > 0) {
      const processes = stoppable(place.local?.pids ?? []);
      if (processes.length === 0) throw notOurs(plan.target.system);
      stopper = await createStopper(processes);
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
    start(origin, runClock, onEvent) {
      clock = runClock;
      log.listen(onEvent);
      proxy?.start(origin, network);
      alterations.start(runClock);
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
    excusedUntilNs: (nowNs) =>
      Math.max(0, ...indexed.filter(({ fault }) => fault.atNs <= nowNs).map(({ fault }) => endOf(fault))),
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      endPause();
      await alterations.stop();
      await proxy?.stop();
    },
    results: () => log.results(),
    close,
  };
}

/**
 * What can be known to be impossible before anything starts.
 * @param urls system → URL, where the user gave one
 * @throws UserError
 */
export function requirePossible(plans: readonly Plan[], urls: ReadonlyMap<string, string>): void {
  for (const { target, faults } of plans) {
    const url = urls.get(target.system);
    const isOurs = url === undefined && brokerSystems().some((s) => s.system === target.system);
    if (!isOurs && faults.some(isProcessFault)) throw notOurs(target.system);
    if (url !== undefined && faults.length > 0) addressesIn(url);
  }
}

function notOurs(system: string): UserError {
  return new UserError(
    `pause: the ${system} was not started by mqbench, so its processes cannot be stopped`,
    {
      code: "BAD_FAULT",
      hints: [
        "Only faults of the network (cut, refuse, stall, delay, slow, half-open, drop-response) and of clients (crash) are possible there.",
        `Leave --url ${system}=… out, and mqbench starts a broker of its own.`,
      ],
    },
  );
}

function endOf({ atNs, forNs }: FaultPlan): number {
  return atNs + forNs;
}

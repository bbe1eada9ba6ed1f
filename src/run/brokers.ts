import type { BrokerLease } from "../brokers/broker.ts";
import { brokerSystems } from "../brokers/catalogue.ts";
import { obtainBroker } from "../brokers/provider.ts";
import type { TargetResult } from "../model/result.ts";

/** Where a target's broker is, for one run. */
export interface BrokerPlace {
  readonly url: string;
  /** Empty where only the driver can ask. */
  readonly version: string;
  readonly managementUrl?: string;
  readonly origin: TargetResult["origin"];
  readonly facts: BrokerLease["facts"];
  /** Its processes, where they are of this machine and mqbench started them. */
  readonly local?: Pick<BrokerLease, "pids" | "dataDir" | "nodes" | "memoryAlarm">;
}

/** No broker is needed, or none of ours. */
export const NOWHERE: BrokerPlace = { url: "", version: "", origin: "none", facts: {} };

/**
 * The brokers of a command's runs: each is obtained when its first run needs it and released when its last
 * one is over, so that no more run at once than must.
 */
export interface BrokerPool {
  obtain(system: string): Promise<BrokerPlace>;
  /** Call when the runs that are left need only these systems. */
  keepOnly(systems: ReadonlySet<string>): Promise<void>;
  releaseAll(): Promise<void>;
}

export function createBrokerPool(o: {
  readonly urls: ReadonlyMap<string, string>;
  /** Of every broker that is started; see `ObtainOptions`. */
  readonly nodes?: number | undefined;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}): BrokerPool {
  const leases = new Map<string, BrokerLease>();
  const keepOnly = async (systems: ReadonlySet<string>): Promise<void> => {
    for (const [system, lease] of leases)
      if (!systems.has(system)) {
        leases.delete(system);
        await lease.release();
      }
  };
  return {
    async obtain(system) {
      const url = o.urls.get(system);
      // A user's own driver for a system that nobody here can start takes what its options say.
      if (url === undefined && !brokerSystems().some((s) => s.system === system)) return NOWHERE;
      let lease = leases.get(system);
      if (lease === undefined) {
        lease = await obtainBroker(system, {
          ...(url === undefined ? {} : { url }),
          nodes: o.nodes,
          onProgress: o.onProgress,
          signal: o.signal,
        });
        leases.set(system, lease);
      }
      return {
        url: lease.url,
        version: lease.version,
        origin: lease.origin,
        facts: lease.facts,
        ...(lease.managementUrl === undefined ? {} : { managementUrl: lease.managementUrl }),
        ...(lease.pids.length === 0 ? {} : { local: lease }),
      };
    },
    keepOnly,
    releaseAll: () => keepOnly(new Set()),
  };
}

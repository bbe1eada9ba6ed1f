import type { BrokerFacts } from "./broker.ts";
import type { Work } from "./host.ts";

/** What a node writes to stdout and stderr, in its directory. */
export const LOG_NAME = "broker.log";

/** A kind of broker that runs as processes of this machine. Everything that differs between systems is here. */
export interface NativeSystem {
  readonly system: string;
  /** What `--version` takes, the default first. */
  readonly versions: readonly string[];
  /** Brings its files into the cache, if they are not there. */
  install(version: string, work: Work): Promise<Installation>;
  readonly probe: Probe;
  /** Sets the memory alarm of a node, as `memory-alarm.ts` tells it to. Absent: the system has no such alarm. */
  alarmProgram?(node: NodePlan): ProcessPlan;
}

/**
 * Asks a node over the broker's own protocol: resolves with facts when it serves and has all of `peers` beside
 * it, rejects while it does not.
 */
export type Probe = (node: NodePlan, peers: readonly NodePlan[], signal: AbortSignal) => Promise<BrokerFacts>;

export interface Installation {
  readonly version: string;
  readonly facts: BrokerFacts;
  readonly ports: { readonly perNode: number; readonly shared: number };
  /**
   * Writes configuration into the empty directories of one node or several.
   * A node's log names a port that was taken: see `launch.ts`.
   */
  configure(
    places: readonly NodePlace[],
    sharedPorts: readonly number[],
    work: Work,
  ): LaunchPlan | Promise<LaunchPlan>;
}

export interface NodePlace {
  /** `node-1`, … */
  readonly name: string;
  readonly dir: string;
  readonly ports: readonly number[];
}

export interface LaunchPlan {
  /** Programs that all nodes need, started before them: they end with the broker, not with a node. */
  readonly helpers: readonly ProcessPlan[];
  readonly nodes: readonly NodePlan[];
  /** Every node where clients take several addresses, else the first. */
  readonly url: string;
  readonly managementUrl?: string;
  readonly facts: BrokerFacts;
}

export interface ProcessPlan {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of ours leaks into the broker. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory, with the log in it. */
  readonly dir: string;
}

/** All that is needed to start a node, and to start it again. */
export interface NodePlan extends ProcessPlan {
  readonly name: string;
  /** What the broker calls it: Kafka's `node.id`, RabbitMQ's `name@host`. */
  readonly ownName: string;
  /** host:port of the listener for clients. */
  readonly address: string;
  readonly ports: Readonly<Record<string, number>>;
}

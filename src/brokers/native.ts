import type { BrokerFacts } from "./broker.ts";
import type { Work } from "./host.ts";

/** What the broker writes to stdout and stderr, in its directory. */
export const LOG_NAME = "broker.log";

/** A kind of broker that runs as processes of this machine. Everything that differs between systems is here. */
export interface NativeSystem {
  readonly system: string;
  /** What `--version` takes, the default first. */
  readonly versions: readonly string[];
  /** Brings its files into the cache, if they are not there. */
  install(version: string, work: Work): Promise<Installation>;
}

export interface Installation {
  readonly version: string;
  readonly facts: BrokerFacts;
  /** Ports that one broker needs. */
  readonly portCount: number;
  /** Writes configuration into an empty directory. The log names a port that was taken: see `launch.ts`. */
  configure(dir: string, ports: readonly number[], work: Work): Promise<LaunchPlan>;
}

export interface LaunchPlan {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of ours leaks into the broker. */
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  readonly managementUrl?: string;
  readonly facts: BrokerFacts;
  /** Asks over the broker's own protocol: resolves with more facts when it serves, rejects while it does not. */
  probe(signal: AbortSignal): Promise<BrokerFacts>;
}

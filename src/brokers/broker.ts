import type { MemoryAlarm } from "./memory-alarm.ts";
import type { BrokerNode } from "./node.ts";

/** Facts about a broker that explain its numbers: runtime, limits, settings that differ from the defaults. */
export type BrokerFacts = Readonly<Record<string, string | number | boolean>>;

/** A broker that can be used until `release()`. */
export interface BrokerLease {
  readonly system: string;
  /** The broker's own version; empty for a given URL, where only the driver can ask. */
  readonly version: string;
  /**
   * Kafka: `127.0.0.1:9092`; RabbitMQ: `amqp://user:password@127.0.0.1:5672`. With commas between the hosts of several
   * nodes, the first node first.
   */
  readonly url: string;
  readonly managementUrl?: string;
  /** `given`: a URL of the user; `up`: left running by `mqbench up`; `started`: only for this lease. */
  readonly origin: "given" | "up" | "started";
  /** Those that can be killed, stopped and started again; none of a given URL. */
  readonly nodes: readonly BrokerNode[];
  /** Of a local broker that has such an alarm. @throws BrokerError `NO_ALARM` */
  memoryAlarm?(): Promise<MemoryAlarm>;
  /** The local processes whose CPU and memory are the broker's, as they are now. */
  readonly pids: readonly number[];
  readonly dataDir?: string;
  readonly facts: BrokerFacts;
  /** Stops the broker and removes its data when origin is `started`. Idempotent. */
  release(): Promise<void>;
}

export interface ObtainOptions {
  /** Where a broker already runs; see `given.ts`. */
  readonly url?: string;
  /** One of the system's `versions`; its default when absent. */
  readonly version?: string;
  /** 1 or 3; absent: what is up, or 1. */
  readonly nodes?: number | undefined;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface BrokerSystem {
  readonly system: string;
  /** The default first. */
  readonly versions: readonly string[];
}

/** What the probes found on a machine, unjudged. Undefined: this machine does not tell. */
export interface Facts {
  readonly cpu: CpuFacts;
  readonly second: SecondFacts;
  readonly memory: MemoryFacts;
  readonly clock: ClockFacts;
  readonly wake: WakeFacts;
  readonly disks: readonly DiskFacts[];
  readonly system: SystemFacts;
  readonly software: SoftwareFacts;
  readonly brokers: BrokersFacts;
  /** Only with `--calibrate`; `failed` if the harness did not even get through that. */
  readonly harness?: HarnessFacts | "failed";
}

export interface CpuFacts {
  readonly model: string;
  /** Cores of the machine, and those of them that this process may run on. */
  readonly cores: number;
  readonly allowed: number;
  /** The smallest quota of the process's cgroups, in cores. */
  readonly quota: number | undefined;
  /** Load average of the last minute. */
  readonly load1: number;
  /** Share of the last 10 s in which something waited for a core, 0–1. */
  readonly pressure10: number | undefined;
  /** Stolen by the hypervisor since boot, as a share of the time that was wanted, 0–1. */
  readonly stolenSinceBoot: number | undefined;
  /** `kvm`, `docker`, … in the order from the outside in. */
  readonly virtual: readonly string[] | undefined;
  /** Distinct frequency governors of the cores. */
  readonly governors: readonly string[] | undefined;
  readonly turbo: boolean | undefined;
}

/** One second in which mqbench itself only waited. */
export interface SecondFacts {
  /** Share of it in which something waited for a core, 0–1. */
  readonly pressure: number | undefined;
  /** Share of all cores' time that the hypervisor stole, 0–1. */
  readonly stolen: number | undefined;
  /** Share of all cores' time that was not idle, 0–1. */
  readonly busy: number | undefined;
  /** Pages read from and written to swap. */
  readonly swapPages: number | undefined;
}

export interface MemoryFacts {
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** The smallest limit of the process's cgroups, where it is below the machine's memory. */
  readonly limitBytes: number | undefined;
  readonly swapTotalBytes: number | undefined;
  readonly swapUsedBytes: number | undefined;
}

export interface ClockFacts {
  /** `tsc`, `kvm-clock`, `hpet`, … */
  readonly source: string | undefined;
  /** Smallest step seen between two reads, and what a read costs. */
  readonly stepNs: number;
  readonly readNs: number;
  /** Reads that were before the one before them. */
  readonly backwards: number;
}

export interface WakeFacts {
  /** The process's timer slack, ns; undefined where there is no such thing. */
  readonly slackNs: number | undefined;
  readonly isSlackWritable: boolean;
  /** How much later than asked a thread woke, measured with the slack that a run has. */
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
  readonly count: number;
}

export interface DiskFacts {
  /** `results`, `broker data`: what a run keeps there. */
  readonly purposes: readonly DiskPurpose[];
  readonly path: string;
  /** `ext4`, `tmpfs`, `overlay`, … */
  readonly fileSystem: string | undefined;
  readonly freeBytes: number;
  /** Of appending 4 KiB and flushing it; undefined where nothing could be written. */
  readonly flush: { readonly p50Ns: number; readonly p99Ns: number; readonly count: number } | undefined;
  /** Why nothing could be written. */
  readonly trouble?: string;
}

export type DiskPurpose = "results" | "brokers";

export interface SystemFacts {
  readonly openFiles: number | undefined;
  /** How many ports were asked for on 127.0.0.1, and why that failed if it did. */
  readonly ports: { readonly count: number; readonly trouble?: string };
}

export interface SoftwareFacts {
  readonly platform: string;
  readonly arch: string;
  readonly node: string;
  /** The one that a local Kafka would run on. */
  readonly java: { readonly path: string; readonly version: string } | undefined;
  /** Found, but too old. */
  readonly oldJava: readonly string[];
  readonly docker: { readonly version: string } | { readonly trouble: string };
}

export interface BrokersFacts {
  /** Each system that `mqbench up` starts, and the size of what it has in the cache; 0: nothing. */
  readonly cached: readonly { readonly system: string; readonly bytes: number }[];
  /** Whether this platform can run the brokers that mqbench downloads. */
  readonly isHostSupported: boolean;
  readonly up: readonly { readonly system: string; readonly version: string; readonly memoryBytes: number }[];
}

/** The memory driver at full speed and at an easy rate. */
export interface HarnessFacts {
  /** Messages per second, produced, delivered and verified. */
  readonly ceilingPerS: number;
  /** End-to-end response of a driver that does nothing. */
  readonly floorP50Ns: number;
  readonly floorP99Ns: number;
  /** Size of its messages. */
  readonly sizeBytes: number;
}

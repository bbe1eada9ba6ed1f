import type { Facts } from "../../src/doctor/facts.ts";

const GIB = 1024 ** 3;

/** A machine without a fault. */
export const FIT: Facts = {
  cpu: {
    model: "Model X",
    cores: 8,
    allowed: 8,
    quota: undefined,
    load1: 0.1,
    pressure10: 0,
    stolenSinceBoot: 0,
    virtual: [],
    governors: ["performance"],
    turbo: true,
  },
  second: { pressure: 0.001, stolen: 0, busy: 0.02, swapPages: 0 },
  memory: {
    totalBytes: 16 * GIB,
    availableBytes: 12 * GIB,
    limitBytes: undefined,
    swapTotalBytes: 2 * GIB,
    swapUsedBytes: 0,
  },
  clock: { source: "tsc", stepNs: 40, readNs: 35, backwards: 0 },
  wake: { slackNs: 50_000, isSlackWritable: true, p50Ns: 20_000, p99Ns: 200_000, maxNs: 500_000, count: 900 },
  disks: [
    {
      purposes: ["results", "brokers"],
      path: "/home/somebody",
      fileSystem: "ext4",
      freeBytes: 100 * GIB,
      flush: { p50Ns: 400_000, p99Ns: 2e6, count: 100 },
    },
  ],
  system: { openFiles: 65_536, ports: { count: 8 } },
  software: {
    platform: "linux",
    arch: "x64",
    node: "24.0.0",
    java: { path: "/usr/bin/java", version: "21.0.1" },
    oldJava: [],
    docker: { trouble: "there is no socket" },
  },
  brokers: {
    isHostSupported: true,
    cached: [
      { system: "kafka", bytes: GIB },
      { system: "rabbitmq", bytes: GIB },
    ],
    up: [],
  },
};

/** The fit machine with some facts changed, by room: `{ cpu: { cores: 1 } }`. */
export function machine(change: { readonly [room in keyof Facts]?: Partial<Facts[room]> }): Facts {
  const rooms = Object.entries(change).map(([room, facts]) => [
    room,
    Array.isArray(facts) ? facts : { ...(FIT[room as keyof Facts] as object), ...(facts as object) },
  ]);
  return { ...FIT, ...Object.fromEntries(rooms) } as Facts;
}

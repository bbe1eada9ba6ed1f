import { describe, expect, it } from "vitest";
import type { Verdict } from "../../src/doctor/check.ts";
import type { DiskFacts, Facts } from "../../src/doctor/facts.ts";
import { judge } from "../../src/doctor/judge.ts";
import { FIT, machine } from "./facts.ts";

const GIB = 1024 ** 3;
const DISK = FIT.disks[0]!;
const disk = (change: Partial<DiskFacts>): Facts => machine({ disks: [{ ...DISK, ...change }] });
const flush = (p50Ns: number, p99Ns: number) => ({ flush: { p50Ns, p99Ns, count: 100 } });
const harness = (ceilingPerS: number, floorP99Ns: number): Facts =>
  machine({ harness: { ceilingPerS, floorP50Ns: 50_000, floorP99Ns, sizeBytes: 100 } });

/** [check, verdict, found, facts] */
const CASES: readonly (readonly [string, Verdict, RegExp, Facts])[] = [
  ["cores", "ok", /^8 cores \(Model X\)$/, FIT],
  ["cores", "warn", /^2 cores of 8 .*bound to 2$/, machine({ cpu: { allowed: 2 } })],
  ["cores", "warn", /^1.5 cores of 8 .*a quota of 1.5/, machine({ cpu: { quota: 1.5 } })],
  ["cores", "ok", /^6 cores of 8 .*a quota of 6/, machine({ cpu: { quota: 6 } })],
  ["cores", "bad", /^0.5 cores of 8/, machine({ cpu: { quota: 0.5 } })],
  ["load", "ok", /CPU pressure 0.1% now, 0% over 10s, 2% busy, load 0.1/, FIT],
  [
    "load",
    "warn",
    /30% now, 25% over 10s/,
    machine({ cpu: { pressure10: 0.25 }, second: { pressure: 0.3 } }),
  ],
  ["load", "bad", /90% now/, machine({ cpu: { pressure10: 0.7 }, second: { pressure: 0.9 } })],
  ["load", "warn", /60% busy/, machine({ second: { busy: 0.6 } })],
  // What is over, or has only begun, is not held against it.
  ["load", "ok", /0.1% now, 90% over 10s/, machine({ cpu: { pressure10: 0.9 } })],
  ["load", "ok", /90% now, 0% over 10s/, machine({ second: { pressure: 0.9 } })],
  [
    "load",
    "ok",
    /^load 0.1 on 8 cores, 2% busy, pressure not told/,
    machine({ cpu: { pressure10: undefined } }),
  ],
  ["load", "warn", /^load 7.5 on 8/, machine({ cpu: { load1: 7.5, pressure10: undefined } })],
  ["steal", "ok", /^0% now, 0% of the busy time/, FIT],
  ["steal", "warn", /^3% now/, machine({ second: { stolen: 0.03 } })],
  ["steal", "warn", /^0% now, 5% of/, machine({ cpu: { stolenSinceBoot: 0.05 } })],
  ["steal", "bad", /^40% now/, machine({ second: { stolen: 0.4 } })],
  ["steal", "unknown", /not told/, machine({ second: { stolen: undefined } })],
  ["virtual", "ok", /no hypervisor/, FIT],
  [
    "virtual",
    "ok",
    /^KVM, then a Docker container$/,
    machine({ cpu: { virtual: ["KVM", "a Docker container"] } }),
  ],
  ["virtual", "warn", /^KVM$/, machine({ cpu: { virtual: ["KVM"] }, second: { stolen: undefined } })],
  ["virtual", "unknown", /cannot be told/, machine({ cpu: { virtual: undefined } })],
  ["frequency", "ok", /^governor performance, turbo on$/, FIT],
  [
    "frequency",
    "warn",
    /^governor powersave and performance/,
    machine({ cpu: { governors: ["powersave", "performance"] } }),
  ],
  [
    "frequency",
    "unknown",
    /^no governor to be seen, turbo off$/,
    machine({ cpu: { governors: undefined, turbo: false } }),
  ],
  ["clock", "ok", /^tsc, steps of 40.0ns, 35.0ns a read$/, FIT],
  ["clock", "warn", /^hpet, .* 1.20µs a read/, machine({ clock: { source: "hpet", readNs: 1200 } })],
  ["clock", "bad", /steps of 1.00ms/, machine({ clock: { stepNs: 1e6 } })],
  ["clock", "bad", /went back 2 times/, machine({ clock: { backwards: 2 } })],
  ["timer-slack", "ok", /50.0µs, and may be set/, FIT],
  ["timer-slack", "warn", /50.0µs, may not be set/, machine({ wake: { isSlackWritable: false } })],
  ["timer-slack", "unknown", /has none/, machine({ wake: { slackNs: undefined, isSlackWritable: false } })],
  ["wake-up", "ok", /p99 200µs/, FIT],
  ["wake-up", "warn", /p99 1.50ms/, machine({ wake: { p99Ns: 1.5e6 } })],
  ["wake-up", "bad", /p99 30.0ms/, machine({ wake: { p99Ns: 30e6 } })],
  ["memory", "ok", /^12.0GiB free of 16.0GiB$/, FIT],
  [
    "memory",
    "warn",
    /^2.00GiB free of 3.00GiB, a limit/,
    machine({ memory: { availableBytes: 2 * GIB, limitBytes: 3 * GIB } }),
  ],
  ["memory", "bad", /^102MiB free/, machine({ memory: { availableBytes: GIB / 10 } })],
  ["swap", "ok", /^0B of 2.00GiB/, FIT],
  ["swap", "ok", /^none$/, machine({ memory: { swapTotalBytes: 0 } })],
  ["swap", "warn", /^1.00GiB of 2.00GiB in use$/, machine({ memory: { swapUsedBytes: GIB } })],
  ["swap", "bad", /500 pages moved/, machine({ second: { swapPages: 500 } })],
  ["swap", "unknown", /not told/, machine({ memory: { swapUsedBytes: undefined } })],
  ["fsync", "ok", /^p50 400µs, p99 2.00ms on ext4 \(results, brokers\)$/, FIT],
  ["fsync", "warn", /p99 60.0ms/, disk(flush(12e6, 60e6))],
  ["fsync", "warn", /on tmpfs/, disk({ fileSystem: "tmpfs" })],
  ["fsync", "warn", /on nfs4/, disk({ fileSystem: "nfs4" })],
  ["fsync", "warn", /p50 3.00µs/, disk(flush(3000, 9000))],
  ["fsync", "warn", /cannot write to .*EACCES/, disk({ flush: undefined, trouble: "EACCES" })],
  ["fsync", "ok", /on tmpfs \(results\)$/, disk({ purposes: ["results"], fileSystem: "tmpfs" })],
  ["fsync", "ok", /on overlay/, disk({ fileSystem: "overlay" })],
  ["space", "ok", /^100GiB free, \/home\/somebody$/, FIT],
  ["space", "warn", /^4.00GiB free/, disk({ freeBytes: 4 * GIB })],
  ["space", "bad", /^0.100GiB|^102MiB free/, disk({ freeBytes: GIB / 10 })],
  ["space", "ok", /^1.00GiB free/, disk({ purposes: ["results"], freeBytes: GIB })],
  ["open-files", "ok", /^65536 for each/, FIT],
  ["open-files", "ok", /^no limit/, machine({ system: { openFiles: Number.POSITIVE_INFINITY } })],
  ["open-files", "warn", /^1024/, machine({ system: { openFiles: 1024 } })],
  ["open-files", "bad", /^256/, machine({ system: { openFiles: 256 } })],
  ["open-files", "unknown", /not told/, machine({ system: { openFiles: undefined } })],
  ["ports", "ok", /^8 free/, FIT],
  ["ports", "bad", /EADDRNOTAVAIL/, machine({ system: { ports: { count: 8, trouble: "EADDRNOTAVAIL" } } })],
  ["node", "ok", /^24.0.0 on linux x64$/, FIT],
  ["node", "warn", /on darwin arm64/, machine({ software: { platform: "darwin", arch: "arm64" } })],
  ["java", "ok", /^21.0.1 \(\/usr\/bin\/java\)$/, FIT],
  ["java", "warn", /^none$/, machine({ software: { java: undefined } })],
  [
    "java",
    "warn",
    /^only 11.0.2, and Kafka needs 17$/,
    machine({ software: { java: undefined, oldJava: ["11.0.2"] } }),
  ],
  ["cache", "ok", /^kafka 1.00GiB, rabbitmq 1.00GiB$/, FIT],
  ["cache", "warn", /^kafka not there$/, machine({ brokers: { cached: [{ system: "kafka", bytes: 0 }] } })],
  ["cache", "warn", /^kafka 1/, machine({ brokers: { isHostSupported: false } })],
  ["brokers", "ok", /^none is up$/, FIT],
  [
    "brokers",
    "ok",
    /^kafka 4.3.1 \(1.00GiB\)$/,
    machine({ brokers: { up: [{ system: "kafka", version: "4.3.1", memoryBytes: GIB }] } }),
  ],
  [
    "brokers",
    "warn",
    /^kafka .*, kafka /,
    machine({ brokers: { up: Array(2).fill({ system: "kafka", version: "4.3.1", memoryBytes: GIB }) } }),
  ],
  ["docker", "ok", /^not reachable: there is no socket$/, FIT],
  ["docker", "ok", /^27.1 answers$/, machine({ software: { docker: { version: "27.1" } } })],
  ["ceiling", "ok", /^2.40M\/s of 100B, so up to 2.00M\/s/, harness(2.4e6, 1e5)],
  ["ceiling", "warn", /^300k\/s/, harness(3e5, 1e5)],
  ["ceiling", "bad", /did not get through/, { ...FIT, harness: "failed" }],
  ["floor", "ok", /p99 100µs/, harness(2e6, 1e5)],
  ["floor", "warn", /p99 4.00ms/, harness(2e6, 4e6)],
];

describe("the judge of a machine", () => {
  it.each(CASES)("%s is %s where it says %s", (id, verdict, found, facts) => {
    const check = judge(facts).checks.find((c) => c.id === id);
    expect(check).toMatchObject({ verdict });
    expect(check!.found).toMatch(found);
    if (check!.verdict === "ok") expect(check).not.toHaveProperty("fix");
    else
      for (const text of [check!.consequence, check!.fix]) expect(text).toMatch(/^(?:[A-Z]|mqbench ).*\.$/s);
  });

  it("has a case for every check", () => {
    const covered = new Set(CASES.map(([id]) => id));
    const all = judge(harness(1, 1)).checks.map((c) => c.id);
    expect(all.filter((id) => !covered.has(id))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  it("finds a machine without a fault fit, with nothing to mend", () => {
    const { isFit, checks } = judge(FIT);
    expect(isFit).toBe(true);
    expect(checks.filter((c) => c.verdict !== "ok")).toEqual([]);
  });

  it.each(CASES)(
    "%s that is %s alone decides rightly whether the machine is fit",
    (_id, verdict, _found, facts) => {
      expect(judge(facts).isFit).toBe(verdict !== "bad");
    },
  );

  it("puts the worst first", () => {
    const { checks } = judge(machine({ cpu: { quota: 0.5, governors: undefined }, wake: { p99Ns: 2e6 } }));
    expect(checks.slice(0, 4).map((c) => c.verdict)).toEqual(["bad", "warn", "unknown", "ok"]);
  });

  it("names the disks apart where results, brokers lie on two", () => {
    const [results, brokers] = (["results", "brokers"] as const).map((p) => ({ ...DISK, purposes: [p] }));
    const ids = judge(machine({ disks: [results!, brokers!] })).checks.map((c) => c.id);
    expect(ids).toEqual(
      expect.arrayContaining(["fsync-results", "space-results", "fsync-brokers", "space-brokers"]),
    );
  });
});

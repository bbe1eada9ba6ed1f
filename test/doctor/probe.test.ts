import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { thisHost } from "../../src/brokers/host.ts";
import { judge } from "../../src/doctor/judge.ts";
import { typeIn } from "../../src/doctor/mounts.ts";
import { probe } from "../../src/doctor/probe.ts";
import { probeClock } from "../../src/doctor/probe-clock.ts";
import { cpuQuota, probeCpu, virtualLayers } from "../../src/doctor/probe-cpu.ts";
import { probeDisks } from "../../src/doctor/probe-disk.ts";
import { askDocker } from "../../src/doctor/probe-docker.ts";
import { probeMemory } from "../../src/doctor/probe-memory.ts";
import { between, probeSecond } from "../../src/doctor/probe-second.ts";
import { probeSoftware } from "../../src/doctor/probe-software.ts";
import { probeSystem } from "../../src/doctor/probe-system.ts";
import { probeWake } from "../../src/doctor/probe-wake.ts";
import { countList, parseCpuTimes, type Read, readText } from "../../src/doctor/proc.ts";
import { percentiles } from "../../src/doctor/samples.ts";
import { temporaryFolder } from "../support/run.ts";
import { FIT } from "./facts.ts";

const never = new AbortController().signal;
const files =
  (contents: Readonly<Record<string, string>>): Read =>
  (path) =>
    contents[path];
const V2 = { "/proc/self/cgroup": "0::/a/b\n" };

describe("a made-up machine", () => {
  it.each([
    ["0-3,8", 5],
    ["0", 1],
    ["", 0],
  ])("counts the cores of %j as %i", (list, n) => {
    expect(countList(list)).toBe(n);
  });

  it.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ["none", {}, undefined],
    ["v2, without a limit", { ...V2, "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n" }, undefined],
    ["v2", { ...V2, "/sys/fs/cgroup/a/b/cpu.max": "150000 100000\n" }, 1.5],
    [
      "v2, of the group around it",
      {
        ...V2,
        "/sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
        "/sys/fs/cgroup/a/cpu.max": "50000 100000\n",
      },
      0.5,
    ],
    [
      "v2, in a container that sees its own as the root",
      { ...V2, "/sys/fs/cgroup/cpu.max": "200000 100000" },
      2,
    ],
    [
      "v1",
      {
        "/proc/self/cgroup": "5:memory:/x\n4:cpu,cpuacct:/x\n",
        "/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "25000\n",
        "/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000\n",
        "/sys/fs/cgroup/memory/x/cpu.max": "1 100000",
      },
      0.25,
    ],
    [
      "v1, without a limit",
      {
        "/proc/self/cgroup": "1:cpu:/\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      },
      undefined,
    ],
  ])("has the CPU quota of its cgroups: %s", (_, contents, cores) => {
    expect(cpuQuota(files(contents))).toBe(cores);
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[] | undefined]>([
    ["nothing to read", {}, undefined],
    ["x86 metal", { "/proc/cpuinfo": "flags\t\t: fpu tsc\n" }, []],
    ["x86 guest", { "/proc/cpuinfo": "flags\t\t: fpu hypervisor\n" }, ["a virtual machine"]],
    [
      "x86 guest that names itself",
      { "/proc/cpuinfo": "flags\t: hypervisor\n", "/sys/class/dmi/id/sys_vendor": "QEMU\n" },
      ["QEMU"],
    ],
    ["Arm that does not tell", { "/proc/cpuinfo": "Features : fp\n" }, undefined],
    [
      "Arm guest",
      { "/proc/cpuinfo": "Features : fp\n", "/sys/class/dmi/id/product_name": "KVM Virtual Machine" },
      ["KVM Virtual Machine"],
    ],
    ["container on metal", { "/proc/cpuinfo": "flags\t: fpu\n", "/.dockerenv": "" }, ["a Docker container"]],
    [
      "WSL",
      { "/proc/cpuinfo": "flags\t: fpu hypervisor\n", "/proc/version": "Linux 5 microsoft-standard" },
      ["WSL"],
    ],
  ])("tells what it is: %s", (_, contents, layers) => {
    expect(virtualLayers(files(contents))).toEqual(layers);
  });

  it("takes steal as a share of the time that was wanted", () => {
    const read = files({ "/proc/stat": "cpu  50 0 25 800 100 0 0 25 50 0\ncpu0 1 1\n" });
    expect(parseCpuTimes(read("/proc/stat"))).toEqual({ total: 1000, idle: 900, stolen: 25 });
    expect(probeCpu(read).stolenSinceBoot).toBe(0.25);
  });

  it("has the shares of a second from the counters before and after it", () => {
    const before = { atNs: 0, pressureUs: 5e6, times: { total: 100, idle: 50, stolen: 1 }, swapPages: 7 };
    const after = {
      atNs: 1e9,
      pressureUs: 5.25e6,
      times: { total: 300, idle: 150, stolen: 21 },
      swapPages: 9,
    };
    expect(between(before, after)).toEqual({ pressure: 0.25, stolen: 0.1, busy: 0.5, swapPages: 2 });
    const blind = { atNs: 0, pressureUs: undefined, times: undefined, swapPages: undefined };
    expect(Object.values(between(blind, blind))).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("has no more memory than its cgroup leaves", () => {
    const read = files({
      "/proc/self/cgroup": "0::/\n",
      "/proc/meminfo": "MemAvailable:  99999999 kB\nSwapTotal: 100 kB\nSwapFree: 40 kB\n",
      "/sys/fs/cgroup/memory.max": "1000000\n",
      "/sys/fs/cgroup/memory.current": "700000\n",
      "/sys/fs/cgroup/memory.stat": "anon 1\ninactive_file 200000\n",
    });
    expect(probeMemory(read)).toMatchObject({
      availableBytes: 500_000,
      limitBytes: 1_000_000,
      swapTotalBytes: 102_400,
      swapUsedBytes: 61_440,
    });
    expect(probeMemory(files({})).limitBytes).toBeUndefined();
  });

  it("has a path on the deepest mount above it, and of several there on the last", () => {
    const mounts = [
      "1 0 8:1 / / rw - ext4 /dev/a rw",
      "2 1 8:2 / /data rw shared:1 - xfs /dev/b rw",
      "3 1 0:3 / /data rw - overlay none rw",
      "4 1 0:4 / /with\\040space rw - tmpfs none rw",
      "5 1 0:5 / /dat rw - nfs4 none rw",
    ].join("\n");
    const types = ["/", "/data/x", "/database", "/with space/y"].map((path) => typeIn(mounts, path));
    expect(types).toEqual(["ext4", "overlay", "ext4", "tmpfs"]);
  });

  it.each([
    [[], { p50: 0, p99: 0, max: 0 }],
    [[3, 1, 2], { p50: 2, p99: 3, max: 3 }],
    [Array.from({ length: 100 }, (_, i) => i + 1), { p50: 50, p99: 99, max: 100 }],
  ])("has nearest-rank percentiles of %j", (values, want) => {
    expect(percentiles(values)).toEqual(want);
  });
});

describe("a machine without /proc and /sys", () => {
  it("is judged by what it tells, and crashes nothing", async () => {
    const blind = files({});
    const system = await probeSystem(blind);
    const { isFit, checks } = judge({
      ...FIT,
      cpu: probeCpu(blind),
      second: await probeSecond(blind, never),
      memory: probeMemory(blind),
      clock: probeClock(blind),
      wake: { ...(await probeWake(blind, never)), p99Ns: 1 },
      disks: await probeDisks([["results", temporaryFolder()]], blind, never),
      system,
    });
    const unknown = checks.filter((c) => c.verdict === "unknown").map((c) => c.id);
    expect(unknown.toSorted()).toEqual([
      "frequency",
      "open-files",
      "steal",
      "swap",
      "timer-slack",
      "virtual",
    ]);
    expect(isFit).toBe(checks.every((c) => c.verdict !== "bad"));
  });
});

describe("this machine", () => {
  it("tells something in every room, and keeps nothing that was written", async () => {
    const resultsDir = temporaryFolder();
    const work = {
      host: thisHost({ stateDir: join(resultsDir, "none", "yet") }),
      signal: never,
      onProgress: () => {},
    };
    const facts = await probe({ work, resultsDir });
    expect(facts.cpu.allowed).toBeGreaterThan(0);
    expect(facts.wake.count).toBeGreaterThan(0);
    expect(facts.wake.p50Ns).toBeGreaterThan(0);
    expect(facts.clock.stepNs).toBeLessThan(1e6);
    expect(facts.memory.availableBytes).toBeGreaterThan(0);
    expect(facts.disks).toMatchObject([
      { purposes: ["results", "brokers"], flush: { p50Ns: expect.any(Number) } },
    ]);
    expect(facts.brokers.cached.length).toBeGreaterThan(1);
    expect(readdirSync(resultsDir)).toEqual([]);
  });

  it("gives the process its timer slack back", async () => {
    const before = readText("/proc/self/timerslack_ns");
    await probeWake(readText, never);
    expect(readText("/proc/self/timerslack_ns")).toBe(before);
  });

  it("stops looking when it is told to", async () => {
    const work = { host: thisHost(), signal: AbortSignal.abort("SIGINT"), onProgress: () => {} };
    await expect(probe({ work, resultsDir: temporaryFolder() })).rejects.toThrow(/abort/i);
  });

  it("measures a disk once, whatever it is for", async () => {
    const folder = temporaryFolder();
    const there = await probeDisks(
      [
        ["results", folder],
        ["brokers", join(folder, "b")],
      ],
      readText,
      never,
    );
    expect(there).toMatchObject([{ purposes: ["results", "brokers"], flush: { count: expect.any(Number) } }]);
  });

  it("says of a disk on which nothing can be written why", async () => {
    // Nobody may make a file there, not even root.
    const [disk] = await probeDisks([["brokers", "/proc/nothing"]], readText, never);
    expect(disk).toMatchObject({ path: "/proc", flush: undefined, trouble: expect.any(String) });
  });

  it("says of a folder that may not be written to why", async () => {
    const folder = temporaryFolder();
    const read = join(folder, "file", "below");
    mkdirSync(join(folder, "closed"));
    chmodSync(join(folder, "closed"), 0o500);
    onTestFinished(() => chmodSync(join(folder, "closed"), 0o700));
    const [disk] = await probeDisks([["results", join(folder, "closed")]], readText, never);
    // Root may write everywhere.
    if (process.getuid?.() !== 0) expect(disk).toMatchObject({ flush: undefined, trouble: "EACCES" });
    const [other] = await probeDisks([["results", read]], readText, never);
    expect(other).toMatchObject({ path: folder });
  });

  it("sees an old Java and a new one apart", async () => {
    const home = temporaryFolder();
    const java = (version: string) => `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`;
    const { mkdir, writeFile } = await import("node:fs/promises");
    await mkdir(join(home, "bin"));
    await writeFile(join(home, "bin", "java"), java("11.0.2"), { mode: 0o755 });
    const env = { JAVA_HOME: home, PATH: "/nowhere", DOCKER_HOST: "unix:///nowhere" };
    const work = { host: thisHost({ env }), signal: never, onProgress: () => {} };
    expect(await probeSoftware(work)).toMatchObject({ java: undefined, oldJava: ["11.0.2"] });
    await writeFile(join(home, "bin", "java"), java("21.0.1"), { mode: 0o755 });
    expect(await probeSoftware(work)).toMatchObject({ java: { version: "21.0.1" }, oldJava: [] });
  });

  it.each<[string, string, object]>([
    ["answers", '{"Version":"27.1.0","Os":"linux"}', { version: "27.1.0" }],
    ["answers something else", "hello", { trouble: expect.stringMatching(/not understood/) }],
  ])("says of a Docker daemon that it %s", async (_, answer, want) => {
    const socket = join(temporaryFolder(), "d.sock");
    const server = createServer((_request, response) => response.end(answer)).listen(socket);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await askDocker({ DOCKER_HOST: `unix://${socket}` })).toEqual(want);
  });

  it("says of a Docker daemon that is not there, or elsewhere, that it cannot be reached", async () => {
    expect(await askDocker({ DOCKER_HOST: "unix:///nowhere/d.sock" })).toEqual({
      trouble: "there is no socket",
    });
    expect(await askDocker({ DOCKER_HOST: "tcp://192.0.2.1:2375" })).toMatchObject({
      trouble: expect.stringMatching(/another machine/),
    });
  });
});

import { describe, expect, it } from "vitest";
import { createClock } from "../../src/load/clock.ts";
import { watchDepth } from "../../src/run/depths.ts";
import { machineBetween, type ReadText, readMachine } from "../../src/run/machine.ts";
import { type ProcessUse, readProcessTree } from "../../src/run/process-tree.ts";
import { createResourceMeter } from "../../src/run/resources.ts";
import { until } from "../support/until.ts";

const files =
  (content: Readonly<Record<string, string>>): ReadText =>
  (path) =>
    content[path];
const STAT = (idle: number, steal: number) => `cpu  100 0 50 ${idle} 0 0 0 ${steal} 0 0\ncpu0 1 2 3 4\n`;
const PSI = (us: number) => `some avg10=1.00 avg60=0.50 avg300=0.1 total=${us}\nfull avg10=0 total=7\n`;

describe("the machine between two readings", () => {
  it("was busy, stolen from and under pressure by the shares that its counters say", () => {
    const from = readMachine(0, files({ "/proc/stat": STAT(850, 0), "/proc/pressure/cpu": PSI(1_000_000) }));
    const to = readMachine(2e9, files({ "/proc/stat": STAT(940, 10), "/proc/pressure/cpu": PSI(1_500_000) }));
    expect(machineBetween(from, to)).toEqual({ busy: 0, steal: 0.1, cpuPressure: 0.25 });
  });

  it("leaves out what a system does not tell", () => {
    const nothing = readMachine(0, files({}));
    expect(nothing).toEqual({ atNs: 0 });
    expect(machineBetween(nothing, { ...nothing, atNs: 1e9 })).toEqual({});
    expect(readMachine(0, files({ "/proc/stat": "garbage", "/proc/pressure/cpu": "" }))).toEqual({ atNs: 0 });
  });

  it.each([
    [
      "version 2, held back by the group above",
      "0::/pod/box\n",
      "/sys/fs/cgroup/pod/cpu.stat",
      (n: number) => `usage_usec 9\nnr_periods 9\nnr_throttled ${n}\nthrottled_usec ${n * 1000}\n`,
    ],
    [
      "version 1",
      "4:memory:/x\n1:cpu,cpuacct:/box\n",
      "/sys/fs/cgroup/cpu,cpuacct/box/cpu.stat",
      (n: number) => `nr_periods 9\nnr_throttled ${n}\nthrottled_time ${n * 1e6}\n`,
    ],
    [
      "inside a container that sees its own group as the root",
      "0::/hidden/box\n",
      "/sys/fs/cgroup/cpu.stat",
      (n: number) => `nr_throttled ${n}\nthrottled_usec ${n * 1000}\n`,
    ],
  ])("counts throttling of control groups, %s", (_, cgroup, path, stat) => {
    const at = (n: number) => readMachine(n * 1e9, files({ "/proc/self/cgroup": cgroup, [path]: stat(n) }));
    expect(machineBetween(at(2), at(5))).toEqual({ throttledNs: 3e6, throttledPeriods: 3 });
  });

  it.skipIf(process.platform !== "linux")("is read on this machine", () => {
    expect(readMachine(0).ticks?.all).toBeGreaterThan(0);
  });
});

describe("what a broker's processes use", () => {
  const use = (cpuNs: number, rssBytes: number, writtenBytes?: number): ProcessUse => ({
    cpuNs,
    rssBytes,
    writtenBytes,
  });
  const meterOf = (looks: readonly ReadonlyMap<number, ProcessUse>[], size = () => 0) => {
    let i = 0;
    const meter = createResourceMeter({ pids: [1], dataDir: "data" }, () => looks[i++]!, size);
    for (const _ of looks) meter.look();
    return meter;
  };

  it("is the difference between the looks, of those that were there, came and went", () => {
    const meter = meterOf([
      new Map([
        [1, use(5e9, 100, 1000)],
        [2, use(1e9, 50, 0)],
      ]),
      new Map([
        [1, use(6e9, 300, 3000)],
        [3, use(0.5e9, 20, 500)],
      ]),
      new Map([[1, use(7e9, 200, 5000)]]),
    ]);
    expect(meter.result(1000)).toEqual({
      processes: 3,
      cpuS: 2.5,
      cpuPerMessageNs: 2.5e6,
      rssMaxBytes: 320,
      writtenBytes: 4500,
      writtenPerMessageBytes: 4.5,
    });
  });

  it("takes the growth of its folder where a process may not be looked into", () => {
    let size = 0;
    const looks = [new Map([[1, use(0, 1)]]), new Map([[1, use(1e9, 1)]])];
    expect(meterOf(looks, () => (size += 1000)).result(10)?.writtenBytes).toBe(1000);
  });

  it("is not known from one look, or of a broker that is gone", () => {
    expect(meterOf([new Map([[1, use(1, 1, 1)]])]).result(1)).toBeUndefined();
    expect(meterOf([new Map(), new Map()]).result(1)).toBeUndefined();
  });

  it.skipIf(process.platform !== "linux")(
    "is read of a real process and its children, and of no other",
    () => {
      const tree = readProcessTree([process.pid]);
      expect(tree.get(process.pid)?.rssBytes).toBeGreaterThan(1e6);
      expect(tree.get(process.pid)?.cpuNs).toBeGreaterThan(0);
      expect(tree.has(process.ppid)).toBe(false);
      expect(readProcessTree([]).size).toBe(0);
    },
  );
});

describe("the series of what a broker holds", () => {
  const clock = createClock(process.hrtime());

  it("has no second question while one is open", async () => {
    let open = 0;
    let most = 0;
    let asked = 0;
    const answers: (() => void)[] = [];
    const watch = watchDepth(
      async () => {
        asked++;
        most = Math.max(most, ++open);
        await new Promise<void>((resolve) => answers.push(resolve));
        open--;
        return 7;
      },
      clock,
      1,
    );
    await until("the first question", () => answers.length > 0);
    const stopped = watch.stop();
    for (const answer of answers) answer();
    await stopped;
    expect([asked, most]).toEqual([1, 1]);
    expect(watch.result()?.messages).toEqual([7]);
  });

  it("never holds less than nothing, and grows in time", async () => {
    const depths = [3, -2, 5];
    const watch = watchDepth(async () => depths.shift() ?? 0, clock, 1);
    await until("three answers", () => depths.length === 0);
    await watch.stop();
    const { t, messages } = watch.result()!;
    expect(messages.slice(0, 3)).toEqual([3, 0, 5]);
    expect(t).toEqual([...t].sort((a, b) => a - b));
  });

  it("is absent, and asked no more, where nobody can tell", async () => {
    let asked = 0;
    const watch = watchDepth(
      async () => {
        asked++;
        if (asked % 2 === 0) throw new Error("no management");
        return null;
      },
      clock,
      1,
    );
    await until("five tries", () => asked === 5);
    // Time enough for more: another one is asked ten times meanwhile.
    let others = 0;
    const other = watchDepth(async () => ++others, clock, 1);
    await until("ten answers of another", () => others >= 10);
    await Promise.all([watch.stop(), other.stop()]);
    expect(asked).toBe(5);
    expect(watch.result()).toBeUndefined();
  });
});

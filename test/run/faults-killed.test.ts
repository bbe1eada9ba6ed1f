import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { BrokerStatus } from "../../src/brokers/up.ts";
import { loadDriver, resolveTarget } from "../../src/drivers/registry.ts";
import { until, within } from "../support/until.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

let dir: string;
let url: string;
let management: URL;
/** By system: its nodes' processes. */
let pids: ReadonlyMap<string, readonly number[]>;

/** The command as it is shipped, with brokers of its own. */
function mqbench(...argv: string[]): ChildProcess & { pid: number } {
  return mqbenchIn(dir, argv);
}

function mqbenchIn(state: string, argv: readonly string[]): ChildProcess & { pid: number } {
  return spawn(process.execPath, ["bin/run.js", ...argv], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: "", CI: "true", MQBENCH_STATE: state },
    stdio: ["ignore", "pipe", "ignore"],
  }) as ChildProcess & { pid: number };
}

async function ended(child: ChildProcess): Promise<string> {
  let stdout = "";
  child.stdout!.on("data", (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  expect(await once(child, "close")).toEqual([0, null]);
  return stdout;
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "mqbench-killed-"));
  await ended(mqbench("up", "kafka", "rabbitmq"));
  const { brokers } = JSON.parse(await ended(mqbench("status", "--json"))) as {
    brokers: readonly BrokerStatus[];
  };
  const up = (system: string) => brokers.find((b) => b.system === system)!;
  url = up("kafka").url;
  management = new URL(up("rabbitmq").managementUrl!);
  pids = new Map(brokers.map(({ system, nodes }) => [system, nodes.flatMap((node) => node.pids)]));
});
afterAll(async () => {
  await ended(mqbench("down"));
  rmSync(dir, { recursive: true, force: true });
});

/** [pid, state, parent, command] of every process whose environment names this test's folder, and proxies. */
function processes(
  state = dir,
): { pid: number; state: string; parent: number; command: string; isBroker: boolean }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1");
        const [letter = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        const isBroker = command.includes(state) && !command.includes("bin/run.js");
        return [{ pid: Number(name), state: letter, parent: Number(parent), command, isBroker }];
      } catch {
        return [];
      }
    });
}

const brokerStates = (system: string) =>
  processes()
    .filter((p) => pids.get(system)!.includes(p.pid))
    .map((p) => p.state)
    .join("");
const childrenOf = (pid: number) => processes().filter((p) => p.parent === pid);
const isGone = (pid: number) => processes().every((p) => p.pid !== pid || p.state === "Z");

async function expectAnswers(): Promise<void> {
  const target = resolveTarget("kafka");
  const driver = (await loadDriver(target, undefined))({ url, mode: target.mode, options: {} });
  await within("the broker's answer", driver.connect());
  await driver.close();
}

function running(fault: string, state = dir, system = "kafka"): ChildProcess & { pid: number } {
  const child = mqbenchIn(state, [
    ...["run", "quick", "--on", system, "--warmup", "0s", "--duration", "60s"],
    ...["--no-floor", "--out", state, "--fault", fault],
  ]);
  child.stdout!.resume();
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

it.each(["kafka", "rabbitmq"])(
  "killed in the middle of a pause of %s: the broker goes on and answers",
  async (system) => {
    const states = () => brokerStates(system);
    expect(states()).toMatch(/^[^T]+$/);
    const child = running("pause at=500ms for=50s", dir, system);
    await until("the pause", () => /^T+$/.test(states()), 60_000, states);
    child.kill("SIGKILL");
    await once(child, "exit");
    await until("the broker going on", () => /^[^T]+$/.test(states()), 15_000, states);
    await (system === "kafka"
      ? expectAnswers()
      : until("the broker's answer", async () => !(await hasAlarm())));
  },
  90_000,
);

it.each(["SIGKILL", "SIGINT"] as const)(
  "ended by %s in the middle of a stall: no proxy and no agent stays",
  async (signal) => {
    const child = running("stall at=500ms for=50s");
    await until("proxy and agents", () => childrenOf(child.pid).length >= 3, 30_000);
    const own = childrenOf(child.pid);
    expect(own.some((p) => p.command.includes("proxy-main"))).toBe(true);
    // Its first second is over: it is within the stall.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    child.kill(signal);
    await once(child, "exit");
    await until("all of them gone", () => own.every((p) => isGone(p.pid)), 20_000);
    await expectAnswers();
  },
  90_000,
);

/** What the broker itself says: 503 where an alarm is in effect. */
async function hasAlarm(): Promise<boolean> {
  const { username, password, origin } = management;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const { status } = await fetch(`${origin}/api/health/checks/alarms`, { headers: { authorization } });
  expect([200, 503]).toContain(status);
  return status === 503;
}

it.each(["SIGKILL", "SIGINT"] as const)(
  "ended by %s in the middle of a memory alarm: the broker takes messages again",
  async (signal) => {
    expect(await hasAlarm()).toBe(false);
    const child = running("memory-alarm at=500ms for=50s", dir, "rabbitmq:quorum");
    await until("the alarm", hasAlarm, 30_000);
    const holders = processes().filter((p) => p.command.includes("mqbench-alarm"));
    expect(holders.length).toBeGreaterThan(0);
    child.kill(signal);
    await once(child, "exit");
    await until("no alarm", async () => !(await hasAlarm()), 20_000);
    await until("nobody who held it", () => holders.every((p) => isGone(p.pid)), 20_000);
  },
  90_000,
);

it("killed in the middle of a freeze: the agent goes on, sees that nobody is there, and ends", async () => {
  const child = running("freeze at=500ms for=50s side=consumer");
  const stopped = () => childrenOf(child.pid).filter((p) => p.state === "T");
  await until("the freeze", () => stopped().length === 1, 30_000);
  const own = childrenOf(child.pid);
  child.kill("SIGKILL");
  await once(child, "exit");
  await until("all of them gone", () => own.every((p) => isGone(p.pid)), 20_000);
}, 90_000);

it("killed after a node was started again: the new one ends with it, and its data goes", async () => {
  const state = mkdtempSync(join(tmpdir(), "mqbench-restarted-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const child = running("restart at=0s for=10ms node=1", state);
  const brokers = () => processes(state).filter((p) => p.isBroker && p.command.includes("java"));
  await until("the broker", () => brokers().length === 1, 60_000);
  const first = brokers()[0]!.pid;
  const isAnother = () => brokers().some((p) => p.pid !== first);
  await until("the broker that was started again", isAnother, 60_000);
  // Until its watcher has been told of it.
  const record = () =>
    readdirSync(join(state, "b")).map((id) => readFileSync(join(state, "b", id, "record.json"), "utf8"));
  const isNoted = () => brokers().some((p) => record().join().includes(`"pid": ${p.pid}`));
  await until("its record", isNoted, 30_000);
  child.kill("SIGKILL");
  await once(child, "exit");
  await until("no broker", () => processes(state).every((p) => !p.isBroker), 20_000);
  await until("no data", () => readdirSync(join(state, "b")).length === 0, 20_000);
}, 120_000);

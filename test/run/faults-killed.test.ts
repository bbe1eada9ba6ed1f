import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { loadDriver, resolveTarget } from "../../src/drivers/registry.ts";
import { until, within } from "../support/until.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

let dir: string;
let url: string;

/** The command as it is shipped, with brokers of its own. */
function mqbench(...argv: string[]): ChildProcess & { pid: number } {
  return spawn(process.execPath, ["bin/run.js", ...argv], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: "", CI: "true", MQBENCH_STATE: dir },
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
  url = /kafka (\S+)/.exec(await ended(mqbench("up", "kafka")))![1]!;
});
afterAll(async () => {
  await ended(mqbench("down"));
  rmSync(dir, { recursive: true, force: true });
});

/** [pid, state, parent, command] of every process whose environment names this test's folder, and proxies. */
function processes(): { pid: number; state: string; parent: number; command: string; isBroker: boolean }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1");
        const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        const isBroker = command.includes(dir) && !command.includes("bin/run.js");
        return [{ pid: Number(name), state, parent: Number(parent), command, isBroker }];
      } catch {
        return [];
      }
    });
}

const brokerStates = () =>
  processes()
    .filter((p) => p.isBroker)
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

function running(fault: string): ChildProcess & { pid: number } {
  const child = mqbench(
    "run",
    "quick",
    "--on",
    "kafka",
    "--warmup",
    "0s",
    "--duration",
    "60s",
    "--no-floor",
    "--out",
    dir,
    "--fault",
    fault,
  );
  child.stdout!.resume();
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

it("killed in the middle of a pause: the broker goes on and answers", async () => {
  expect(brokerStates()).toMatch(/^[^T]+$/);
  const child = running("pause at=500ms for=50s");
  await until("the pause", () => /^T+$/.test(brokerStates()), 30_000, brokerStates);
  child.kill("SIGKILL");
  await once(child, "exit");
  await until("the broker going on", () => /^[^T]+$/.test(brokerStates()), 15_000, brokerStates);
  await expectAnswers();
}, 90_000);

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

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { createStopper, stoppable } from "../../src/brokers/stopper.ts";
import { until } from "../support/until.ts";

function child(command: string, ...args: string[]): ChildProcess & { pid: number } {
  const process = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void process.kill("SIGKILL"));
  return process as ChildProcess & { pid: number };
}

const sleeper = () => child("/bin/sleep", "1000");

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2)[0]!;
}

it("stops processes, says how many it saw stopped, and lets them go on", async () => {
  const [one, two] = [sleeper(), sleeper()];
  const stopper = await createStopper(stoppable([one.pid, two.pid]));
  onTestFinished(() => stopper.end());
  expect(stopper.go()).toBe(0);
  stopper.stop();
  await until("both stopped", () => stateOf(one.pid) + stateOf(two.pid) === "TT");
  expect(stopper.go()).toBe(2);
  await until("both going on", () => !/T/.test(stateOf(one.pid) + stateOf(two.pid)));
});

it("knows no process that is gone", async () => {
  const gone = sleeper();
  gone.kill("SIGKILL");
  await once(gone, "exit");
  expect(stoppable([gone.pid])).toEqual([]);
});

it("leaves a later process with the same number alone", async () => {
  const one = sleeper();
  const [meant] = stoppable([one.pid]);
  const stopper = await createStopper([{ ...meant!, startTicks: meant!.startTicks - 1 }]);
  onTestFinished(() => stopper.end());
  stopper.stop();
  expect(stopper.go()).toBe(0);
  expect(stateOf(one.pid)).not.toBe("T");
});

it.each(["SIGKILL", "SIGTERM"] as const)("lets them go on when its owner ends by %s", async (signal) => {
  const one = sleeper();
  const owner = child(
    process.execPath,
    fileURLToPath(new URL("./stopping.ts", import.meta.url)),
    String(one.pid),
  );
  await once(owner.stdout!, "data");
  await until("the stop", () => stateOf(one.pid) === "T");
  owner.kill(signal);
  await once(owner, "exit");
  await until("going on", () => stateOf(one.pid) !== "T");
});

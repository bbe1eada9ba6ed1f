import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { socketPath, withLock } from "../../src/brokers/lock.ts";
import { temporaryDir } from "./support.ts";

const { signal } = new AbortController();

test("work under one name never overlaps", async () => {
  const name = temporaryDir();
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all(Array.from({ length: 20 }, () => withLock(name, { signal }, work)));
  expect(most).toBe(1);
});

test("a lock is free again after its work failed", async () => {
  const name = temporaryDir();
  await expect(withLock(name, { signal }, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(withLock(name, { signal }, async () => 5)).resolves.toBe(5);
});

test("a holder that is killed frees its lock", async () => {
  const name = temporaryDir();
  const script = `require("net").createServer(c => c.write(process.pid + "\\n")).listen(
    { path: ${JSON.stringify(socketPath(name))} }, () => console.log("held"))`;
  const holder = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  let waitedFor = "";
  const onWait = (pid: string): void => {
    waitedFor = pid;
    holder.kill("SIGKILL");
  };
  await expect(withLock(name, { signal, onWait }, async () => "mine")).resolves.toBe("mine");
  expect(waitedFor).toBe(String(holder.pid));
});

test("waiting ends when it is aborted", async () => {
  const name = temporaryDir();
  const controller = new AbortController();
  let free = (): void => {};
  const holding = withLock(name, { signal }, () => new Promise<void>((resolve) => (free = resolve)));
  const waiting = withLock(
    name,
    { signal: controller.signal, onWait: () => controller.abort() },
    async () => {},
  );
  await expect(waiting).rejects.toThrow(/abort/i);
  free();
  await holding;
});

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { captureOutput } from "@oclif/test";
import { expect, it } from "vitest";
import Advise from "../../src/commands/advise.ts";
import Run from "../../src/commands/run.ts";
import { sharedBroker } from "../support/brokers.ts";
import { mqbench } from "../support/mqbench.ts";
import { temporaryFolder } from "../support/run.ts";

const JOB = ["--kind", "event", "--replay", "must", "--readers", "many", "--rate", "1k"];

const today = () => new Date().toISOString().slice(0, 10);
const flat = (text: string) => text.replace(/\s+/g, " ");

it("after a run on a real broker, cites what it measured, of this machine and today", async () => {
  const { url } = await sharedBroker("kafka");
  const out = temporaryFolder();
  const day = today();
  const run = await mqbench(Run, [
    ...["quick", "--on", "kafka", "--url", `kafka=${url}`, "--rate", "1k/s"],
    ...["--warmup", "1s", "--duration", "3s", "--no-floor", "--out", out],
  ]);
  expect(run.code).toBe(undefined);
  const { stdout } = await captureOutput(() => Advise.run([...JOB, "--evidence", out], import.meta.url));
  const [, cited] =
    /Measured here \([^)]*\) · (.*?ack: [^)]*)\)/.exec(flat(stdout)) ??
    /Measured here \([^)]*\) ✓ (.*?ack: [^)]*)\)/.exec(flat(stdout)) ??
    [];
  expect([day, today()].some((d) => cited?.startsWith(`${d}, kafka:log@wire `))).toBe(true);
  expect(cited).toMatch(/1\.00k\/s, 1\.00KiB, ack: its only copy, in the page cache$/);
}, 180_000);

const BIN = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

/** The shipped command, with a broker that cannot be. */
function proving(onStderr: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
  const out = temporaryFolder();
  const child = spawn(process.execPath, [BIN, "advise", ...JOB, "--evidence", out, "--prove"], {
    env: { ...process.env, NODE_OPTIONS: "", CI: "true", MQBENCH_KAFKA_URL: "http://no address" },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    onStderr(stderr, (signal) => child.kill(signal));
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
}

it("proves in front of the reader, says for how long, and gives its verdict also where nothing can be run", async () => {
  const { code, stdout, stderr } = await proving();
  expect(stderr).toMatch(/short experiments on real brokers, about [\d.]+(s|m)/);
  expect(stderr).toMatch(/^\[2\/\d\] one message for many readers: mqbench run fan-out --on kafka:log /m);
  expect(stderr).toMatch(/could not be run to its end \(exit code 2\)/);
  expect(stdout).toMatch(/^KAFKA {2}/);
  expect(code).toBe(0);
}, 60_000);

it("ends with 130 at a Ctrl-C, and no experiment begins after it", async () => {
  let isSent = false;
  const { code, stdout, stderr } = await proving((text, kill) => {
    if (isSent || !text.includes("[1/")) return;
    isSent = true;
    kill("SIGINT");
  });
  expect([code, stdout]).toEqual([130, ""]);
  expect(stderr).not.toContain("[2/");
  expect(stderr).not.toMatch(/^\s+at /m);
}, 60_000);

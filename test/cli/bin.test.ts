import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/run.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as it is shipped, from what `npm run build` made. */
async function mqbench(
  argv: readonly string[],
  o: {
    node?: readonly string[];
    env?: NodeJS.ProcessEnv;
    onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...(o.node ?? []), "bin/run.js", ...argv], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: "", CI: "true", ...o.env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    o.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  return new Promise((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
}

/** Pids whose environment holds this text: an orphan has another parent, but still its environment. */
function processesWith(text: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(text);
    } catch {
      return false;
    }
  });
}

const RUN = ["run", "quick", "--on", "memory", "--warmup", "0s"];

describe("bin/run.js", () => {
  it("says in one line what to do on a Node that is too old, with exit code 2", async () => {
    const old = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})";
    const { code, stdout, stderr } = await mqbench(["--help"], { node: ["--import", old] });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/needs Node 22\.22 or newer, this is 20\.20\.2.*npx mqbench/);
  });

  it("prints the report to stdout and the progress to stderr", async () => {
    const { code, stdout, stderr } = await mqbench([...RUN, "--duration", "1s", "--out", temporaryFolder()]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PASS {2}quick on memory:queue@local\n/);
    expect(stderr).toMatch(/^quick on memory:queue@local\n/);
    expect(stdout + stderr).not.toContain("\x1b");
  });

  it("prints one JSON document with --json, and the same exit code", async () => {
    const out = temporaryFolder();
    const { code, stdout } = await mqbench([
      ...RUN,
      "--duration",
      "1s",
      "--json",
      "--threshold",
      "offered < 1",
      "--out",
      out,
    ]);
    expect(code).toBe(1);
    const result = JSON.parse(stdout) as { schema: string; exit: { code: number } };
    expect([result.schema, result.exit.code]).toEqual(["mqbench/run", 1]);
  });

  it("prints an error as JSON too with --json", async () => {
    const { code, stdout } = await mqbench(["run", "--rate", "nope", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 2, code: "BAD_PLAN" } });
  });

  it("resolves and stops with --dry-run, saying where each value came from", async () => {
    const { code, stdout } = await mqbench([...RUN, "--rate", "7/s", "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/load\.rate +7\/s +--rate/);
    expect(stdout).toMatch(/message\.size +1KiB +profiles\/quick\.yaml/);
  });

  it("finishes up at the first SIGINT and stops at once at the second", async () => {
    let kills = 0;
    const { code, signal } = await mqbench(
      [
        ...RUN,
        "--duration",
        "60s",
        "--set",
        "options.memory={stall: {at: 1s, for: 50s}}",
        "--out",
        temporaryFolder(),
      ],
      {
        onStderr: (text, kill) => {
          if (kills === 0 && text.includes("measure")) {
            kills++;
            setTimeout(() => kill("SIGINT"), 1500);
          }
          if (kills === 1 && text.includes("finishing up")) {
            kills++;
            kill("SIGINT");
          }
        },
      },
    );
    expect([code, signal]).toEqual([null, "SIGINT"]);
  }, 60_000);
});

it("the commands and their flags are these", () => {
  const manifest = JSON.parse(readFileSync(`${root}/oclif.manifest.json`, "utf8")) as {
    commands: Record<string, { flags: Record<string, unknown> }>;
  };
  const surface = Object.fromEntries(
    Object.entries(manifest.commands).map(([name, c]) => [name, Object.keys(c.flags).sort().join(" ")]),
  );
  expect(surface).toMatchInlineSnapshot(`
    {
      "advise": "ack all answers as backlog cdc changelog churn client cloud delay edit edition elastic guarantee have input json kafka-version keep kind lang latency on-open ops order os power-cut priority processing protocol queues rabbitmq-version rate readers regions replay rest routing size stage work",
      "doctor": "calibrate json out",
      "down": "json",
      "drivers": "json",
      "explain": "json",
      "limit": "agents consumers driver dry-run durability floor from guarantee in-flight json nodes on out partitions precision prefetch producers seed set size slo step-duration subscriptions to url warmup",
      "profiles": "json",
      "report": "as json metric out",
      "run": "agents consumers driver dry-run durability duration fault floor guarantee in-flight json messages nodes on out partitions prefetch producers rate repeat seed set size strict subscriptions threshold url warmup",
      "status": "json",
      "up": "json nodes version",
    }
  `);
});

it("leaves no process behind when it is killed", async () => {
  const mark = `${process.pid}-${Date.now()}`;
  let seen = 0;
  const { code, signal } = await mqbench([...RUN, "--duration", "60s", "--out", temporaryFolder()], {
    env: { MQBENCH_TEST_MARK: mark },
    onStderr: (text, kill) => {
      if (!text.includes("measure")) return;
      seen = processesWith(`MQBENCH_TEST_MARK=${mark}`).length;
      kill("SIGKILL");
    },
  });
  expect([code, signal]).toEqual([null, "SIGKILL"]);
  expect(seen).toBe(2);
  await expect.poll(() => processesWith(`MQBENCH_TEST_MARK=${mark}`), { timeout: 15_000 }).toEqual([]);
}, 60_000);

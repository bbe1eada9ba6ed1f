import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { describe, expect, it } from "vitest";
import Limit from "../../src/commands/limit.ts";
import ReportCommand from "../../src/commands/report.ts";
import type { RunResult } from "../../src/model/result.ts";
import { renderLimit } from "../../src/report/limit.ts";
import type { LimitResult } from "../../src/report/limit-result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { prepareLimit } from "../../src/run/limit/request.ts";
import { runLimit } from "../../src/run/limit/run-limit.ts";
import { problemsOf } from "../../src/store/schema.ts";
import { temporaryFolder } from "../support/run.ts";

interface Outcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function limit(...argv: readonly string[]): Promise<Outcome> {
  const { error, stdout, stderr } = await captureOutput(() => Limit.run([...argv], import.meta.url));
  return { code: (error as { oclif?: { exit?: number } } | undefined)?.oclif?.exit, stdout, stderr };
}

const SLO = ["--slo", "e2e_response.p99 < 60ms"];
const SHORT = ["--on", "memory", "--warmup", "300ms", "--set", "load.schedule=uniform"];

/** The broker serves one message after another, so it can do exactly 500 a second. */
const SLOW = [...SHORT, "--set", "options.memory.serviceTime=2ms"];
const CAPACITY_PER_S = 500;

/** The run of a step of the only search in a folder of results. */
function runOf(out: string, step: string): RunResult {
  return JSON.parse(readFileSync(join(out, readdirSync(out)[0]!, step, "run.json"), "utf8")) as RunResult;
}

describe("mqbench limit", () => {
  it("finds the known capacity of a broker within the precision", async () => {
    const out = temporaryFolder();
    const search = ["--from", "200/s", "--precision", "30%", "--step-duration", "2s", "--out", out];
    const { stdout, stderr } = await limit(...SLOW, "--slo", "e2e_response.p50 < 150ms", ...search, "--json");
    const target = (JSON.parse(stdout) as LimitResult).targets[0]!;
    const runs = target.steps.map((s) => runOf(out, s.folder));
    // A machine that is busy elsewhere makes any rate fail; the run says so, and proves nothing then.
    const isPaused = runs.map(
      ({ harness }) => harness.latenessP99Ns > 20e6 || harness.loopDelayMaxNs > 100e6,
    );
    for (const [i, step] of target.steps.entries()) {
      const { ratePerS, verdict } = step;
      if (ratePerS >= CAPACITY_PER_S * 1.3) expect(verdict, stderr).toBe("fails");
      if (ratePerS <= CAPACITY_PER_S / 1.3 && !isPaused[i]) expect(verdict, stderr).toBe("holds");
    }
    if (isPaused.includes(true)) return;
    expect(target).toMatchObject({ target: "memory:queue@local", outcome: "found", probe: null });
    expect(target.limitPerS! / CAPACITY_PER_S).toBeGreaterThan(1 / 1.3);
    expect(target.limitPerS! / CAPACITY_PER_S).toBeLessThan(1.3);
    expect(target.steps.filter((s) => s.ratePerS === target.limitPerS && s.verdict === "holds")).toHaveLength(
      2,
    );
    expect(stderr).toMatch(/^step 3 of about \d+, going up, 800\/s on memory:queue@local$/m);
  }, 180_000);

  it("stores what it did, each step as a run that mqbench report reads and mqbench run can repeat", async () => {
    const out = temporaryFolder();
    const search = ["--to", "400/s", "--precision", "100%", "--step-duration", "1s", "--out", out];
    const { code, stdout } = await limit(...SLOW, "--slo", "lost == 0", ...search, "--json");
    const result = JSON.parse(stdout) as LimitResult;
    expect(result.exit.code).toBe(code);
    const [target] = result.targets;
    const [name] = readdirSync(out);
    const folder = join(out, name!);
    const stored = JSON.parse(readFileSync(join(folder, "limit.json"), "utf8")) as LimitResult;
    expect(stored).toEqual(result);
    expect(problemsOf(stored, "limit-v1")).toEqual([]);
    expect(target!.probe!.publishPerS).toBeGreaterThan(0);
    expect(runOf(out, target!.probe!.folder).plan.load).toEqual({ loop: "closed" });
    for (const { folder: step, ratePerS } of target!.steps) {
      const run = runOf(out, step);
      expect(run.plan.load).toMatchObject({ schedule: { kind: "uniform", ratePerS } });
      expect(run.counts.unique).toBe(run.counts.offered);
    }
    const { folder: first, ratePerS } = target!.steps[0]!;
    expect(runOf(out, first).run.command).toBe(
      `mqbench run limit --on memory:queue@local --rate ${ratePerS}/s --warmup 300ms --duration 1000ms --seed 1 ` +
        "--set load.schedule=uniform --set options.memory.serviceTime=2ms --threshold 'lost == 0'",
    );
    const report = await captureOutput(() => ReportCommand.run([folder, "--as", "csv"], import.meta.url));
    expect(report.error).toBeUndefined();
    expect(report.stdout.trim().split("\n")).toHaveLength(1 + target!.steps.length);
  }, 120_000);

  it("says what it found first, exits with 1 where not even the lowest rate holds", async () => {
    const rest = ["--set", "options.memory.serviceTime=30ms", "--slo", "e2e_response.p99 < 10ms"];
    const { code, stdout } = await limit(
      ...SHORT,
      ...rest,
      ...["--from", "20/s", "--step-duration", "1s", "--out", temporaryFolder()],
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^NO RATE {2}memory:queue@local keeps e2e_response\.p99 < 10ms at no rate: it fails\n +at 20\.0 msg\/s/,
    );
    expect(stdout).toMatch(/^ +20\.0\/s .* █+ +[✗~] p99 [\d.]+m?s( again)?$/m);
    expect(stdout).toMatch(/\nAgain\n {2}mqbench limit --on memory .*--slo 'e2e_response\.p99 < 10ms'/);
  }, 60_000);

  it("keeps what it measured when it is stopped, and prints the curve so far", async () => {
    const out = temporaryFolder();
    const abort = new AbortController();
    const flags = { on: ["memory"], warmup: "0s" };
    const search = await prepareLimit(
      { profile: "limit", flags, env: {} },
      { slo: ["lost == 0"], from: "100/s", precision: "5%", "step-duration": "1s" },
    );
    let steps = 0;
    const done = await runLimit({
      search,
      urls: new Map(),
      out,
      command: "mqbench limit",
      stepCommand: () => "mqbench run",
      signal: abort.signal,
      watch: {
        note() {},
        step() {
          steps++;
        },
        phase(name) {
          if (steps === 3 && name === "measure") abort.abort("SIGINT");
        },
        second() {},
        end() {},
        judged() {},
      },
    });
    expect(done.error).toBeUndefined();
    expect(done.result).toMatchObject({ state: "interrupted", exit: { code: 130 } });
    expect(done.result.targets[0]).toMatchObject({ outcome: "unfinished" });
    expect(done.result.targets[0]!.steps).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(done.folder, "limit.json"), "utf8"))).toEqual(done.result);
    const text = renderLimit(done.result, { ...PLAIN, folder: done.folder });
    expect(text).toMatch(/^NOT FINISHED {2}memory:queue@local /);
    expect(text.match(/^ +[12]00\/s +\d/gm)).toHaveLength(2);
    expect(text).toContain("stopped by SIGINT");
  }, 60_000);

  it("exits with 6 where there is no broker, and says so in limit.json", async () => {
    const out = temporaryFolder();
    const url = ["--on", "kafka", "--url", "kafka=127.0.0.1:1"];
    const { code, stderr } = await limit(...url, ...SLO, "--from", "100/s", "--out", out);
    expect(code).toBe(6);
    expect(stderr).toMatch(/Error: /);
    const stored = JSON.parse(readFileSync(join(out, readdirSync(out)[0]!, "limit.json"), "utf8"));
    expect(stored).toMatchObject({ state: "failed", exit: { code: 6, reasons: [{ kind: "broker" }] } });
  }, 60_000);

  it("shows the search and the plan of each step with --dry-run, and runs nothing", async () => {
    const out = temporaryFolder();
    const { code, stdout } = await limit(...SHORT, ...SLO, "--from", "1k/s", "--out", out, "--dry-run");
    expect(code).toBeUndefined();
    expect(stdout).toMatch(
      /^a search on each target for the highest rate that keeps e2e_response\.p99 < 60ms\n/,
    );
    expect(stdout).toContain("from 1.00k/s, to no bound, within 5%");
    expect(stdout).toMatch(/^load\.schedule +uniform +--set load\.schedule$/m);
    expect(stdout).not.toMatch(/^load\.rate/m);
    expect(readdirSync(out)).toEqual([]);
  });

  it.each<[string, readonly string[], RegExp]>([
    ["no objective", SHORT, /slo/],
    ["an unknown metric", [...SHORT, "--slo", "p99 < 5ms"], /"p99", which is no metric/],
    ["an objective without a unit", [...SHORT, "--slo", "e2e_response.p99 < 5"], /e2e_response\.p99 < 5/],
    [
      "--from above --to",
      [...SHORT, ...SLO, "--from", "2k/s", "--to", "1k/s"],
      /--from 2\.00k\/s is not below/,
    ],
    ["a rate that is none", [...SHORT, ...SLO, "--from", "fast"], /--from: "fast" is not a rate/],
    ["a precision of nothing", [...SHORT, ...SLO, "--precision", "0%"], /--precision "0%"/],
    ["a length without a unit", [...SHORT, ...SLO, "--step-duration", "5"], /"?5"? is not a duration/],
    ["a rate", [...SHORT, ...SLO, "--rate", "5k/s"], /--rate/],
    ["a closed loop", ["throughput", "--on", "memory", "--slo", "rate.publish > 5k/s"], /has a closed loop/],
    ["bursts", ["burst", "--on", "memory", ...SLO], /has schedule burst.*not one rate/],
    ["more agents than a side has", ["--on", "kafka", ...SLO, "--agents", "3+1"], /3 agents for 1 producer/],
  ])("refuses %s with 2, a fix, and nothing on stdout", async (_, argv, message) => {
    const { code, stdout, stderr } = await limit(...argv, "--out", temporaryFolder());
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/→ /);
    expect([code, stdout]).toEqual([2, ""]);
  });
});

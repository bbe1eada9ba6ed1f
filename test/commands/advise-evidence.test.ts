import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import Advise from "../../src/commands/advise.ts";
import Run from "../../src/commands/run.ts";
import type { RunResult } from "../../src/model/result.ts";
import { widthOf } from "../../src/report/style.ts";
import { readEnvironment } from "../../src/run/environment.ts";
import { sampleRun } from "../fixtures/run.ts";
import { mqbench } from "../support/mqbench.ts";
import { temporaryFolder } from "../support/run.ts";

async function advise(...argv: string[]) {
  const { error, stdout, stderr } = await captureOutput(() => Advise.run(argv, import.meta.url));
  return { code: (error as { oclif?: { exit?: number } } | undefined)?.oclif?.exit ?? 0, stdout, stderr };
}

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL("../../schemas/advice-v1.json", import.meta.url), "utf8")) as object,
);

const TASK = ["--kind", "task", "--rate", "1k", "--rabbitmq-version", "4.0"];

/** A folder of results; those without another environment are of this machine. */
function results(...runs: readonly Partial<RunResult>[]): string {
  const folder = temporaryFolder();
  for (const [i, change] of runs.entries()) {
    mkdirSync(join(folder, `r${i}`));
    const run = sampleRun({ findings: [], environment: readEnvironment(), ...change });
    writeFileSync(join(folder, `r${i}`, "run.json"), JSON.stringify(run));
  }
  return folder;
}

/** Text without its line breaks. */
const flat = (text: string) => text.replace(/\s+/g, " ");

describe("mqbench advise --evidence", () => {
  it("cites what was measured here, with its day, settings and acknowledgement, and asks no more for it", async () => {
    const { code, stdout, stderr } = await advise(...TASK, "--evidence", results({}));
    expect([code, stderr]).toEqual([0, ""]);
    expect(flat(stdout)).toMatch(
      /Measured here \(.*\) ✓ 2026-01-02, rabbitmq:quorum@amqplib 4\.0\.5: kept 5\.00k\/s \(unchecked\), you need 1\.00k\/s \(5\.00k\/s, 1\.00KiB, 3 partitions x 2 subscriptions, ack: a majority of the copies, flushed\)/,
    );
    expect(stdout).toMatch(/^Not measured here; run:$/m);
    expect(stdout.split("\n").filter((l) => widthOf(l) > 80 && !/^ {6}mqbench /.test(l))).toEqual([]);
  });

  it("shows before the reasons what disagrees, and keeps the score", async () => {
    const slow = { ...sampleRun().plan, load: { loop: "closed" } as const };
    const folder = results({
      plan: slow,
      rates: { ...sampleRun().rates, publish: 300, consume: 600, achieved: null },
    });
    const { stdout } = await advise(...TASK, "--evidence", folder);
    const at = (text: string) => stdout.indexOf(`\n${text}\n`);
    expect(at("Measurements that disagree")).toBeGreaterThan(0);
    expect(at("Measurements that disagree")).toBeLessThan(at("Why"));
    expect(flat(stdout)).toMatch(
      /300\/s \(unchecked\) at most, you need 1\.00k\/s .* The score does not count this, so weigh it\./,
    );
    const scores = async (...argv: string[]) =>
      (JSON.parse((await advise(...TASK, "--json", ...argv)).stdout) as { flows: { modes: unknown }[] })
        .flows[0]!.modes;
    expect(await scores("--evidence", folder)).toEqual(await scores("--no-evidence"));
  });

  it("does not call another machine's numbers its own", async () => {
    const folder = results({ environment: { ...readEnvironment(), host: "elsewhere", cores: 999 } });
    const { stdout } = await advise(...TASK, "--evidence", folder);
    expect(stdout).not.toContain("5.00k/s");
    expect(flat(stdout)).toMatch(
      /nothing that was measured on this machine bears on it · 1 results of other machines are not counted/,
    );
    const all = await advise(...TASK, "--evidence", folder, "--all");
    expect(flat(all.stdout)).toMatch(
      /Measured on another machine \(elsewhere: .*999 cores.*; not counted .*kept 5\.00k\/s/,
    );
  });

  it("is data with --json, and keeps to its schema", async () => {
    const folder = results(
      {},
      { state: "interrupted" },
      { environment: { ...readEnvironment(), cores: 999 } },
    );
    const { stdout } = await advise(...TASK, "--latency", "10ms", "--evidence", folder, "--json");
    const document = JSON.parse(stdout) as { evidence: object; flows: { evidence: object[] }[] };
    expect(validate(document) ? [] : validate.errors).toEqual([]);
    expect(document.evidence).toMatchObject({ folder, results: 1, leftOut: { interrupted: 1 }, unread: 0 });
    expect(document.flows[0]!.evidence[0]).toMatchObject({
      verdict: "enough",
      about: "rate",
      neededPerS: 1000,
      measured: [{ target: "rabbitmq:quorum@amqplib", durability: { copies: "majority", flush: "fsync" } }],
    });
    const without = JSON.parse((await advise(...TASK, "--no-evidence", "--json")).stdout) as object;
    expect(validate(without) ? [] : validate.errors).toEqual([]);
    expect(without).not.toHaveProperty("evidence");
  });

  it("is part of a decision record", async () => {
    const { stdout } = await advise(...TASK, "--evidence", results({}), "--as", "markdown");
    expect(stdout).toMatch(/^## What was measured\n\n- 2026-01-02, rabbitmq:quorum@amqplib 4\.0\.5: kept/m);
  });

  it("says in one line what it left out of a folder full of garbage", async () => {
    const folder = results({ state: "running" });
    for (const [name, text] of [
      ["broken", "{"],
      ["empty", ""],
      ["proto", '{"__proto__": {"schema": "mqbench/run"}, "constructor": 1}'],
      ["escape", '{"schema": "\\u001b[31mmqbench/run"}'],
    ]) {
      mkdirSync(join(folder, name!));
      writeFileSync(join(folder, name!, "run.json"), text!);
    }
    const { code, stdout, stderr } = await advise(...TASK, "--evidence", folder);
    expect([code, stderr]).toEqual([0, ""]);
    expect(flat(stdout)).toMatch(/Left out of \S+: .*2 unreadable/);
    expect(flat(stdout)).toMatch(/1 still running or killed/);
    expect(flat(stdout)).toMatch(/2 that mqbench did not write/);
  });

  it("prints no escape sequences of others", async () => {
    const target = { ...sampleRun().target, version: "4.0\u001b[2J" };
    expect((await advise(...TASK, "--evidence", results({ target }))).stdout).not.toContain("\u001b");
  });

  it.each<[string, readonly string[], RegExp]>([
    ["a folder that is not there", ["--evidence", "nosuch"], /cannot read the evidence in nosuch/],
    ["a file", ["--evidence", "package.json"], /cannot read the evidence in package\.json/],
    ["evidence and none", ["--evidence", ".", "--no-evidence"], /cannot also be provided/],
    ["a proof without evidence", ["--prove", "--no-evidence"], /cannot also be provided/],
  ])("%s exits with 2, a clear message and no stack trace", async (_, argv, message) => {
    const { code, stdout, stderr } = await advise(...TASK, ...argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("leaves out a run on memory, which nobody can choose", async () => {
    const out = temporaryFolder();
    const run = await mqbench(Run, [
      ...[
        "quick",
        "--on",
        "memory",
        "--durability",
        "memory",
        "--warmup",
        "0s",
        "--duration",
        "1s",
        "--no-floor",
      ],
      ...["--out", out],
    ]);
    expect(run.stdout).toMatch(/quick/);
    const { code, stdout } = await advise(...TASK, "--evidence", out);
    expect(code).toBe(0);
    expect(flat(stdout)).toMatch(/Left out of \S+: 1 of targets that are no candidates/);
  });

  it("reads a thousand runs", async () => {
    const [folder, one] = [temporaryFolder(), results({})];
    for (let i = 0; i < 1001; i++) cpSync(join(one, "r0"), join(folder, `r${i}`), { recursive: true });
    const { stdout } = await advise(...TASK, "--evidence", folder, "--json");
    expect((JSON.parse(stdout) as { evidence: object }).evidence).toMatchObject({ results: 1000, unread: 1 });
  });
});

import { readdirSync } from "node:fs";
import { captureOutput } from "@oclif/test";
import { afterEach, describe, expect, it, vi } from "vitest";
import Probe from "../../src/commands/probe.ts";
import type { ProbeResult, ProbeRow } from "../../src/model/probe.ts";
import { renderProbes } from "../../src/report/probe.ts";
import { PLAIN } from "../../src/report/style.ts";
import { problemsOf } from "../../src/store/schema.ts";
import { temporaryFolder } from "../support/run.ts";

async function probe(...argv: readonly string[]) {
  const { error, stdout, stderr } = await captureOutput(() => Probe.run([...argv], import.meta.url));
  return { code: (error as { oclif?: { exit?: number } } | undefined)?.oclif?.exit, stdout, stderr };
}

describe("mqbench probe", () => {
  it("lists the probes where none is named, and where they can be asked", async () => {
    const { code, stdout } = await probe();
    expect(code).toBeUndefined();
    for (const name of ["replay", "scale", "routing", "priority"])
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
    expect(stdout).toMatch(/^on kafka:log, rabbitmq:quorum, rabbitmq:classic/m);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const { probes, modes } = JSON.parse((await probe("--json")).stdout) as {
      probes: { name: string; sentence: string; claims: string[] }[];
      modes: string[];
    };
    expect(probes.map((p) => p.name)).toEqual(["replay", "scale", "routing", "priority"]);
    expect(modes).toContain("kafka:log");
  });

  it.each<[string, readonly string[], RegExp]>([
    ["an unknown probe", ["replya"], /no probe "replya"[\s\S]*→ Did you mean "replay"\?/],
    ["one unknown probe of two", ["replay", "prioritty"], /Did you mean "priority"\?/],
    [
      "an unknown target",
      ["replay", "--on", "kafak"],
      /unknown target "kafak"[\s\S]*→ Did you mean "kafka"\?/,
    ],
    ["an unknown target of a list", ["--on", "rabbitmq:quorumm"], /Did you mean "rabbitmq:quorum"\?/],
    ["a client", ["replay", "--on", "kafka@wire"], /names a client[\s\S]*→ Write --on kafka:log\./],
    [
      "what is no broker",
      ["replay", "--on", "memory"],
      /no probe for memory:queue[\s\S]*→ There are probes for/,
    ],
    ["a URL that is none", ["replay", "--url", "kafka=http://x"], /--url kafka: [\s\S]*→ Write it like/],
    ["an unknown flag", ["replay", "--rate", "5/s"], /--rate[\s\S]*→ See "mqbench probe --help"/],
  ])("refuses %s with 2, a fix, and nothing on stdout or in a folder", async (_, argv, message) => {
    const out = temporaryFolder();
    const { code, stdout, stderr } = await probe(...argv, "--out", out);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([code, stdout, readdirSync(out)]).toEqual([2, "", []]);
  });

  it.each([
    ["kafka", "kafka=127.0.0.1:1", /127\.0\.0\.1:1/],
    ["rabbitmq", "rabbitmq=amqp://user:secret@127.0.0.1:1", /cannot reach RabbitMQ at 127\.0\.0\.1:1/],
  ])("exits with 6 where there is no %s", async (system, url, message) => {
    const out = temporaryFolder();
    const { code, stdout, stderr } = await probe("replay", "--on", system, "--url", url, "--out", out);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/secret|^\s+at /m);
    expect([code, stdout]).toEqual([6, ""]);
  });
});

const ROW: ProbeRow = {
  probe: "replay",
  sentence: "what was read can be read again",
  target: "kafka:log@kafkajs",
  version: "4.3.1",
  verdict: "supported",
  expected: "supported",
  because: "all came again",
  facts: [
    { name: "fromStart", value: 10, text: "from the start: 10 of 10", asExpected: true },
    { name: "other", text: "by the way" },
  ],
  claims: ["001-033"],
};

function resultOf(...rows: readonly ProbeRow[]): ProbeResult {
  return {
    schema: "mqbench/probe",
    schemaVersion: "1.0",
    tool: { name: "mqbench", version: "0", node: "24" },
    id: "1-probe",
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:00:01.000Z",
    command: "mqbench probe replay",
    environment: { host: "h", os: "o", kernel: "k", cpu: "c", cores: 2, memoryBytes: 1 },
    rows,
  };
}

describe("the exit code", () => {
  const RUN = "../../src/probes/run-probes.ts";
  afterEach(() => {
    vi.doUnmock(RUN);
    vi.resetModules();
  });

  it.each([
    ["0 where every verdict is as expected", ROW, undefined],
    ["1 where one is not", { ...ROW, verdict: "refuted" } as const, 1],
    ["1 where one could not be tested", { ...ROW, verdict: "not-testable" } as const, 1],
    [
      "0 where nothing else was expected",
      { ...ROW, verdict: "depends", expected: "depends" } as const,
      undefined,
    ],
  ])("is %s", async (_, row, want) => {
    const result = resultOf(ROW, row);
    vi.doMock(RUN, () => ({
      runProbes: async () => ({ result, folder: "f", error: undefined, troubles: [] }),
    }));
    expect((await probe("replay")).code).toBe(want);
    const { code, stdout } = await probe("replay", "--json");
    expect(code).toBe(want ?? 0);
    expect(JSON.parse(stdout)).toEqual(result);
  });
});

describe("what probes print", () => {
  const options = {
    ...PLAIN,
    folder: "results/1-probe",
    claims: new Map([["001-033", "Replay from any point"]]),
  };

  it("is the table of verdicts, why, the facts, and the claims in words", () => {
    expect(renderProbes(resultOf(ROW), options)).toMatchInlineSnapshot(`
      "AS EXPECTED  1 verdict, each as the documentation of the broker says

                 kafka:log
        broker       4.3.1
        replay   supported

      replay: what was read can be read again
        kafka:log: supported
          all came again
          ✓ from the start: 10 of 10
          · by the way

      Claims that it bears on
        001-033  Replay from any point

      Files
        results/1-probe

      Again
        mqbench probe replay
      "
    `);
  });

  it("marks a verdict that the documentation does not make us expect", () => {
    const text = renderProbes(resultOf({ ...ROW, verdict: "refuted" }), options);
    expect(text).toMatch(/^NOT AS EXPECTED {2}1 of 1 verdict contradicts/);
    expect(text).toMatch(/^ {2}replay +refuted!$/m);
    expect(text).toMatch(/^ {4}! of 4\.3\.1 was expected: supported$/m);
  });

  it("names the claims of several probes by their ids only", () => {
    const text = renderProbes(resultOf(ROW, { ...ROW, probe: "scale", claims: ["001-036"] }), options);
    expect(text).toMatch(/^ {2}scale +001-036$/m);
    expect(text).not.toContain("Replay from any point");
  });

  it("breaks its schema where a verdict is none", () => {
    expect(problemsOf(resultOf(ROW), "probe-v1")).toEqual([]);
    const broken = { ...resultOf(ROW), rows: [{ ...ROW, verdict: "perhaps" }] };
    expect(problemsOf(broken, "probe-v1")).not.toEqual([]);
  });
});

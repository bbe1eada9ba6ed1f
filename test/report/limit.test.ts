import { describe, expect, it } from "vitest";
import { limitSentence, renderLimit } from "../../src/report/limit.ts";
import type { LimitResult, LimitStep, TargetLimit } from "../../src/report/limit-result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { problemsOf } from "../../src/store/schema.ts";

const OBJECTIVES = ["e2e_response.p99 < 20ms"];

function step(ratePerS: number, p99Ms: number, change: Partial<LimitStep> = {}): LimitStep {
  const holds = p99Ms < 20;
  return {
    folder: `01-kafka-log-kafkajs-${ratePerS}`,
    ratePerS,
    purpose: "up",
    verdict: holds ? "holds" : "fails",
    isClose: false,
    reasons: holds
      ? []
      : [
          {
            code: "OBJECTIVE",
            short: `p99 ${p99Ms}ms`,
            message: `e2e_response.p99 < 20ms failed: ${p99Ms}ms`,
          },
        ],
    achieved: 0.9987,
    e2eResponse: {
      p50Ns: p99Ms * 2e5,
      p99Ns: p99Ms * 1e6,
      p999Ns: p99Ms * 2e6,
      maxNs: p99Ms * 3e6,
      censored: 0,
      count: 100_000,
    },
    p99Invalid: [],
    usedShare: p99Ms / 20,
    warnings: [],
    ...change,
  };
}

const KAFKA: TargetLimit = {
  target: "kafka:log@kafkajs",
  label: "",
  version: "4.3.1",
  clientVersion: "kafkajs 2.2.4",
  durability: { copies: "one", flush: "page cache" },
  work: "open loop, poisson arrivals, 1KiB messages, 1 partition, 1 producer, 1 subscription × 1 consumer, 10s after 3s of warm-up",
  outcome: "found",
  limitPerS: 31_200,
  failsPerS: 32_600,
  isHarnessBound: false,
  probe: { folder: "01-kafka-log-kafkajs-closed", publishPerS: 64_000 },
  steps: [
    step(16_000, 6.1),
    step(30_000, 14.2),
    step(64_000, 2100, {
      reasons: [{ code: "OVERLOADED", short: "overloaded", message: "overloaded: 64k/s asked for" }],
      e2eResponse: { p50Ns: 9e8, p99Ns: 2.1e9, p999Ns: 2.2e9, maxNs: 2.2e9, censored: 5000, count: 100_000 },
      usedShare: null,
    }),
    step(32_600, 25.1),
    step(31_200, 20.9, { purpose: "bisect", isClose: true }),
    step(31_200, 18.8, { purpose: "repeat" }),
    step(31_200, 19.1, { purpose: "confirm" }),
  ],
};

const RESULT: LimitResult = {
  schema: "mqbench/limit",
  schemaVersion: "1.0",
  state: "finished",
  tool: { name: "mqbench", version: "0.1.0", node: "24.0.0" },
  run: {
    id: "20260102-030405-678-3fa2c1",
    startedAt: "2026-01-02T03:04:05.678Z",
    endedAt: "2026-01-02T03:08:05.678Z",
    command: "mqbench limit --on kafka --slo 'e2e_response.p99 < 20ms'",
  },
  profile: "limit",
  objectives: OBJECTIVES,
  search: { fromPerS: null, toPerS: null, precision: 0.05 },
  targets: [KAFKA],
  exit: { code: 0, reasons: [] },
};

const QUORUM: TargetLimit = {
  ...KAFKA,
  target: "rabbitmq:quorum@amqplib",
  version: "4.0.5",
  clientVersion: "amqplib 2.3.1",
  durability: { copies: "majority", flush: "fsync" },
  limitPerS: 9100,
  failsPerS: 9500,
  isHarnessBound: true,
  steps: [
    step(9100, 15, { p99Invalid: ["HARNESS_LATE"] }),
    step(9500, 400, {
      reasons: [{ code: "GUARANTEE", short: "lost 3", message: "lost == 0 failed: 3" }],
    }),
  ],
};

const text = (result: LimitResult): string => renderLimit(result, { ...PLAIN, folder: "results/x-limit" });

describe("the report of a rate search", () => {
  it.each<[string, LimitResult]>([
    ["one", RESULT],
    ["two", { ...RESULT, targets: [KAFKA, QUORUM] }],
  ])("on %s is the golden file", async (name, result) => {
    expect(problemsOf(JSON.parse(JSON.stringify(result)), "limit-v1")).toEqual([]);
    await expect(text(result)).toMatchFileSnapshot(`golden/limit-${name}.txt`);
  });

  it.each<[Partial<TargetLimit>, string]>([
    [{}, "kafka:log@kafkajs keeps e2e_response.p99 < 20ms up to 31.2k msg/s"],
    [
      { label: "message.size=1KiB" },
      "kafka:log@kafkajs (message.size=1KiB) keeps e2e_response.p99 < 20ms up to 31.2k msg/s",
    ],
    [
      { outcome: "at-least", failsPerS: null },
      "kafka:log@kafkajs keeps e2e_response.p99 < 20ms up to at least 31.2k msg/s, the highest rate that was allowed",
    ],
    [
      { outcome: "none", limitPerS: null, failsPerS: 250 },
      "kafka:log@kafkajs keeps e2e_response.p99 < 20ms at no rate: it fails at 250 msg/s, the lowest one tried",
    ],
    [
      { outcome: "unfinished" },
      "kafka:log@kafkajs keeps e2e_response.p99 < 20ms at 31.2k msg/s; higher rates were not searched to the end",
    ],
    [{ outcome: "unfinished", limitPerS: null }, "kafka:log@kafkajs was not searched to the end"],
    [
      { outcome: "unclear" },
      "kafka:log@kafkajs: its steps contradict each other; 31.2k msg/s held at least once",
    ],
  ])("says what was found: %j", (change, want) => {
    expect(limitSentence({ ...KAFKA, ...change }, OBJECTIVES)).toBe(want);
  });

  it("stays within 80 columns but for the command, and in ASCII has the same places", () => {
    const both = { ...RESULT, targets: [KAFKA, QUORUM] };
    const lines = text(both).split("\n");
    expect(lines.filter((l) => l.length > 80 && !l.includes("mqbench limit --on"))).toEqual([]);
    const ascii = renderLimit(both, { color: false, unicode: false, folder: "results/x-limit" });
    expect(ascii).toMatch(/^[\n -~]*$/);
    expect(ascii.split("\n").map((l) => l.length)).toEqual(lines.map((l) => l.length));
  });

  it("in colour is the plain one with colours", () => {
    const colored = renderLimit(RESULT, { color: true, unicode: true, folder: "results/x-limit" });
    expect(colored).toContain("\u001b[31m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences
    expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(text(RESULT));
  });

  it("has no column for what was not measured", () => {
    const steps = KAFKA.steps.map((s) => ({ ...s, usedShare: null, e2eResponse: null }));
    const plain = text({ ...RESULT, objectives: ["rate.consume > 5k/s"], targets: [{ ...KAFKA, steps }] });
    expect(plain).not.toContain("used");
    expect(plain).toMatch(/^ +16\.0k\/s +99\.8% +– +– +– +– +✓ holds$/m);
  });

  it("says that it is not the rate, where lower rates were no better", () => {
    const noisy = [step(4000, 90), step(2000, 70), step(1000, 80)];
    expect(text({ ...RESULT, targets: [{ ...KAFKA, steps: noisy }] })).toContain("hardly better");
    expect(text(RESULT)).not.toContain("hardly better");
  });

  it("says why there is nothing", () => {
    const none = text({
      ...RESULT,
      targets: [],
      exit: { code: 6, reasons: [{ kind: "broker", message: "cannot connect" }] },
    });
    expect(none).toMatch(/^NOT RUN {2}e2e_response\.p99 < 20ms\n {2}· cannot connect\n/);
  });
});

describe("schemas/limit-v1.json", () => {
  it.each<[string, unknown]>([
    ["another document", { ...RESULT, schema: "mqbench/run" }],
    ["an unknown outcome", { ...RESULT, targets: [{ ...KAFKA, outcome: "maybe" }] }],
    [
      "a step without a rate",
      { ...RESULT, targets: [{ ...KAFKA, steps: [{ ...step(1, 1), ratePerS: null }] }] },
    ],
    ["no objectives", { ...RESULT, objectives: [] }],
  ])("refuses %s", (_, value) => {
    expect(problemsOf(value, "limit-v1")).not.toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { FaultResult } from "../../src/model/fault.ts";
import type { RunResult } from "../../src/model/result.ts";
import { PLAIN, widthOf } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import { sampleRun } from "../fixtures/run.ts";
import { closedLoop, kafkaRun } from "../fixtures/series.ts";

const text = (run: RunResult): string => renderRun(run, { ...PLAIN, folder: "results/sample" });
const lineWith = (run: RunResult, part: string): string =>
  text(run)
    .split("\n")
    .find((l) => l.includes(part)) ?? "";

describe("the text report of a run", () => {
  it.each([
    ["passes", sampleRun()],
    ["fails", kafkaRun()],
    ["saturated", closedLoop(sampleRun())],
  ])("of one that %s is the golden file", async (name, run) => {
    await expect(text(run)).toMatchFileSnapshot(`golden/run-${name}.txt`);
  });

  it("in ASCII says the same in the same places", async () => {
    const ascii = renderRun(kafkaRun(), { color: false, unicode: false, folder: "results/sample" });
    expect(ascii).toMatch(/^[\n -~]*$/);
    expect(ascii.split("\n").map((l) => l.length)).toEqual(
      text(kafkaRun())
        .split("\n")
        .map((l) => l.length),
    );
  });

  it("in colour is the plain one with colours", () => {
    const colored = renderRun(kafkaRun(), { color: true, unicode: true, folder: "results/sample" });
    expect(colored).toContain("\u001b[31m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences
    expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(text(kafkaRun()));
  });

  it("stays within 80 columns, also for a thousand times the messages", () => {
    const base = kafkaRun();
    const times = <T extends object>(o: T): T =>
      Object.fromEntries(Object.entries(o).map(([k, v]) => [k, typeof v === "number" ? v * 9999 : v])) as T;
    const big: RunResult = {
      ...base,
      counts: times(base.counts),
      subscriptions: base.subscriptions.map((s) => ({ ...times(s), name: `a-rather-long-${s.name}` })),
    };
    for (const run of [sampleRun(), base, big, closedLoop(base)])
      for (const line of text(run).split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
  });

  it("says what was done to the run on purpose, when, and whether it met messages", () => {
    const fault: FaultResult = {
      kind: "stall",
      side: "both",
      plannedAtNs: 9e9,
      startNs: 9.001e9,
      endNs: 9.502e9,
      bit: true,
      evidence: { bytes: 2048, messages: 700, inFlight: 350 },
    };
    const missed = {
      ...fault,
      kind: "refuse",
      bit: false,
      evidence: { refused: 0, messages: 1, inFlight: 0 },
    } as const;
    const run = sampleRun({
      faults: [fault, missed, { ...missed, kind: "cut", startNs: null, endNs: null }],
    });
    expect(lineWith(run, "  stall")).toMatch(
      /^ {2}stall +both +9\.00s +501ms +yes +2\.00KiB met, 350 in flight$/,
    );
    expect(lineWith(run, "  refuse")).toMatch(/NO +0 refused, 0 in flight$/);
    expect(lineWith(run, "  cut")).toMatch(/– +– +NO +the run was over before$/);
    // Of 20 seconds that begin at the fifth, the fifth one.
    expect(lineWith(run, "of them")).toMatch(/^ {2}fault +▁{4}█▁{15} +2 of them$/);
    const many = { connections: 123_456, refused: 1_234_567, messages: 1, inFlight: 12_345_678 };
    const wide = sampleRun({ faults: [{ ...fault, kind: "cut", side: "producer", evidence: many }] });
    for (const line of text(wide).split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
    expect(text(wide)).toContain("123 456 cut, 1 234 567 refused, 12 345 678 in flight");
    expect(text(sampleRun())).not.toContain("Faults");
  });

  it("shows no table of zeros for a run that measured nothing", () => {
    const { counts, target } = sampleRun();
    const zeros = Object.fromEntries(Object.keys(counts).map((k) => [k, 0])) as unknown as typeof counts;
    const nothing = text(
      sampleRun({ state: "running", counts: zeros, subscriptions: [], target: { ...target, version: "" } }),
    );
    for (const heading of ["Harness", "Rates", "Latency", "acknowledged means"])
      expect(nothing).not.toContain(heading);
    expect(nothing).toContain("mqbench run order-events");
  });

  it("labels the latencies of a closed loop, and shows none as a response", () => {
    const closed = text(closedLoop(sampleRun()));
    expect(closed).toContain("Latency: at saturation, not a latency result");
    expect(closed).not.toMatch(/e2e response {2}/);
    expect(closed).not.toContain("gap at p99");
    expect(text(sampleRun())).not.toContain("at saturation");
  });

  it("prints percentiles that rest on unfinished messages as lower bounds, and only those", () => {
    // 20 of 10 000 have no end: p99.9 and the maximum rest on them, p99 does not.
    expect(lineWith(kafkaRun(), "e2e response ")).toMatch(/ {2}13\.4ms {3}> 19\.6ms {3}> 26\.9ms/);
    expect(lineWith(sampleRun(), "e2e response ")).not.toContain(">");
  });

  it("says that sums do not close, and does not let such a run pass", () => {
    const base = sampleRun();
    const [first, second] = base.subscriptions;
    const broken = sampleRun({ subscriptions: [{ ...first!, unique: first!.unique - 1 }, second!] });
    const report = text(broken);
    expect(report.split("\n")[0]).toMatch(/^INVALID/);
    expect(report).toContain("does not close: 125 002 against 125 001");
    expect(report).toMatch(/sub-0 .*✗ FAIL/);
    expect(text(base)).not.toContain("does not close");
  });

  it.each<[string, Partial<RunResult>, RegExp]>([
    ["is still going on", { state: "running" }, /^NOT FINISHED/],
    [
      "could not begin",
      { state: "failed", warnings: [{ code: "NOT_STARTED", message: "no such host" }] },
      /^NOT RUN[\s\S]*no such host/,
    ],
    [
      "was stopped",
      {
        state: "interrupted",
        exit: { code: 130, reasons: [{ kind: "sigint", message: "stopped by SIGINT" }] },
      },
      /^INTERRUPTED[\s\S]*stopped by SIGINT/,
    ],
    [
      "was overloaded",
      { exit: { code: 7, reasons: [{ kind: "overloaded", message: "50k/s asked for, 31k/s sustained" }] } },
      /^OVERLOADED/,
    ],
    ["is invalid", { exit: { code: 3, reasons: [{ kind: "invalid", message: "no verdict" }] } }, /^INVALID/],
  ])("names a run that %s in its first word", (_, change, first) => {
    expect(text(sampleRun(change))).toMatch(first);
  });
});

describe("an invalid number in the text report of a run", () => {
  const invalid = sampleRun({
    validity: {
      "e2e_response.p99": { verdict: "invalid", codes: ["HARNESS_LATE", "CPU_PRESSURE"] },
      "e2e_response.max": { verdict: "invalid", codes: ["HARNESS_LATE", "CPU_PRESSURE"] },
      "e2e_response.p50": { verdict: "valid", codes: [] },
      "rate.publish": { verdict: "unchecked", codes: [] },
    },
    harness: {
      ...sampleRun().harness,
      causes: [
        { code: "CORE_WAIT", message: "produce-0 was ready and waited", hint: "Give it a core." },
        { code: "CORE_WAIT", message: "consume-0 was ready and waited", hint: "Give it a core." },
      ],
    },
    thresholds: [
      {
        expression: "e2e_response.p99 < 5ms",
        origin: "flag",
        ok: false,
        actual: 9,
        actualText: "9.00ms",
        kind: "threshold",
        invalid: ["HARNESS_LATE", "CPU_PRESSURE"],
      },
    ],
  });

  it("has a sign, and the words for it below, and leaves the others alone", () => {
    expect(lineWith(invalid, "e2e response ")).toMatch(/ms {3}5\.39ms +9\.40ms! +13\.7ms +18\.8ms! /);
    expect(text(invalid).replaceAll(/\s+/g, " ")).toContain(
      '"!" invalid, more than a quarter may be mqbench\'s own delay (380µs at p99, 58.0µs at p50): e2e response p99, max',
    );
    expect(text(sampleRun())).not.toMatch(/\ds!|invalid/);
  });

  it("comes with its causes, each once with what helps; a valid one without", () => {
    const flat = text(invalid).replaceAll(/\s+/g, " ");
    expect(flat).toContain("cause CORE_WAIT: produce-0 was ready and waited; consume-0 was ready and waited");
    expect(flat.match(/Give it a core/g)).toHaveLength(1);
    const valid = { ...invalid, validity: sampleRun().validity! };
    expect(text(valid)).not.toContain("CORE_WAIT");
  });

  it("leaves a threshold without a verdict, which is neither held nor failed", () => {
    const line = lineWith(invalid, "e2e_response.p99 < 5ms");
    expect(line).toMatch(/! open .*no verdict: HARNESS_LATE/);
    expect(line).not.toContain("FAIL");
  });

  it("stays within 80 columns", () => {
    for (const line of text(invalid).split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
  });
});

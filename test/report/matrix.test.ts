import { describe, expect, it } from "vitest";
import type { GuaranteePlan, RowPlan, RowResult } from "../../src/model/guarantee.ts";
import type { Finding, RunResult } from "../../src/model/result.ts";
import { renderSeries } from "../../src/report/matrix.ts";
import { PLAIN, widthOf } from "../../src/report/style.ts";
import { guaranteeLines } from "../../src/report/text-guarantee.ts";
import { matrixExit } from "../../src/run/matrix-exit.ts";
import { SAMPLE_PLAN, sampleRun } from "../fixtures/run.ts";

const GUARANTEE: GuaranteePlan = {
  name: "at-least-once",
  promise: "Every message that was acknowledged is handled.",
  settings: { durability: "disk", "producers.idempotent": true, "consumers.acknowledge": "after" },
  changed: { "consumers.acknowledge": "before" },
  allows: ["MISSING", "REDELIVERED"],
  forbids: ["LOST", "COPIED"],
};
const ROW: RowPlan = { configuration: "at-least-once", load: "rate", fault: "none", must: [], may: [] };
const LOST: Finding = {
  code: "LOST",
  severity: "fail",
  count: 1234,
  examples: [17, 18, 19, 20].map((sequence) => ({ producer: 0, partition: 2, sequence })),
};

function row(change: Partial<RowPlan>, result: RowResult, findings: readonly Finding[] = []): RunResult {
  return sampleRun({
    plan: { ...SAMPLE_PLAN, profile: "guarantees", guarantee: GUARANTEE, row: { ...ROW, ...change } },
    row: result,
    findings,
  });
}

const GOOD: RowResult = { verdict: "as predicted", why: "" };
const CALM = row({}, GOOD);
const FAST = row({ load: "throughput" }, GOOD);
const CRASHED = row({ fault: "crash consumer before-process", must: ["LOST"] }, GOOD, [LOST]);
const IDLE = row(
  { fault: "cut producer", must: ["PUBLISH_UNKNOWN"], may: ["RECOVERED", "MISSING"] },
  { verdict: "inconclusive", why: "cut did not bite" },
);
const WRONG = row({ fault: "pause" }, { verdict: "contradicts", why: "LOST must not be found" }, [LOST]);

const render = (runs: readonly RunResult[]): string =>
  renderSeries(runs, { ...PLAIN, folders: runs.map((_, i) => `results/m/0${i + 1}-kafka`) });

describe("the report of a matrix", () => {
  it("is a table of each target: configuration with its price, then fault, predicted, observed and verdict", () => {
    const text = render([CALM, FAST, CRASHED]);
    expect(text.split("\n").slice(0, 14).join("\n")).toMatchInlineSnapshot(`
      "PASS  guarantees: 3 of 3 rows as predicted

      rabbitmq:quorum@amqplib 4.0.5
        fault              predicted           observed              verdict

        at-least-once: 5.00k/s at most, p99 9.40ms at 5.00k/s
          durability=disk, producers.idempotent=true
          consumers.acknowledge=before, not by the guarantee
        none               none                none                  ✓ as predicted
        crash consumer     LOST                LOST 1 234            ✓ as predicted
        before-process

      How to read it
        · at-least-once: Every message that was acknowledged is handled."
    `);
    expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(80);
  });

  it("says why a row is not as predicted, with an example and where it lies", () => {
    const text = render([CALM, FAST, CRASHED, IDLE, WRONG]);
    expect(text).toMatch(/^FAIL {2}guarantees: 3 of 5 rows as predicted, 1 contradict, 1 inconclusive$/m);
    expect(text).toMatch(
      /! at-least-once under cut producer on .* inconclusive:\s+cut did\s+not\s+bite\n\s+results\/m\/04-kafka/,
    );
    expect(text).toMatch(
      /✗ at-least-once under pause on .* contradicts:\s+LOST\s+must\s+not\s+be\s+found\n\s+LOST: 1 234 messages/,
    );
    expect(text).toMatch(/number\s+17\n/);
    expect(Math.max(...text.split("\n").map(widthOf))).toBeLessThanOrEqual(80);
  });

  it("shows a closed loop as a row only where it is not as predicted", () => {
    expect(render([CALM, FAST])).not.toContain("closed loop  ");
    const bad = row({ load: "throughput" }, { verdict: "contradicts", why: "LOST must not be found" }, [
      LOST,
    ]);
    expect(render([CALM, bad])).toMatch(/none, closed loop +none +LOST 1 234 +✗ contradicts/);
  });

  it("calls a run that never began inconclusive", () => {
    const { row: _, ...unjudged } = CALM;
    expect(render([CALM, unjudged])).toMatch(/1 of 2 rows as predicted, 1 inconclusive/);
  });

  it("is no matrix without rows", () => {
    expect(render([sampleRun(), sampleRun()])).not.toContain("predicted");
  });
});

describe("the exit code of a matrix", () => {
  const exit = { code: 1, reasons: [{ kind: "guarantee", message: "lost == 0 failed: 3" } as const] };
  it.each([
    ["all as predicted, though a run broke its guarantee", [CALM, { ...CRASHED, exit }], false, 0],
    ["one that contradicts", [CALM, WRONG, IDLE], false, 1],
    ["an inconclusive one", [CALM, IDLE], false, 0],
    ["an inconclusive one, when that matters", [CALM, IDLE], true, 5],
    ["one that contradicts beside an inconclusive one that matters", [IDLE, WRONG], true, 1],
    [
      "an interrupted one",
      [CALM, { ...IDLE, exit: { code: 130, reasons: [{ kind: "sigint", message: "" } as const] } }],
      false,
      130,
    ],
    [
      "a bug, whatever was predicted",
      [{ ...CALM, exit: { code: 70, reasons: [{ kind: "bug", message: "" } as const] } }],
      false,
      70,
    ],
  ])("of %s", (_, results, isStrict, code) => {
    expect(matrixExit(results, isStrict)).toBe(code);
  });
});

describe("the report of a guarantee", () => {
  it("says what was promised, set, allowed, forbidden and seen, with examples and the fault", () => {
    const redelivered: Finding = { code: "REDELIVERED", severity: "info", count: 34, examples: [] };
    const lines = guaranteeLines(
      sampleRun({
        plan: { ...SAMPLE_PLAN, guarantee: GUARANTEE },
        guarantee: {
          name: "at-least-once",
          verdict: "violated",
          why: "LOST (1 234) may not be",
          forbidden: [LOST],
          allowed: [redelivered],
        },
        faults: [
          {
            kind: "crash",
            side: "consumer",
            point: "before-process",
            plannedAtNs: 1e9,
            startNs: 1.2e9,
            endNs: 2e9,
            bit: true,
            evidence: { messages: 3, inFlight: 3, killed: 1 },
          },
        ],
      }),
      PLAIN,
    );
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "Guarantee: at-least-once
        verdict    violated: LOST (1 234) may not be
        promised   Every message that was acknowledged is handled.
        settings   durability=disk, producers.idempotent=true
        changed    consumers.acknowledge=before, not by the guarantee
        allowed    MISSING, REDELIVERED
        forbidden  LOST, COPIED
        observed   LOST: 1 234 (producer 0, partition 2, numbers 17, 18, 19, …),
                   forbidden
        observed   REDELIVERED: 34, allowed
        fault      crash consumer before-process, at 1.20s: it met messages"
    `);
  });

  it("is absent where nobody asked for one", () => {
    expect(guaranteeLines(sampleRun(), PLAIN)).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { isDisagreement, type Remark, rulesOf } from "../../../src/advisor/evidence/remark.ts";
import { compareVersions, isInGuard } from "../../../src/advisor/evidence/version.ts";
import { problemsOfEvidence } from "../../../src/advisor/problems-of-evidence.ts";
import type { ProbeResult, ProbeRow } from "../../../src/model/probe.ts";
import type { Finding, RunResult } from "../../../src/model/result.ts";
import { SAMPLE_PLAN } from "../../fixtures/run.ts";
import { base } from "../support.ts";
import { evidenceOf, here, map, passing, passingKafka, remarks, TASK } from "./support.ts";

describe("what a run says of a rule", () => {
  /** The rule waits for pattern routing. */
  const ROUTED = { ...TASK, routing: "pattern" };

  function trap(change: Partial<RunResult> = {}, mandatory = false): RunResult {
    const lost: Finding = { code: "LOST", severity: "fail", count: 7, examples: [] };
    return passing({
      plan: {
        ...SAMPLE_PLAN,
        profile: "trap-unroutable",
        prediction: { finding: "LOST" },
        driverOptions: { mandatory },
        faults: [{ kind: "unbind", atNs: 1, forNs: 1, side: "both" }],
      },
      faults: [fault(true)],
      findings: [lost],
      exit: { code: 1, reasons: [{ kind: "guarantee", message: "lost" }] },
      ...change,
    });
  }

  const fault = (bit: boolean) =>
    ({ kind: "unbind", side: "both", bit }) as unknown as NonNullable<RunResult["faults"]>[number];
  const about = (rule: string, all: readonly Remark[]) =>
    all.filter((r) => rulesOf(r).includes(rule)).map((r) => `${r.kind} ${r.verdict}`);

  it("a trap that shows its finding supports it; one that does not contradicts it, for all to see", () => {
    const rule = "confirmed-is-not-routed";
    expect(about(rule, remarks(ROUTED, evidenceOf([trap()])))).toEqual(["trap supports"]);
    const harmless = remarks(ROUTED, evidenceOf([trap({ findings: [] })]));
    expect(about(rule, harmless)).toEqual(["trap contradicts"]);
    expect(harmless[0]).toMatchObject({ verdict: "contradicts" });
    expect(isDisagreement(harmless[0]!)).toBe(true);
  });

  it("a trap that was not set, or whose fault did not bite, says nothing", () => {
    const rule = "confirmed-is-not-routed";
    expect(about(rule, remarks(ROUTED, evidenceOf([trap({ findings: [] }, true)])))).toEqual([]);
    expect(
      about(rule, remarks(ROUTED, evidenceOf([trap({ findings: [], faults: [fault(false)] })]))),
    ).toEqual([]);
  });

  it("of two under the same load the one that promises more and is quicker is quicker", () => {
    const answers = { kind: "task", rate: "10k", latency: "10ms" };
    const kafka = passingKafka();
    const rule = "quick-and-quiet";
    const valid = { "e2e_response.p50": { verdict: "valid", codes: [] } } as const;
    const rabbit = passing({ validity: valid });
    const slowKafka = { ...kafka, validity: valid };
    expect(about(rule, remarks(answers, evidenceOf([rabbit, slowKafka])))).toEqual(["quicker supports"]);
    // Quicker by promising less is not quicker.
    const weak = {
      ...rabbit,
      target: { ...rabbit.target, durability: { copies: "one", flush: "memory" } as const },
    };
    expect(about(rule, remarks(answers, evidenceOf([weak, slowKafka])))).toEqual(["quicker unlike"]);
    const quickKafka = {
      ...slowKafka,
      target: { ...kafka.target, durability: { copies: "majority", flush: "fsync" } as const },
      latency: {
        ...kafka.latency,
        e2e_response: {
          ...kafka.latency.e2e_response!,
          percentiles: { ...kafka.latency.e2e_response!.percentiles, "50": 1e5 },
        },
      },
    };
    expect(about(rule, remarks(answers, evidenceOf([rabbit, quickKafka])))).toEqual(["quicker contradicts"]);
    // Another size is another load.
    const other = {
      ...rabbit,
      plan: {
        ...rabbit.plan,
        message: { ...rabbit.plan.message, size: { kind: "fixed", bytes: 9 } as const },
      },
    };
    expect(about(rule, remarks(answers, evidenceOf([other, slowKafka])))).toEqual([]);
  });

  it("a guarantee that was violated once outweighs all that held, unless its settings were changed", () => {
    const answers = { ...TASK, ack: "each" };
    const judged = (verdict: "held" | "violated", changed = {}) =>
      passing({
        plan: {
          ...SAMPLE_PLAN,
          guarantee: { name: "at-least-once", promise: "", settings: {}, changed, allows: [], forbids: [] },
        },
        guarantee: { name: "at-least-once", verdict, why: "", forbidden: [], allowed: [] },
      });
    const rule = "settle-one-by-one";
    expect(about(rule, remarks(answers, evidenceOf([judged("held")])))).toEqual(["guarantee supports"]);
    expect(about(rule, remarks(answers, evidenceOf([judged("held"), judged("violated")])))).toEqual([
      "guarantee contradicts",
    ]);
    expect(about(rule, remarks(answers, evidenceOf([judged("violated", { "producers.acks": 0 })])))).toEqual(
      [],
    );
  });
});

describe("what a probe says of a rule", () => {
  const MUST = { kind: "event", replay: "must" };
  const rule = "replay-needs-a-log";

  function probed(change: Partial<ProbeRow> = {}): ProbeResult {
    return {
      schema: "mqbench/probe",
      schemaVersion: "1.0",
      tool: { name: "mqbench", version: "0.1.0", node: "24.21.0" },
      id: "20260102-030405-p",
      startedAt: "2026-01-02T03:04:05.000Z",
      endedAt: "2026-01-02T03:04:09.000Z",
      command: "mqbench probe replay",
      environment: here,
      rows: [
        {
          probe: "replay",
          sentence: "a consumer can read again what was read and acknowledged",
          target: "rabbitmq:quorum@amqplib",
          version: "4.0.5",
          verdict: "refuted",
          expected: "refuted",
          because: "the queue was empty",
          facts: [],
          claims: [],
          ...change,
        },
      ],
    };
  }

  it("what is as documented supports it, and anything else contradicts it", () => {
    expect(remarks(MUST, evidenceOf([], [probed()]))).toMatchObject([
      { kind: "probe", verdict: "supports", rules: expect.arrayContaining([rule]) },
    ]);
    const other = remarks(MUST, evidenceOf([], [probed({ verdict: "supported" })]));
    expect(other).toMatchObject([{ verdict: "contradicts", rules: expect.arrayContaining([rule]) }]);
    expect(other.filter(isDisagreement)).toHaveLength(1);
  });

  it("what several modes show of one sentence is one remark, with the rules that are about them", () => {
    const kafka = { target: "kafka:log@wire", version: "4.3.1" } as const;
    const both = {
      ...probed(),
      rows: [
        probed().rows[0]!,
        { ...probed().rows[0]!, ...kafka, verdict: "supported", expected: "supported" },
      ],
    };
    const found = remarks(MUST, evidenceOf([], [both]));
    expect(found.map((r) => r.facts.map((f) => f.mode))).toEqual([["rabbitmq:quorum", "kafka:log"]]);
    expect(rulesOf(found[0]!)).toEqual(expect.arrayContaining([rule, "replay-from-anywhere"]));
    expect(rulesOf(remarks(MUST, evidenceOf([], [probed()]))[0]!)).not.toContain("replay-from-anywhere");
  });

  it("says which version was measured where the answers say another", () => {
    const [remark] = remarks({ ...MUST, "rabbitmq-version": "4.3" }, evidenceOf([], [probed()]));
    expect(remark!.otherVersions).toEqual(["4.3"]);
    const [same] = remarks({ ...MUST, "rabbitmq-version": "4.0" }, evidenceOf([], [probed()]));
    expect(same!.otherVersions).toEqual([undefined]);
  });

  it("says nothing where it could not be tested, on other machines, or of other rules", () => {
    expect(remarks(MUST, evidenceOf([], [probed({ verdict: "not-testable" })]))).toEqual([]);
    expect(remarks(MUST, evidenceOf([], [{ ...probed(), environment: { ...here, host: "other" } }]))).toEqual(
      [],
    );
    expect(remarks({ kind: "task", priority: "must" }, evidenceOf([], [probed()]))).toEqual([]);
    expect(evidenceOf([], [{ ...probed(), rows: [null, 7, { probe: "replay" }] }]).facts).toEqual([]);
  });
});

describe("evidence.yaml", () => {
  it("names only what there is", () => {
    expect(problemsOfEvidence(base, map)).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ["an unknown rule", { checks: [{ rule: "nosuch", seen: ["LOST"] }] }, /no rule nosuch/],
    ["an unknown option", { bands: { rate: { "7k": 7000 }, latency: {} } }, /rate has no option 7k/],
    ["an unknown proof", { probes: { replay: "P99" } }, /no proof P99/],
    [
      "an unknown mode",
      { checks: [{ rule: "busy", most: 1, modes: ["kafka:queue"] }] },
      /no mode kafka:queue/,
    ],
  ])("with %s is refused", (_, change, problem) => {
    expect(problemsOfEvidence(base, { ...map, ...change }).join("\n")).toMatch(problem);
  });
});

describe("versions", () => {
  it.each([
    ["4.3.1", "4.3", 0],
    ["4.10", "4.9.9", 1],
    ["3.13.7", "4.0", -1],
  ])("%s against %s", (a, b, want) => {
    expect(Math.sign(compareVersions(a, b))).toBe(want);
  });

  it("a rule of other versions is about other brokers", () => {
    expect(isInGuard({ rabbitmq: ">=4.3" }, "rabbitmq:quorum", "4.0.5")).toBe(false);
    expect(isInGuard({ rabbitmq: "<4.3" }, "rabbitmq:quorum", "4.0.5")).toBe(true);
    expect(isInGuard({ rabbitmq: ">=4.3" }, "kafka:log", "4.0.0")).toBe(true);
    expect(isInGuard(undefined, "kafka:log", "4.0.0")).toBe(true);
  });
});

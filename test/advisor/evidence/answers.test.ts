import { describe, expect, it } from "vitest";
import { isMeasured, otherMachines } from "../../../src/advisor/evidence/evidence.ts";
import { isDisagreement } from "../../../src/advisor/evidence/remark.ts";
import type { RunResult } from "../../../src/model/result.ts";
import { SAMPLE_PLAN, sampleRun } from "../../fixtures/run.ts";
import { adviceOn, base } from "../support.ts";
import { evidenceOf, fastest, here, passing, passingKafka, remarks, seen, TASK } from "./support.ts";

describe("what a run says of the answers", () => {
  it("keeps the rate that is needed, or does not, with the day, the settings and the acknowledgement", () => {
    const evidence = evidenceOf([passing()]);
    const [rate] = remarks(TASK, evidence);
    expect(rate).toMatchObject({ kind: "rate", verdict: "enough", neededPerS: 1000, isRecommended: true });
    expect(rate!.facts[0]).toMatchObject({ startedAt: "2026-01-02T03:04:05.000Z", offeredPerS: 5000 });
    // Open loop: that nobody asked for more says nothing of more.
    expect(seen(remarks({ ...TASK, rate: "10k" }, evidence))).toEqual(["rate shows rabbitmq:quorum"]);
  });

  it("falls short where the most that was measured is less", () => {
    const evidence = evidenceOf([fastest(passing(), 8_000)]);
    const found = remarks({ ...TASK, rate: "10k" }, evidence);
    expect(seen(found)).toEqual(["rate short rabbitmq:quorum"]);
    expect(found.filter(isDisagreement)).toHaveLength(1);
    expect(remarks(TASK, evidence).filter(isDisagreement)).toEqual([]);
  });

  it("never changes a score", () => {
    const before = JSON.stringify(adviceOn({ title: "", flows: [TASK] }).flows[0]!.modes);
    remarks(TASK, evidenceOf([fastest(passing(), 10)]));
    expect(JSON.stringify(adviceOn({ title: "", flows: [TASK] }).flows[0]!.modes)).toBe(before);
  });

  it("counts only with an acknowledgement that means as much as is needed", () => {
    const run = passing();
    const weak = {
      ...run,
      target: { ...run.target, durability: { copies: "one", flush: "memory" } as const },
    };
    expect(seen(remarks(TASK, evidenceOf([weak])))).toEqual(["weaker unlike rabbitmq:quorum"]);
    expect(seen(remarks({ ...TASK, guarantee: "loss" }, evidenceOf([weak])))).toContain(
      "rate enough rabbitmq:quorum",
    );
    const cached = {
      ...run,
      target: { ...run.target, durability: { copies: "majority", flush: "page cache" } as const },
    };
    expect(seen(remarks(TASK, evidenceOf([cached])))).toContain("rate enough rabbitmq:quorum");
    expect(seen(remarks({ ...TASK, "power-cut": "yes" }, evidenceOf([cached])))).toEqual([
      "weaker unlike rabbitmq:quorum",
    ]);
  });

  it.each<[string, NonNullable<RunResult["validity"]>, string]>([
    ["valid", { "e2e_response.p99": { verdict: "valid", codes: [] } }, "latency short rabbitmq:quorum"],
    [
      "the harness's in part, but too long without that",
      { "e2e_response.p99": { verdict: "invalid", codes: ["HARNESS_LATE"], ownNs: 1e5 } },
      "latency short rabbitmq:quorum",
    ],
    [
      "perhaps the harness's",
      { "e2e_response.p99": { verdict: "invalid", codes: ["HARNESS_LATE"], ownNs: 9e6 } },
      "latency shows rabbitmq:quorum",
    ],
  ])("a p99 above what is needed that is %s", (_, validity, want) => {
    const evidence = evidenceOf([slow({ validity })]);
    expect(seen(remarks({ ...TASK, latency: "10ms" }, evidence))).toContain(want);
  });

  it("a p99 that is invalid by more than delay is not quoted", () => {
    const validity = { "e2e_response.p99": { verdict: "invalid", codes: ["CLOCK_ANOMALY"] } } as const;
    expect(seen(remarks({ ...TASK, latency: "10ms" }, evidenceOf([slow({ validity })])))).toEqual([
      "rate enough rabbitmq:quorum",
    ]);
  });

  it("a latency at a lower rate than is needed does not settle it", () => {
    const answers = { ...TASK, rate: "10k", latency: "100ms" };
    const found = remarks(answers, evidenceOf([passing()]));
    expect(found).toMatchObject([{ kind: "latency", verdict: "shows", unsettled: "rate" }]);
  });

  function slow(change: Partial<RunResult>): RunResult {
    const run = passing(change);
    const { e2e_response } = run.latency;
    const percentiles = { ...e2e_response!.percentiles, "99": 12e6 };
    return { ...run, latency: { ...run.latency, e2e_response: { ...e2e_response!, percentiles } } };
  }
});

describe("what is no evidence", () => {
  it.each<[string, Partial<RunResult>, string]>([
    ["still runs, or was killed", { state: "running" }, "still-running"],
    ["was interrupted", { state: "interrupted" }, "interrupted"],
    ["failed", { state: "failed" }, "failed"],
    [
      "lost its broker",
      { exit: { code: 6, reasons: [{ kind: "broker", message: "the broker went away" }] } },
      "failed",
    ],
    [
      "does not know of every message",
      { subscriptions: [{ ...sampleRun().subscriptions[0]!, closes: false }] },
      "failed",
    ],
    ["has messages on their way", { counts: { ...sampleRun().counts, undelivered: 3 } }, "failed"],
    [
      "is of another target",
      { target: { ...sampleRun().target, name: "memory:queue@local" } },
      "no-candidate",
    ],
    ["is of a newer mqbench", { schemaVersion: "2.0" as "1.0" }, "other-schema"],
  ])("a run that %s: it is counted, and never cited", (_, change, why) => {
    const evidence = evidenceOf([passing(change)]);
    expect([...evidence.leftOut]).toEqual([[why, 1]]);
    expect(remarks(TASK, evidence)).toEqual([]);
  });

  it.each<[string, Partial<RunResult>]>([
    [
      "lost messages",
      { exit: { code: 1, reasons: [{ kind: "guarantee", message: "lost == 0 failed: 3" }] } },
    ],
    [
      "was disturbed on purpose",
      { plan: { ...SAMPLE_PLAN, faults: [{ kind: "cut", atNs: 1, forNs: 1, side: "both" }] } },
    ],
    [
      "waited for its consumers' work",
      { plan: { ...SAMPLE_PLAN, consumers: { ...SAMPLE_PLAN.consumers, workNs: 5e6 } } },
    ],
    ["did not keep its rate", { rates: { ...sampleRun().rates, achieved: 0.8 }, latency: {} }],
    [
      "has an invalid rate",
      { validity: { "rate.publish": { verdict: "invalid", codes: ["HARNESS_BOUND"] } }, latency: {} },
    ],
  ])("the numbers of a run that %s", (_, change) => {
    expect(remarks(TASK, evidenceOf([passing(change)]))).toEqual([]);
  });

  it("an overloaded run is told as one", () => {
    const run = passing({ exit: { code: 7, reasons: [{ kind: "overloaded", message: "overloaded" }] } });
    expect(seen(remarks({ ...TASK, rate: "10k" }, evidenceOf([run])))).toEqual([
      "overloaded short rabbitmq:quorum",
    ]);
    // At 5k/s it says nothing of 1k/s.
    expect(remarks(TASK, evidenceOf([run]))).toEqual([]);
  });

  it("what another machine measured is not from here", () => {
    const elsewhere = { ...here, cores: 64 };
    const evidence = evidenceOf([passing({ environment: elsewhere }), fastest(passingKafka(), 50_000)]);
    expect(seen(remarks(TASK, evidence))).toEqual(["rate enough kafka:log"]);
    expect(otherMachines(evidence)).toMatchObject([{ machine: { cores: 64 }, count: 1 }]);
    expect(seen(remarks(TASK, evidence, elsewhere))).toEqual(["rate enough rabbitmq:quorum"]);
    const proof = base.proofs.find((p) => p.id === "P10")!;
    expect(isMeasured(evidence, proof, "rabbitmq:quorum")).toBe(false);
    expect(isMeasured(evidence, proof, "kafka:log")).toBe(true);
  });

  it.each([
    ["nothing", undefined],
    ["a list", [1, 2]],
    ["an empty object", {}],
    [
      "names of the prototype",
      JSON.parse(
        '{"schema":"mqbench/run","schemaVersion":"1.0","state":"finished","__proto__":{"run":1},"run":{"constructor":1}}',
      ),
    ],
    ["fields of other types", { ...sampleRun(), run: 7, target: "x", plan: [], counts: null, latency: "y" }],
    ["a schema of somebody else", { schema: "other/run", schemaVersion: "1.0" }],
  ])("%s", (_, value) => {
    const evidence = evidenceOf([value], [value]);
    expect(evidence.facts).toEqual([]);
    expect([...evidence.leftOut.values()].reduce((a, b) => a + b, 0)).toBe(2);
  });
});

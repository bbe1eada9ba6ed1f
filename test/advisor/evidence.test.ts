import { describe, expect, it } from "vitest";
import { createCollector } from "../../src/advisor/evidence/collect.ts";
import { type Evidence, isMeasured, otherMachines, remarksOn } from "../../src/advisor/evidence/evidence.ts";
import { isDisagreement, type Remark, rulesOf } from "../../src/advisor/evidence/remark.ts";
import { compareVersions, isInGuard } from "../../src/advisor/evidence/version.ts";
import { readEvidenceMap, readTexts } from "../../src/advisor/input/read-knowledge.ts";
import { problemsOfEvidence } from "../../src/advisor/problems-of-evidence.ts";
import { createWords } from "../../src/advisor/words.ts";
import { remarkText } from "../../src/cli/advise/remark-text.ts";
import type { ProbeResult, ProbeRow } from "../../src/model/probe.ts";
import type { Finding, RunResult } from "../../src/model/result.ts";
import { SAMPLE_PLAN, sampleRun } from "../fixtures/run.ts";
import { closedLoop, kafkaRun } from "../fixtures/series.ts";
import { adviceOn, base } from "./support.ts";

const map = readEvidenceMap();
const here = sampleRun().environment;
const MODES = base.modes.map((m) => m.id);
const RUNNABLE = ["kafka:log", "rabbitmq:quorum", "rabbitmq:classic"];

function evidenceOf(runs: readonly unknown[], probes: readonly unknown[] = []): Evidence {
  const collector = createCollector(MODES);
  for (const run of runs) collector.add("run", run);
  for (const probe of probes) collector.add("probe", probe);
  return { folder: "results", map, here, facts: collector.facts, leftOut: collector.leftOut, unread: 0 };
}

type Answers = Readonly<Record<string, string>>;

function remarks(answers: Answers, evidence: Evidence, machine = here): readonly Remark[] {
  const [flow] = adviceOn({ title: "", flows: [answers] }).flows;
  const found = remarksOn(base, flow!, evidence, RUNNABLE, machine);
  // Whatever is found can be said, with every blank filled in.
  for (const remark of found)
    expect(remarkText(words, remark)).toMatch(/^\d{4}-\d\d-\d\d, (?!.*(\{|undefined|NaN))/);
  return found;
}

const words = createWords(base, readTexts());

const seen = (all: readonly Remark[]) => all.map((r) => `${r.kind} ${r.verdict} ${r.facts[0].mode}`);

/** Quorum queues are best here. */
const TASK = { kind: "task", rate: "1k", "rabbitmq-version": "4.0" };

/** A run on which everything is well. */
function passing(change: Partial<RunResult> = {}): RunResult {
  return sampleRun({ findings: [], ...change });
}

function passingKafka(change: Partial<RunResult> = {}): RunResult {
  return kafkaRun({
    ...(({ counts, rates }) => ({ counts, rates }))(passing()),
    findings: [],
    thresholds: [],
    exit: { code: 0, reasons: [] },
    ...change,
  });
}

/** As fast as it goes. */
function fastest(run: RunResult, publish: number): RunResult {
  const closed = closedLoop(run);
  return {
    ...closed,
    rates: { ...closed.rates, publish, sent: publish, consume: 2 * publish },
    validity: {
      "rate.publish": { verdict: "valid", codes: [] },
      "rate.consume": { verdict: "valid", codes: [] },
    },
  };
}

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

import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { ANOMALIES, PREDICTABLE } from "../../../src/model/guarantee.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { PlanFlags } from "../../../src/run/plan/flags.ts";
import { type Guarantee, readGuarantees } from "../../../src/run/plan/guarantees.ts";
import { renderPlans } from "../../../src/run/plan/render.ts";
import { preparePlans } from "../../../src/run/prepare.ts";
import { readProfileSchema } from "../../../src/store/profiles.ts";
import { problemsOf, resolveGiven } from "./support.ts";

const schemaText = readFileSync(new URL("../../../schemas/guarantees-v1.json", import.meta.url), "utf8");
const validate = new Ajv2020({ allErrors: true }).compile(JSON.parse(schemaText) as object);

const prepared = (profile: string, flags: PlanFlags): Promise<readonly Plan[]> =>
  preparePlans({ profile, flags, env: {} }).then(({ runs }) => runs.map((r) => r.plan));
/** Everything that a refusal says. */
async function refused(profile: string, flags: PlanFlags): Promise<string> {
  const error = await prepared(profile, flags).catch(
    (e: unknown) => e as { message: string; hints: string[] },
  );
  return "hints" in error ? [error.message, ...error.hints].join("\n") : "was not refused";
}

describe("guarantees.yaml", () => {
  it("keeps to its schema, which finds what does not", () => {
    expect(validate(readGuarantees())).toBe(true);
    const [first] = readGuarantees();
    for (const broken of [
      { ...first, allows: ["LOTS"] },
      { ...first, promise: "no sentence" },
      { ...first, systems: {} },
      { ...first, systems: { kafka: { settings: { durability: "none" }, sets: {} } } },
    ])
      expect(validate([broken]), JSON.stringify(broken)).toBe(false);
  });

  it("has the names that a profile may give", () => {
    const { enum: names } = (readProfileSchema().properties as { guarantee: { enum: readonly string[] } })
      .guarantee;
    expect(names).toEqual(readGuarantees().map((g) => g.name));
  });

  it("allows or forbids every anomaly, and none both", () => {
    const unclear = (g: Pick<Guarantee, "allows" | "forbids">): readonly string[] =>
      ANOMALIES.filter((code) => g.allows.includes(code) === g.forbids.includes(code));
    for (const g of readGuarantees())
      for (const own of [g, ...Object.values(g.systems).map((s) => ({ ...g, ...s }))])
        expect(unclear(own), g.name).toEqual([]);
    expect(unclear({ allows: ["LOST"], forbids: ["LOST"] })).toEqual([...ANOMALIES]);
  });

  it("can be predicted of, in the words of findings", () => {
    const { predictable } = readProfileSchema().$defs as {
      predictable: { items: { enum: readonly string[] } };
    };
    expect(predictable.items.enum).toEqual(PREDICTABLE);
  });

  it.each(readGuarantees().flatMap((g) => Object.keys(g.systems).map((system) => [g.name, system] as const)))(
    "sets only what can be set: %s on %s",
    async (name, system) => {
      const [plan] = await prepared("latency", { on: [system], guarantee: name });
      expect(plan!.guarantee).toMatchObject({ name, changed: {} });
    },
  );
});

describe("a guarantee in a plan", () => {
  it("sets what each system needs for it, above the profile", async () => {
    const [kafka, rabbitmq] = await prepared("quick", {
      on: ["kafka", "rabbitmq:quorum"],
      guarantee: "at-most-once",
    });
    expect(kafka).toMatchObject({ durability: "none", consumers: { acknowledge: "before" } });
    expect(rabbitmq).toMatchObject({ durability: "none", driverOptions: { mandatory: false } });
    expect(kafka!.guarantee!.settings).toHaveProperty("producers\\.idempotent", false);
    expect(kafka!.guarantee!.settings).not.toHaveProperty("options\\.rabbitmq\\.mandatory");
  });

  it("gives way to a flag, and says so", async () => {
    const [plan] = await prepared("quick", {
      on: ["kafka"],
      guarantee: "at-least-once",
      set: ["consumers.acknowledge=before"],
    });
    expect(plan!.consumers.acknowledge).toBe("before");
    expect(plan!.producers.idempotent).toBe(true);
    expect(plan!.guarantee!.changed).toEqual({ "consumers.acknowledge": "before" });
  });

  it("lies right below the place that names it", async () => {
    const files = {
      "child.yaml": "extends: parent.yaml\nconsumers: {acknowledge: before}",
      "parent.yaml": "targets: [kafka]\nguarantee: at-least-once\nextends: root.yaml",
      "root.yaml": "durability: none\nproducers: {idempotent: false}\nseed: 7",
    };
    const acknowledge = async (given: Parameters<typeof resolveGiven>[0]): Promise<unknown> => {
      const { runs, problems } = await resolveGiven(given);
      expect(problems).toEqual([]);
      const { plan } = runs[0]!;
      return [plan.durability, plan.producers.idempotent, plan.consumers.acknowledge, plan.seed];
    };
    expect(await acknowledge({ files })).toEqual(["disk", true, "before", 7]);
    const env = { MQBENCH_DURABILITY: "fsync" };
    expect(await acknowledge({ files, env })).toEqual(["fsync", true, "before", 7]);
    // Named by a flag, it is above all files, and below every variable.
    const flags = { guarantee: "at-least-once" };
    expect(await acknowledge({ files, flags, env })).toEqual(["fsync", true, "after", 7]);
  });

  it("makes a series of a list", async () => {
    const plans = await prepared("quick", {
      on: ["kafka", "rabbitmq"],
      guarantee: "at-most-once,at-least-once",
    });
    expect(plans.map((p) => [p.guarantee!.name, p.target.system])).toEqual([
      ["at-most-once", "kafka"],
      ["at-most-once", "rabbitmq"],
      ["at-least-once", "kafka"],
      ["at-least-once", "rabbitmq"],
    ]);
  });

  it("is absent where nobody named one", async () => {
    const [plan] = await prepared("quick", { on: ["kafka"] });
    expect(plan).not.toHaveProperty("guarantee");
    expect(plan).not.toHaveProperty("row");
  });

  it.each<[string, string, PlanFlags, RegExp]>([
    ["one that there is not", "quick", { guarantee: "at-lest-once" }, /did you mean "at-least-once"\?/],
    [
      "one that the target cannot give",
      "quick",
      { on: ["memory"], guarantee: "at-least-once-weak" },
      /memory:queue@local cannot give at-least-once-weak[\s\S]*can give at-most-once or at-least-once; .*kafka, rabbitmq/,
    ],
    [
      "settings that contradict a flag",
      "quick",
      { on: ["kafka"], guarantee: "at-least-once", durability: "none" },
      /idempotent producer needs acknowledgements/,
    ],
    ["one for a matrix", "guarantees", { guarantee: "at-least-once" }, /a matrix has its own guarantees/],
    ["a fault for a matrix", "guarantees", { fault: ["pause at=1s for=1s"] }, /--fault 'pause/],
    ["a matrix on what it has no row for", "guarantees", { on: ["memory"] }, /no row for memory/],
    ["a matrix on an unknown target", "guarantees", { on: ["kafak"] }, /unknown target "kafak"/],
  ])("refuses %s", async (_, profile, flags, message) => {
    expect(await refused(profile, flags)).toMatch(message);
  });
});

const MATRIX = `
targets: [kafka, "rabbitmq:quorum"]
phases: {measure: 3s}
matrix:
  configurations:
    - {name: strong, guarantee: at-least-once}
    - {name: early, guarantee: at-least-once, settings: {consumers: {acknowledge: before}}}
  rows:
    - configuration: strong
      faults: [{kind: cut, at: 1s, for: 1s}]
      predict: {kafka: {}}
    - configuration: early
      faults: [{kind: pause, at: 1s, for: 1s}]
      settings: {message: {size: 300B}}
      predict: {kafka: {must: [LOST], may: [MISSING]}, "rabbitmq:quorum": {must: [LOST]}}
`;

const can = { protocol: "kafka" } as const;

describe("a matrix", () => {
  it("is a run for each row and target, each configuration with its controls first", async () => {
    const { runs, problems } = await resolveGiven({ files: { "m.yaml": MATRIX }, can });
    expect(problems).toEqual([]);
    expect(runs[1]!.plan.row).toMatchObject({ must: [], may: [] });
    const rows = runs.map(({ plan: { target, row } }) => [
      target.system,
      row!.configuration,
      row!.fault,
      row!.load,
    ]);
    expect(rows).toEqual([
      ["kafka", "strong", "none", "throughput"],
      ["kafka", "strong", "none", "rate"],
      ["kafka", "strong", "cut", "rate"],
      ["kafka", "early", "none", "throughput"],
      ["rabbitmq", "early", "none", "throughput"],
      ["kafka", "early", "none", "rate"],
      ["rabbitmq", "early", "none", "rate"],
      ["kafka", "early", "pause", "rate"],
      ["rabbitmq", "early", "pause", "rate"],
    ]);
    const [fast, , cut, , , , , early, other] = runs.map((r) => r.plan);
    expect(fast!.load.loop).toBe("closed");
    expect(fast!.row).toMatchObject({ must: [], may: [] });
    expect(cut!.faults).toMatchObject([{ kind: "cut" }]);
    expect(early!.row).toMatchObject({ must: ["LOST"], may: ["MISSING"] });
    expect(other!.row).toMatchObject({ must: ["LOST"], may: [] });
    expect(early!.message.size).toEqual({ kind: "fixed", bytes: 300 });
    expect(early!.guarantee!.changed).toEqual({ "consumers.acknowledge": "before" });
  });

  it("is listed row by row by a dry run", async () => {
    const set = await resolveGiven({ files: { "m.yaml": MATRIX }, can });
    expect(renderPlans(set).split("\n")[9]).toMatch(
      /^8 +kafka:log@wire +early +pause +predicted: LOST, perhaps MISSING$/,
    );
    expect(renderPlans(set).split("\n")).toHaveLength(11);
  });

  it.each([
    [
      "an unknown configuration",
      ["configuration: strong", "configuration: stong"],
      /m\.yaml:9:22: there is no configuration "stong"/,
    ],
    [
      "a code that is none",
      ["must: [LOST], may", "must: [LOTS], may"],
      /m\.yaml:15:32: .*"LOTS" is not one of.*did you mean "LOST"/,
    ],
    ["a row without predictions", ["      predict: {kafka: {}}\n", ""], /"predict" is missing/],
    ["a fault that is none", ["kind: pause, at: 1s", "kind: paus, at: 1s"], /m\.yaml:13:23: .*paus/],
    [
      "a setting that is none",
      ["message: {size: 300B}", "massage: {size: 300B}"],
      /m\.yaml:14:18: unknown key "massage"/,
    ],
  ])("with %s is told where", async (_, [from, to], message) => {
    const text = MATRIX.replace(from!, to!);
    expect(text).not.toBe(MATRIX);
    expect((await problemsOf({ files: { "m.yaml": text }, can })).join("\n")).toMatch(message);
  });

  it("that mqbench ships has for each guarantee a row that must show what a stronger one forbids", async () => {
    const plans = await prepared("guarantees", {});
    const showing = (system: string, code: string): readonly string[] =>
      plans
        .filter((p) => p.target.system === system && (p.row!.must as readonly string[]).includes(code))
        .map((p) => `${p.row!.configuration} under ${p.row!.fault}`);
    const clean = (system: string): readonly string[] =>
      plans
        .filter((p) => p.target.system === system && p.row!.must.length + p.row!.may.length === 0)
        .map((p) => `${p.row!.configuration} under ${p.row!.fault}`);
    for (const system of ["kafka", "rabbitmq"]) {
      expect(showing(system, "MISSING")).toContain("at-most-once under crash consumer before-process");
      expect(clean(system)).toContain("at-least-once under crash consumer before-process");
      expect(showing(system, "REDELIVERED")).toEqual(
        ["at-least-once", "effectively-once", "effectively-once, without the marks"].map(
          (name) => `${name} under crash consumer after-process`,
        ),
      );
      const twice = "effectively-once, without the marks under";
      expect(showing(system, "DUPLICATE_EFFECT")).toEqual([
        `${twice} crash consumer after-process`,
        // RabbitMQ knows no numbers: what is published again is stored again.
        ...(system === "rabbitmq" ? [`${twice} half-open producer`] : []),
      ]);
      expect(clean(system)).toContain("at-most-once under crash consumer after-process");
      expect(showing(system, "LOST").length).toBeGreaterThan(0);
    }
    // Every row's prediction agrees with what the row's guarantee allows, but for the control of the verdict.
    const broken = plans.filter((p) => p.row!.must.some((code) => p.guarantee!.forbids.includes(code)));
    expect(new Set(broken.map((p) => p.row!.configuration))).toEqual(
      new Set(["at-least-once, acknowledged first", "effectively-once, without the marks"]),
    );
  });
});

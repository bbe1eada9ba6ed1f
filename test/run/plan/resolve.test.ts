import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { targetText } from "../../../src/model/target.ts";
import { originText } from "../../../src/run/plan/layer.ts";
import { type Given, resolveGiven } from "./support.ts";

async function only(given: Given) {
  const set = await resolveGiven(given);
  expect(set.problems).toEqual([]);
  expect(set.runs).toHaveLength(1);
  return set.runs[0]!;
}

describe("a resolved plan", () => {
  it("has every default in base units", async () => {
    expect((await only({})).plan).toEqual({
      profile: "p",
      target: { system: "kafka", mode: "log", client: "wire" },
      driverOptions: {},
      seed: 1,
      stream: { partitions: 1, subscriptions: 1 },
      load: { loop: "open", schedule: { kind: "uniform", ratePerS: 1000 }, maxBacklogNs: 10e9 },
      message: { size: { kind: "fixed", bytes: 1024 }, keys: { kind: "none" }, compressible: 0 },
      producers: {
        count: 1,
        maxInFlight: 1000,
        lingerNs: 0,
        batchBytes: 131_072,
        publishTimeoutNs: 30e9,
        idempotent: false,
      },
      consumers: {
        perSubscription: 1,
        sharing: "exclusive",
        prefetch: 1000,
        acknowledge: "after",
        acknowledgeEvery: 1,
        workNs: 0,
        start: "with-producers",
      },
      durability: "disk",
      phases: { warmupNs: 5e9, measureNs: 20e9, maxMessages: 0, drainNs: 30e9 },
      agents: { produce: 1, consume: 1 },
      expect: [],
      faults: [],
    });
  });

  it.each([
    ["{schedule: poisson, rate: 30/min}", { kind: "poisson", ratePerS: 0.5 }],
    ["{schedule: ramp, rate: 1k/s, to: 2k/s}", { kind: "ramp", fromPerS: 1000, toPerS: 2000 }],
    ["{schedule: steps, rates: [1k/s, 500]}", { kind: "steps", ratesPerS: [1000, 500] }],
    [
      "{schedule: burst, messages: 2k, every: 5s}",
      { kind: "burst", ratePerS: 0, messages: 2000, everyNs: 5e9 },
    ],
    [
      "{schedule: burst, rate: 0/s, messages: 1, every: 1s}",
      { kind: "burst", ratePerS: 0, messages: 1, everyNs: 1e9 },
    ],
    [
      "{schedule: burst, rate: 9, messages: 1, every: 1s}",
      { kind: "burst", ratePerS: 9, messages: 1, everyNs: 1e9 },
    ],
  ])("reads the schedule %s", async (load, want) => {
    const { plan } = await only({ files: { "p.yaml": `targets: [kafka]\nload: ${load}` } });
    expect(plan.load).toEqual({ loop: "open", schedule: want, maxBacklogNs: 10e9 });
  });

  it.each([
    ["size: 2048", { kind: "fixed", bytes: 2048 }],
    ["size: {min: 100B, max: 2KiB}", { kind: "range", minBytes: 100, maxBytes: 2048 }],
    [
      "size: [{size: 100B, weight: 9}, {size: 1KiB}]",
      {
        kind: "weighted",
        choices: [
          { bytes: 100, weight: 9 },
          { bytes: 1024, weight: 1 },
        ],
      },
    ],
  ])("reads the message's %s", async (size, want) => {
    const { plan } = await only({ files: { "p.yaml": `targets: [kafka]\nmessage: {${size}}` } });
    expect(plan.message.size).toEqual(want);
  });

  it.each([
    ["{count: 10k}", { kind: "uniform", count: 10_000 }],
    ["{distribution: zipf}", { kind: "zipf", count: 1000, exponent: 1.1 }],
    ["{count: 5, distribution: round-robin}", { kind: "round-robin", count: 5 }],
  ])("reads the keys %s", async (keys, want) => {
    const { plan } = await only({ files: { "p.yaml": `targets: [kafka]\nmessage: {keys: ${keys}}` } });
    expect(plan.message.keys).toEqual(want);
  });

  it.each([
    [{ consumers: "2", partitions: "2" }, ["exclusive", "compete"] as const, "exclusive"],
    [{ consumers: "3", partitions: "2" }, ["exclusive", "compete"] as const, "compete"],
    [{ consumers: "1", partitions: "1" }, ["compete"] as const, "compete"],
  ])("shares with %o among %o by %s when that is left to it", async (flags, sharing, want) => {
    expect((await only({ flags, can: { sharing } })).plan.consumers.sharing).toBe(want);
  });

  it("gives a driver the options of its own system only", async () => {
    const text =
      "targets: [kafka]\noptions: {kafka: {compression: gzip, x: {a.b: 1}}, rabbitmq: {noDelay: false}}";
    const { plan, settings } = await only({ files: { "p.yaml": text } });
    expect(plan.driverOptions).toEqual({ compression: "gzip", x: { "a.b": 1 } });
    expect(settings.filter((s) => s.path[0] === "options").map((s) => s.path[1])).toEqual(["kafka", "kafka"]);
  });
});

describe("precedence", () => {
  const files = {
    "p.yaml": "extends: base\ntargets: [kafka]\nload: {rate: 2k/s}",
    base: "load:\n  rate: 1/s\n  maxBacklog: 3s",
  };
  const rate = async (given: Given) => {
    const { plan, settings } = await only({ files, ...given });
    const setting = settings.find((s) => s.path.join(".") === "load.rate")!;
    return [
      plan.load.loop === "open" && plan.load.schedule.kind === "uniform" && plan.load.schedule.ratePerS,
      originText(setting.origin),
    ];
  };

  it.each([
    ["a file over what it extends", {}, [2000, "p.yaml:3:14"]],
    ["the environment over a file", { env: { MQBENCH_RATE: "3k/s" } }, [3000, "MQBENCH_RATE"]],
    [
      "a flag over the environment",
      { env: { MQBENCH_RATE: "3k/s,4k/s" }, flags: { rate: "5k/s" } },
      [5000, "--rate"],
    ],
    [
      "--set like any flag",
      { env: { MQBENCH_RATE: "3k/s" }, flags: { set: ["load.rate=6k/s"] } },
      [6000, "--set load.rate"],
    ],
    ["nothing by an empty variable", { env: { MQBENCH_RATE: "" } }, [2000, "p.yaml:3:14"]],
  ])("puts %s", async (_, given, want) => {
    expect(await rate(given)).toEqual(want);
  });

  it("merges maps key by key and keeps where each came from", async () => {
    const { plan, settings } = await only({ files });
    const origins = Object.fromEntries(settings.map((s) => [s.path.join("."), originText(s.origin)]));
    expect(plan.load).toMatchObject({ maxBacklogNs: 3e9 });
    expect(origins).toMatchObject({
      "load.rate": "p.yaml:3:14",
      "load.maxBacklog": "base:3:15",
      seed: "default",
    });
  });

  it("replaces a map by a single value and the reverse", async () => {
    const text = (size: string) => `extends: base\ntargets: [kafka]\nmessage: {size: ${size}}`;
    const range = "message: {size: {min: 100B, max: 200B}}";
    const fixed = await only({ files: { "p.yaml": text("300B"), base: range } });
    expect(fixed.plan.message.size).toEqual({ kind: "fixed", bytes: 300 });
    const ranged = await only({
      files: { "p.yaml": text("{min: 50B, max: 60B}"), base: "message: {size: 1KiB}" },
    });
    expect(ranged.plan.message.size).toEqual({ kind: "range", minBytes: 50, maxBytes: 60 });
  });

  it("replaces lists, but adds --threshold to them", async () => {
    const given = {
      "p.yaml": "extends: base\ntargets: [kafka]\nexpect: [lost == 0]",
      base: "expect: [copied == 0]",
    };
    const { plan } = await only({ files: given, flags: { threshold: ["corrupt == 0"] } });
    expect(plan.expect).toEqual(["lost == 0", "corrupt == 0"]);
  });

  it("drops what belonged to a schedule or loop that a higher layer replaced", async () => {
    const base = "load: {schedule: ramp, rate: 1k/s, to: 2k/s}";
    const closed = await only({
      files: { "p.yaml": "extends: base\ntargets: [kafka]\nload: {loop: closed}", base },
    });
    expect(closed.plan.load).toEqual({ loop: "closed" });
    expect(closed.settings.some((s) => s.path.join(".") === "load.to")).toBe(false);
  });

  it("lets a flag win over any file, whatever the values", async () => {
    const number = fc.integer({ min: 1, max: 1_000_000 });
    await fc.assert(
      fc.asyncProperty(number, number, fc.option(number, { nil: undefined }), async (flag, file, env) => {
        const { plan } = await only({
          files: { "p.yaml": `targets: [kafka]\nconsumers: {prefetch: ${file}}` },
          env: env === undefined ? {} : { MQBENCH_PREFETCH: String(env) },
          flags: { prefetch: String(flag) },
        });
        expect(plan.consumers.prefetch).toBe(flag);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a series", () => {
  const order = async (given: Given) => {
    const { runs, varied, problems } = await resolveGiven(given);
    expect(problems).toEqual([]);
    const text = runs.map(({ plan }) => {
      const bytes = plan.message.size.kind === "fixed" ? plan.message.size.bytes : 0;
      return `${targetText(plan.target).split(":")[0]} ${bytes} seed ${plan.seed}`;
    });
    return { text, varied };
  };

  it("is the cross product with the targets next to each other", async () => {
    const got = await order({ flags: { on: ["kafka", "rabbitmq"], size: "100B,1KiB" } });
    expect(got.text).toEqual([
      "kafka 100 seed 1",
      "rabbitmq 100 seed 1",
      "kafka 1024 seed 1",
      "rabbitmq 1024 seed 1",
    ]);
    expect(got.varied).toEqual(["message.size", "target"]);
  });

  it("rotates the targets over the repeats and seeds each repeat anew", async () => {
    const got = await order({ flags: { on: ["kafka,rabbitmq"], repeat: 3 } });
    expect(got.text).toEqual([
      "kafka 1024 seed 1",
      "rabbitmq 1024 seed 1",
      "rabbitmq 1024 seed 2",
      "kafka 1024 seed 2",
      "kafka 1024 seed 3",
      "rabbitmq 1024 seed 3",
    ]);
  });

  it("varies nothing when there is one of each", async () => {
    expect((await order({})).varied).toEqual([]);
  });

  it("has a bound", async () => {
    const { runs, problems } = await resolveGiven({ flags: { repeat: 1001 } });
    expect(runs).toEqual([]);
    expect(problems[0]!.message).toBe("1001 runs are more than 1000");
  });
});

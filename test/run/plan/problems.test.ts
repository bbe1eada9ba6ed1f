import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/model/errors.ts";
import { problemsError } from "../../../src/run/plan/problem.ts";
import { type Given, problemsOf, resolveGiven } from "./support.ts";

/** Text after `targets: [kafka]` on line 1, and the problems that it has. */
const PROFILES: readonly (readonly [text: string, ...want: string[]])[] = [
  ["sumary: x", 'p.yaml:2:1: unknown key "sumary", did you mean "summary"?'],
  ["load:\n  rat: 5", 'p.yaml:3:3: unknown key "rat", did you mean "rate"?'],
  ["load: {shedule: ramp}", 'p.yaml:2:8: unknown key "shedule", did you mean "schedule"?'],
  ["xyz: 1", 'p.yaml:2:1: unknown key "xyz"'],
  ["load: 5", "p.yaml:2:7: load: 5 is not a map of keys"],
  ["load: {loop: opne}", 'p.yaml:2:14: load.loop: "opne" is not one of open, closed, did you mean "open"?'],
  ["durability:", "p.yaml:2:12: durability has no value"],
  ["phases: {warmup: 5}", "p.yaml:2:18: phases.warmup: 5 is not a duration"],
  ["phases: {measure: 0s}", "p.yaml:2:19: phases.measure is zero"],
  ["load: {rate: -5}", "p.yaml:2:14: load.rate: -5 must be >= 0"],
  ["load: {rate: 0}", 'p.yaml:2:14: load.rate: "0" is not a rate above zero'],
  ["load: {rate: 0/s}", 'p.yaml:2:14: load.rate: "0/s" is not a rate above zero'],
  ["load: {rate: fast}", 'p.yaml:2:14: load.rate: "fast" is not a rate'],
  ["stream: {partitions: 0}", "p.yaml:2:22: stream.partitions: 0 is less than 1"],
  ["stream: {partitions: 1.5}", "p.yaml:2:22: stream.partitions: 1.5 is not a whole number"],
  ["producers: {idempotent: yes}", 'p.yaml:2:25: producers.idempotent: "yes" is not true or false'],
  ["load: {schedule: ramp}", "p.yaml:2:18: a ramp needs load.to"],
  ["load: {schedule: steps}", "p.yaml:2:18: schedule steps needs load.rates"],
  [
    "load: {schedule: burst}",
    "p.yaml:2:18: schedule burst needs load.messages",
    "p.yaml:2:18: schedule burst needs load.every",
  ],
  ["load: {to: 5/s}", "p.yaml:2:12: load.to has no effect with schedule uniform"],
  ["load: {loop: closed, messages: 5}", "p.yaml:2:32: load.messages has no effect with a closed loop"],
  ["load: {loop: closed, rate: 5}", "p.yaml:2:28: load.rate has no effect with a closed loop"],
  [
    "message: {size: 43B}",
    "p.yaml:2:17: message.size: 43B is too small for the 44B by which each message is verified",
  ],
  [
    "message: {size: 47B, keys: {count: 5}}",
    "p.yaml:2:17: message.size: 47B is too small for the 48B by which each message is verified",
  ],
  ["message: {size: {min: 9KiB, max: 1KiB}}", "p.yaml:2:23: message.size.min: 9216B is more than max, 1024B"],
  ["message: {size: {min: 1KiB}}", 'p.yaml:2:17: message.size: "max" is missing'],
  ["message: {size: []}", "p.yaml:2:17: message.size is an empty list"],
  ["message: {size: [{size: 1KiB, weight: 0}]}", "p.yaml:2:39: message.size.0.weight: 0 must be > 0"],
  [
    "message: {keys: some}",
    'p.yaml:2:17: message.keys: "some" is not none, or a map with count, distribution and exponent',
  ],
  [
    "message: {keys: {exponent: 2}}",
    "p.yaml:2:28: message.keys.exponent has no effect with distribution uniform",
  ],
  ["agents: {produce: 2}", "p.yaml:2:19: 2 agents for 1 producer"],
  ["agents: {consume: 3}\nstream: {subscriptions: 2}", "p.yaml:2:19: 3 agents for 2 consumers"],
  [
    "consumers: {acknowledgeEvery: 11, prefetch: 10}",
    "p.yaml:2:31: acknowledging every 11 messages, but only 10 are delivered before an acknowledgement",
  ],
  [
    "consumers: {count: 3, sharing: exclusive}\nstream: {partitions: 2}",
    "p.yaml:2:20: 3 consumers share 2 partitions exclusively: some would read nothing",
  ],
  [
    "durability: none\nproducers: {idempotent: true}",
    "p.yaml:3:25: an idempotent producer needs acknowledgements, and durability is none",
  ],
  ["expect:\n  - lost = 0", 'p.yaml:3:5: threshold "lost = 0" uses "="'],
  [
    "expect: [e2e.p99 < 5ms]",
    'p.yaml:2:10: threshold "e2e.p99 < 5ms" is about "e2e.p99", which is no metric',
  ],
  [
    "load: {loop: closed}\nexpect: [e2e_response.p99 < 5ms]",
    'p.yaml:3:10: "e2e_response.p99 < 5ms": in a closed loop this is a latency at saturation, not a latency result',
  ],
  [
    "load: {loop: closed}\nexpect: [rate.achieved > 99%]",
    'p.yaml:3:10: "rate.achieved > 99%": a closed loop offers no rate that could be achieved',
  ],
  [
    "durability: none\nexpect: [publish_response.p99 < 5ms]",
    'p.yaml:3:10: "publish_response.p99 < 5ms": with durability none nothing is acknowledged, so this is never measured',
  ],
  ["options: {kafak: {a: 1}}", 'p.yaml:2:22: options.kafak.a: unknown target "kafak"'],
  ["extends: nowhere", 'p.yaml:2:10: there is no profile "nowhere"'],
  ["extends: p.yaml", "p.yaml:2:10: profiles extend each other in a circle: p.yaml → p.yaml"],
  ["load: &a [*a]", "p.yaml:1:1: an alias contains itself"],
  ["load: *a", "p.yaml:1:1: Unresolved alias (the anchor must be set before the alias): a"],
  ["seed: 1\nseed: 2", "p.yaml:3:1: Map keys must be unique"],
];

describe("a profile's problem", () => {
  it.each(PROFILES)("of %j has its place and a reason", async (text, ...want) => {
    expect(await problemsOf({ files: { "p.yaml": `targets: [kafka]\n${text}` } })).toEqual(want);
  });

  it("is none where there is none", async () => {
    expect(await problemsOf({ files: { "p.yaml": "targets: [kafka]\nsummary: x" } })).toEqual([]);
  });

  it("does not hide the others", async () => {
    const text = "load: {schedule: ramp, to: soon}\nmessage: {size: 1B}\nagents: {produce: 9}\nx: 1";
    const problems = await problemsOf({ files: { "p.yaml": `targets: [nats]\n${text}` } });
    expect(problems).toHaveLength(5);
    expect(problems.filter((p) => p.includes("load.to"))).toEqual([
      'p.yaml:2:28: load.to: "soon" is not a rate',
    ]);
  });

  it("in a file that is extended names that file", async () => {
    const files = { "p.yaml": "targets: [kafka]\nextends: b", b: "extends: c", c: "load:\n  rate: x\n" };
    expect(await problemsOf({ files })).toEqual(['c:2:9: load.rate: "x" is not a rate']);
  });

  it("is also a circle through several files", async () => {
    const files = { "p.yaml": "targets: [kafka]\nextends: b", b: "extends: c", c: "extends: b" };
    expect(await problemsOf({ files })).toEqual([
      "c:1:10: profiles extend each other in a circle: b → c → b",
    ]);
  });
});

describe("a flag's problem", () => {
  it.each<readonly [Given, string]>([
    [{ flags: { rate: "5x" } }, '--rate: load.rate: "5x" is not a rate'],
    [{ env: { MQBENCH_DURATION: "5" } }, 'MQBENCH_DURATION: phases.measure: "5" is not a duration'],
    [{ flags: { set: ["loadrate=1"] } }, '--set loadrate: unknown key "loadrate"'],
    [{ flags: { set: ["load.rate"] } }, "--set load.rate: is not key=value"],
    [{ flags: { set: ["__proto__.x=1"] } }, '--set __proto__.x: unknown key "__proto__"'],
    [
      { flags: { rate: "1/s", set: ["load.rate=2/s"] } },
      "--set load.rate: load.rate is also given by --rate",
    ],
    [
      { flags: { threshold: ["p99 < 5ms"] } },
      `--threshold 'p99 < 5ms': threshold "p99 < 5ms" is about "p99", which is no metric`,
    ],
    [{ flags: { on: ["kafka:shares"] } }, '--on: unknown target "kafka:shares"'],
    [{ files: { "p.yaml": "seed: 1" } }, "p.yaml: no target is given"],
    [
      { flags: { size: "100B,1B" } },
      "--size: message.size: 1B is too small for the 44B by which each message is verified",
    ],
  ])("%j is named by the flag", async (given, want) => {
    expect(await problemsOf(given)).toEqual([want]);
  });
});

describe("what a target cannot do", () => {
  it.each<readonly [Given, string, string]>([
    [
      { flags: { durability: "fsync" }, can: { durability: ["none", "disk"] } },
      "--durability: kafka:log@wire cannot do durability fsync",
      "Use durability none or disk, or leave kafka:log@wire out.",
    ],
    [
      { flags: { set: ["consumers.sharing=compete"] }, can: { sharing: ["exclusive"] } },
      "--set consumers.sharing: kafka:log@wire cannot share a subscription by consumers.sharing: compete",
      "Use consumers.sharing: exclusive, or leave kafka:log@wire out.",
    ],
    [
      { flags: { consumers: "2" }, can: { sharing: ["exclusive"] } },
      "--consumers: kafka:log@wire gives each partition to one consumer, and 2 consumers share 1 partition",
      "Raise stream.partitions to 2, lower consumers.count, or leave kafka:log@wire out.",
    ],
    [
      { flags: { size: "2MiB" }, can: { maxMessageBytes: 1024 ** 2 } },
      "--size: kafka:log@wire takes messages of up to 1.00MiB, the plan has 2.00MiB",
      "Use at most 1.00MiB, or leave kafka:log@wire out.",
    ],
    [
      { flags: { set: ["producers.idempotent=true"] }, can: { idempotence: false } },
      "--set producers.idempotent: kafka:log@wire has no idempotent producer",
      "Set producers.idempotent: false, or leave kafka:log@wire out.",
    ],
    [
      { flags: { producers: "2", set: ["agents.produce=2"] }, can: { local: true } },
      "--set agents.produce: kafka:log@wire lives inside its agent, so there can be only one",
      "Set agents.produce and agents.consume to 1, or leave kafka:log@wire out.",
    ],
    [
      { can: { answers: [] } },
      "p.yaml: kafka:log@wire has no acknowledgements by consumers",
      "Use consumers.acknowledge: auto, or leave kafka:log@wire out.",
    ],
  ])("%j is said with what to do", async (given, want, hint) => {
    const { problems } = await resolveGiven(given);
    expect(problems.map((p) => `${p.where}: ${p.message}`)).toEqual([want]);
    expect(problems[0]!.hint).toBe(hint);
    expect(await problemsOf({ flags: given.flags ?? {} }), "an able target has no problem with it").toEqual(
      [],
    );
  });

  it("includes options that its driver does not know, with their place", async () => {
    const given: Given = {
      files: { "p.yaml": "targets: [kafka]\noptions: {kafka: {compresion: gzip}}" },
      capabilitiesOf: () => {
        throw new UserError('unknown Kafka option "compresion"', { code: "BAD_OPTION" });
      },
    };
    expect(await problemsOf(given)).toEqual([
      'p.yaml:2:31: kafka:log@wire: unknown Kafka option "compresion"',
    ]);
  });
});

describe("all problems together", () => {
  it("are one error that a person can work off", async () => {
    const { problems } = await resolveGiven({ flags: { rate: "x", size: "1B" } });
    const error = problemsError(problems);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(
      '2 problems\n  --rate: load.rate: "x" is not a rate\n  --size: message.size: 1B is too small for the 44B by which each message is verified',
    );
    expect(error.hints).toEqual(["Write load.rate like 500/s, 5k/s, 1M/s.", "Use at least 44B."]);
  });

  it("are found in any text without an exception", async () => {
    const line = fc.tuple(
      fc.constantFrom("load", "message", "stream", "expect", "targets", "options", "extends", "phases", "x"),
      fc.oneof(
        fc.json(),
        fc.string({ maxLength: 12 }),
        fc.constantFrom("{rate: 5}", "{size: {min: 1}}", "[*a]", "&a [*a]"),
      ),
    );
    const text = fc
      .array(line, { maxLength: 5 })
      .map((lines) => lines.map(([k, v]) => `${k}: ${v}`).join("\n"));
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        const { runs, problems } = await resolveGiven({
          files: { "p.yaml": given },
          flags: { on: ["kafka"] },
        });
        expect(runs.length === 0).toBe(problems.length > 0);
      }),
      { numRuns: 200 },
    );
  });
});

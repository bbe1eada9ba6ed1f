import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/result.ts";
import { renderComparison } from "../../src/report/comparison.ts";
import { inequalities } from "../../src/report/inequalities.ts";
import { PLAIN, widthOf } from "../../src/report/style.ts";
import { sampleRun } from "../fixtures/run.ts";
import { closedLoop, kafkaRun, sized } from "../fixtures/series.ts";

const quorum = sampleRun();
const on = (name: string, change: Partial<RunResult> = {}): RunResult =>
  sampleRun({ ...change, target: { ...quorum.target, name, ...change.target } });
const classic = on("rabbitmq:classic@amqplib");
const compare = (runs: readonly RunResult[], style = PLAIN): string =>
  renderComparison(runs, { ...style, folders: runs.map((_, i) => `results/sample/0${i + 1}`) });
const times = (text: string, part: string): number => text.split(part).length - 1;
const lineWith = (text: string, start: string): string =>
  text.split("\n").find((l) => l.startsWith(start)) ?? "";

describe("the columns of a comparison", () => {
  it("head three targets in one table, with client and short version in rows of their own", () => {
    const kafka = kafkaRun();
    const found = { ...kafka, target: { ...kafka.target, version: "4.3 (by its features)" } };
    const text = compare([found, quorum, classic]);
    expect(lineWith(text, "client")).toMatch(/^client +kafkajs 2\.2\.4 +amqplib 2\.3\.1 +amqplib 2\.3\.1$/);
    expect(lineWith(text, "broker")).toMatch(/^broker +4\.3 +4\.0\.5 +4\.0\.5$/);
    expect(times(text, "thresholds held")).toBe(1);
    expect(times(compare([found, quorum, classic, on("x:y@z")]), "thresholds held")).toBe(2);
  });

  it("break long names rather than the width", () => {
    const long = on("a-system-of-your-own:some-mode@averyveryverylongclientname", {
      target: { ...quorum.target, version: "4.0.5-rc.1+build.20260102.abcdef0123456789" },
      exit: { code: 70, reasons: [{ kind: "bug", message: "x" }] },
    });
    const text = compare([kafkaRun(), long, classic, ...Array.from({ length: 9 }, () => long)]);
    for (const line of text.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
    expect(times(text, "thresholds held")).toBe(1);
    expect(text).toContain("BUG IN");
  });

  it("fold what did not happen into one line, and unfold it as soon as one target has it", () => {
    const none = (change: Partial<RunResult["counts"]> = {}): RunResult =>
      sampleRun({ counts: { ...quorum.counts, redelivered: 0, ...change } });
    const clean = [none(), { ...none(), target: classic.target }];
    expect(compare(clean)).toContain("none copied, redelivered, reordered or corrupt");
    const [first] = clean;
    const text = compare([first!, { ...none({ copied: 7 }), target: classic.target }]);
    expect(text).toMatch(/ {2}copied +0 +7\n/);
    expect(text).toContain("none redelivered, reordered or corrupt");
    // 7 copies that the subscriptions do not know of.
    expect(text).toMatch(/ {2}adds up +\w+ +NO\n/);
  });

  it("show what was sent only where it was not what was asked for", () => {
    expect(compare([quorum, classic])).not.toMatch(/^ {2}sent /m);
    const slow = { ...classic, rates: { ...classic.rates, sent: 4000, achieved: 0.8 } };
    expect(compare([quorum, slow])).toMatch(/^ {2}sent +5\.00k\/s +4\.00k\/s$/m);
    expect(compare([quorum, closedLoop(classic)])).not.toMatch(/^ {2}sent /m);
  });

  it("hold no zeros of a run that measured nothing", () => {
    const counts = Object.fromEntries(Object.keys(quorum.counts).map((k) => [k, 0]));
    const dead = on("rabbitmq:classic@amqplib", {
      state: "failed",
      target: {
        ...classic.target,
        version: "",
        clientVersion: "",
        durability: { copies: "none", flush: "memory" },
      },
      counts: counts as unknown as RunResult["counts"],
      subscriptions: [],
      thresholds: [],
      warnings: [{ code: "NOT_STARTED", message: "no broker there" }],
    });
    const text = compare([quorum, dead]);
    expect(lineWith(text, "verdict")).toMatch(/✓ PASS +✗ NOT RUN$/);
    for (const row of [
      "broker",
      "thresholds held",
      "  offered",
      "  lost",
      "  consumed",
      "  e2e response p99 ",
    ])
      expect(lineWith(text, row), row).toMatch(/\S +–$/);
    expect(text).toContain("✗ NOT RUN rabbitmq:classic: no broker there");
    expect(text).not.toContain("an acknowledgement means");
  });
});

describe("what is said below a comparison", () => {
  it("names thresholds that failed, with what was measured, and only those", () => {
    const text = compare([kafkaRun(), quorum]);
    expect(text).toContain("✗ FAIL kafka:log: lost == 0, measured 3\n");
    // The reason says the same again.
    expect(text).not.toContain("lost == 0 failed");
    expect(text).not.toContain("e2e_response.p99 < 50ms");
    expect(lineWith(text, "thresholds held")).toMatch(/0 of 1 +2 of 2$/);
  });

  it("says where in a series something failed", () => {
    const text = compare([sized(kafkaRun(), 100), sized(kafkaRun(), 1024), sized(quorum, 100)]);
    expect(text).toContain("kafka:log at size 100B, kafka:log at size 1KiB: lost == 0, measured 3");
    expect(compare([quorum, classic])).not.toContain("What failed");
  });

  it("says why a run was interrupted, or its sums do not close", () => {
    const stopped = on("rabbitmq:classic@amqplib", {
      state: "interrupted",
      exit: { code: 130, reasons: [{ kind: "sigint", message: "stopped by SIGINT" }] },
    });
    const text = compare([quorum, stopped]);
    expect(lineWith(text, "verdict")).toMatch(/✓ PASS +! INTERRUPTED$/);
    expect(text).toContain("! INTERRUPTED rabbitmq:classic: stopped by SIGINT");
    const open = { ...classic, counts: { ...classic.counts, acked: 124_999 } };
    expect(compare([quorum, open])).toContain("✗ INVALID rabbitmq:classic: publishing: offered = acked");
  });

  it("gives a warning's hint and a shared note once, and each target's own words", () => {
    const late = (ms: number) => [{ code: "HARNESS_LATE", message: `${ms}ms late`, hint: "Lower the rate." }];
    const text = compare([
      { ...kafkaRun(), warnings: late(3) },
      { ...quorum, warnings: late(4) },
      { ...classic, warnings: late(4) },
    ]);
    expect(text).toContain("· kafka:log: 3ms late\n    · rabbitmq:quorum, rabbitmq:classic: 4ms late\n");
    expect(times(text, "Lower the rate.")).toBe(1);
    expect(times(text, "HARNESS_LATE")).toBe(1);
    expect(text).toContain("· rabbitmq:quorum, rabbitmq:classic: One node: a majority of one member.\n");
  });

  it("adds up findings of subscriptions and repeats", () => {
    const text = compare([kafkaRun(), kafkaRun(), { ...quorum, findings: [] }]);
    expect(text).toContain("✗ FAIL kafka:log: LOST: 6 messages were acknowledged");
    expect(text.replace(/\s+/g, " ")).toContain("number 77 (in 2 of 2 runs)");
    expect(compare([quorum, classic])).toContain(
      "rabbitmq:quorum, rabbitmq:classic: REDELIVERED: 4 messages arrived",
    );
  });

  it("is the same in colour, and in ASCII in the same places", () => {
    const runs = [kafkaRun(), quorum, classic];
    const colored = compare(runs, { color: true, unicode: true });
    expect(colored).toContain("\u001b[31m✗ FAIL");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences
    expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(compare(runs));
    const ascii = compare(runs, { color: false, unicode: false });
    expect(ascii).toMatch(/^[\n -~]*$/);
    expect(ascii.split("\n").map((l) => l.length)).toEqual(
      compare(runs)
        .split("\n")
        .map((l) => l.length),
    );
  });

  it("names the folder of a series once, and folders that have nothing in common each", () => {
    expect(compare([quorum, classic])).toContain("Files\n  results/sample/\n    01, 02\n");
    const apart = renderComparison([quorum, classic], { ...PLAIN, folders: ["a/1", "b/1"] });
    expect(apart).toContain("Files\n  a/1\n  b/1\n");
  });
});

describe("what an acknowledgement means", () => {
  const kept = (
    name: string,
    options: RunResult["target"]["options"],
    copies: "one" | "majority",
  ): RunResult =>
    on(name, { target: { ...quorum.target, name, options, durability: { copies, flush: "fsync" } } });
  const log = (n: number) => kept("kafka:log@kafkajs", { replicationFactor: n }, "majority");
  const queue = (options: RunResult["target"]["options"]) =>
    kept("rabbitmq:quorum@amqplib", options, "majority");

  it.each<[string, RunResult, RunResult, RegExp | undefined]>([
    ["a majority of one copy is one copy", log(1), kept("x:y@z", {}, "one"), undefined],
    ["so it is on a single node", log(1), queue({ nodes: 1 }), undefined],
    ["three copies are more than one", log(3), queue({ nodes: 1 }), /majority of 3 copies.*its only copy/],
    ["a queue of three members keeps as many as three copies", log(3), queue({ queueMembers: 3 }), undefined],
    [
      "of three nodes a queue may have one member",
      log(3),
      queue({ nodes: 3, queueMembers: 1 }),
      /majority of 3 copies.*its only copy/,
    ],
    ["a number that one target does not tell is no difference", log(3), queue({}), undefined],
    ["one copy is no majority", queue({}), kept("x:y@z", {}, "one"), /majority of the copies.*one copy/],
  ])("%s", (_, a, b, difference) => {
    const found = inequalities([a, b]);
    if (difference === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringMatching(difference)]);
  });

  it("is not unequal where it is what the series varies", () => {
    const at = (flush: "fsync" | "memory"): RunResult => ({
      ...quorum,
      target: { ...quorum.target, durability: { copies: "majority", flush } },
      plan: { ...quorum.plan, durability: flush },
    });
    expect(inequalities([at("fsync"), at("memory")])).toEqual([]);
  });
});

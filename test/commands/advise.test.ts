import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { captureOutput } from "@oclif/test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { QUESTIONS } from "../../src/cli/advise/flags.ts";
import Advise from "../../src/commands/advise.ts";
import { widthOf } from "../../src/report/style.ts";
import { scenarios } from "../advisor/support.ts";

async function advise(...argv: string[]) {
  const { error, stdout, stderr } = await captureOutput(() => Advise.run(argv, import.meta.url));
  return { code: (error as { oclif?: { exit?: number } } | undefined)?.oclif?.exit ?? 0, stdout, stderr };
}

// Whatever was measured in this checkout is none of these tests' business.
process.env.MQBENCH_OUT = "no-results";

const answers = (name: string) => fileURLToPath(new URL(`../fixtures/answers/${name}.yaml`, import.meta.url));

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL("../../schemas/advice-v1.json", import.meta.url), "utf8")) as object,
);

describe("mqbench advise", () => {
  it("says the verdict first, then why, why not the other, and what would flip it", async () => {
    const { code, stdout, stderr } = await advise("--answers", answers("newsletter"));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.startsWith("RABBITMQ  a RabbitMQ quorum queue\n")).toBe(true);
    const headings = stdout.split("\n").filter((l) => /^[A-Z]\w/.test(l));
    expect(headings.slice(1, 5)).toEqual([
      "Why",
      "Why not Kafka",
      "What speaks against it (points against the closest other)",
      "What would flip it",
    ]);
    expect(stdout).toMatch(/x-max-priority works on classic queues only/);
    expect(stdout).toMatch(/A time to live of 24 hours with a dead-letter exchange is no retry/);
    expect(stdout).toMatch(/mqbench probe priority --on rabbitmq:quorum/);
  });

  it("takes every question as a flag, and flags win over the file", async () => {
    const flags = QUESTIONS.flatMap((q) => [`--${q.id}`, q.options.at(q.id === "kind" ? 1 : -1)!.id]);
    const all = JSON.parse((await advise("--json", ...flags)).stdout) as { flows: { answers: object }[] };
    expect(Object.keys(all.flows[0]!.answers).sort()).toEqual(QUESTIONS.map((q) => q.id).sort());
    const { stdout } = await advise(
      "--answers",
      answers("order-events"),
      "--replay",
      "no",
      "--keep",
      "unknown",
      "--json",
    );
    const [flow] = (JSON.parse(stdout) as { flows: { answers: Record<string, string> }[] }).flows;
    expect(flow!.answers).toMatchObject({ replay: "no", kind: "event" });
    expect(flow!.answers).not.toHaveProperty("keep");
  });

  it.each([
    ["order-events", "kafka", 0],
    ["newsletter", "rabbitmq", 0],
    ["shop", "both", 0],
    ["clash", "conflict", 1],
  ])("of %s.yaml says %s", async (name, verdict, want) => {
    const { code, stdout, stderr } = await advise("--answers", answers(name), "--json");
    expect([code, stderr]).toEqual([want, ""]);
    const document: unknown = JSON.parse(stdout);
    expect(validate(document) ? [] : validate.errors).toEqual([]);
    expect((document as { verdict: string }).verdict).toBe(verdict);
  });

  it("gives JSON that keeps to its schema for any scenario, and text of 80 columns", async () => {
    for (const s of scenarios.filter((_, i) => i % 20 === 0)) {
      const [first] = s.flows;
      const flags = Object.entries({ ...s.global, ...first }).flatMap(([q, o]) => [`--${q}`, o]);
      const json = await advise("--json", ...flags);
      expect(validate(JSON.parse(json.stdout)) ? [] : validate.errors).toEqual([]);
      const { stdout } = await advise("--all", ...flags);
      const wide = stdout.split("\n").filter((l) => widthOf(l) > 80 && !/^ {6}mqbench /.test(l));
      expect(wide).toEqual([]);
    }
  });

  it("names the fewest must-haves that clash, and what would solve it", async () => {
    const { code, stdout } = await advise("--answers", answers("clash"));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^CONFLICT {2}no candidate/);
    expect(stdout).toMatch(/The smallest set that clashes\n {2}· replay: must\n {2}· priority: must\n/);
    expect(stdout).toMatch(/RabbitMQ serves all of them, each with a mode of its own/);
  });

  it("says what is missing, as flags, where nothing was answered", async () => {
    const { code, stdout, stderr } = await advise("--no-input");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/--kind task\|event\|stream/);
    expect(stderr).toMatch(/--replay no\|nice\|must/);
    expect((await advise()).code).toBe(2);
  });

  it("with --no-input also where a flow does not say what its messages mean", async () => {
    expect((await advise("--replay", "must")).code).toBe(0);
    const { code, stderr } = await advise("--replay", "must", "--no-input");
    expect(code).toBe(2);
    expect(stderr).toMatch(/flow 1 does not say what one message means/);
    expect(stderr).not.toMatch(/--replay no/);
  });

  it("is settled where whoever asks says that nothing else matters", async () => {
    const confidence = async (...more: readonly string[]) => {
      const { stdout } = await advise("--answers", answers("order-events"), "--json", ...more);
      return (JSON.parse(stdout) as { confidence: string }).confidence;
    };
    expect(await confidence()).toBe("leaning");
    expect(await confidence("--rest", "neutral")).toBe("settled");
  });

  it("where nothing gives points, says that the others are ruled out", async () => {
    const { stdout } = await advise("--kind", "task", "--changelog", "yes");
    expect(stdout).toMatch(/^Why\n {2}no must-have rules out Kafka; the others are ruled out$/m);
  });

  it("speaks Vietnamese, and comes to the same verdict", async () => {
    const verdictIn = async (lang: string, name: string) => {
      const { code, stdout } = await advise("--answers", answers(name), "--json", "--lang", lang);
      const document: unknown = JSON.parse(stdout);
      const told = JSON.stringify(document, (key, value: unknown) =>
        ["because", "recommendation", "set", "title"].includes(key) ? undefined : value,
      );
      return { code, told, text: stdout };
    };
    for (const name of ["order-events", "newsletter", "shop", "clash"]) {
      const [english, vietnamese] = [await verdictIn("en", name), await verdictIn("vi", name)];
      expect([vietnamese.code, vietnamese.told]).toEqual([english.code, english.told]);
      expect(vietnamese.text).not.toBe(english.text);
    }
    const { stdout } = await advise("--answers", answers("newsletter"), "--lang", "vi");
    expect(stdout).toMatch(/^RABBITMQ {2}một quorum queue của RabbitMQ\n/);
    expect(stdout).toMatch(/Vì sao không phải Kafka/);
    expect(stdout.split("\n").filter((l) => widthOf(l) > 80 && !/^ {6}mqbench /.test(l))).toEqual([]);
    expect((await advise("--kind", "task", "--lang", "fr")).code).toBe(2);
  });

  it("ends with 5 where it is open and somebody wants to know", async () => {
    expect((await advise("--kind", "event")).code).toBe(0);
    expect((await advise("--kind", "event", "--on-open", "fail")).code).toBe(5);
    expect((await advise("--kind", "sync", "--on-open", "fail")).code).toBe(0);
    const { code, stdout } = await advise("--kind", "event", "--on-open", "fail", "--json");
    expect([code, (JSON.parse(stdout) as { confidence: string }).confidence]).toEqual([5, "open"]);
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      "an unknown answer",
      ["--replay", "mst"],
      /--replay: "mst" is not one of no, nice, must, did you mean "must"\?/,
    ],
    ["an unknown flag", ["--replya", "must"], /replya/],
    ["an unknown word", ["explian", "quiet"], /"explian" is neither a flag nor "explain"/],
    [
      "answers that contradict each other",
      ["--replay", "must", "--keep", "consume"],
      /replay=must and keep=consume contradict/,
    ],
    ["a file that is not there", ["--answers", "nosuch.yaml"], /cannot read the answers in nosuch\.yaml/],
    ["a folder as a file", ["--answers", "."], /cannot read the answers/],
    [
      "an answer about one flow of several",
      ["--answers", answers("shop"), "--replay", "no"],
      /--replay is about one flow/,
    ],
    [
      "an unknown rule",
      ["explain", "replay-needs-log"],
      /no rule "replay-needs-log"[\s\S]*replay-needs-a-log/,
    ],
    ["two forms at once", ["--kind", "task", "--json", "--as", "markdown"], /--json prints JSON/],
  ])("%s exits with 2, a clear message and no stack trace", async (_, argv, message) => {
    const json = argv.includes("--json");
    const { code, stdout, stderr } = await advise(...argv);
    expect(code).toBe(2);
    expect(json ? stdout : stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("writes a decision record", async () => {
    const { code, stdout } = await advise("--answers", answers("order-events"), "--as", "markdown");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# Use Kafka: a Kafka topic, read by consumer groups\n\nStatus: proposed\n/);
    const headings = stdout.split("\n").filter((l) => l.startsWith("## "));
    expect(headings).toEqual(
      ["Context", "Decision", "Alternatives", "Consequences", "Reconsider when", "Verify", "Sources"].map(
        (h) => `## ${h}`,
      ),
    );
    expect(stdout).not.toMatch(/\n\n\n|undefined|NaN/);
    expect((await advise("--answers", answers("shop"), "--as", "markdown")).stdout).toMatch(
      /^### Flow 2: order events$/m,
    );
  });

  it("prints what the README says that it prints", async () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [, command, output] = /`npx mqbench advise ([^`]+)`[\s\S]*?```text\n([\s\S]*?)```/.exec(readme)!;
    const { stdout } = await advise(...command!.split(" "));
    const printed = stdout.split("\n");
    expect(
      output!
        .trimEnd()
        .split("\n")
        .filter((line) => !printed.includes(line)),
    ).toEqual([]);
  });

  it("draws the decision as a chart, in words and as Mermaid", async () => {
    const { code, stdout } = await advise("--as", "flowchart");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1\. What does one message mean\?$/m);
    const mermaid = /```mermaid\n([\s\S]*?)```/.exec(stdout)![1]!;
    expect(mermaid).toMatch(/^flowchart TD\n {2}d1\{"/);
    const drawn = [...mermaid.matchAll(/^ {2}(d\d+)\{/gm)].map((m) => m[1]!);
    expect(drawn.length).toBeLessThanOrEqual(15);
    for (const [, from, to] of mermaid.matchAll(/^ {2}(d\d+) -->\|"else"\| (d\d+)$/gm))
      expect([...drawn, `d${drawn.length + 1}`]).toEqual(expect.arrayContaining([from, to]));
  });

  it("explains a rule: what it does, when, who says so, which statements it answers", async () => {
    const { code, stdout } = await advise("explain", "replay-needs-a-log");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^replay-needs-a-log\n {2}veto: rules out kafka:share, rabbitmq:quorum, rabbitmq:classic\n/,
    );
    expect(stdout).toMatch(/when: replay is must/);
    expect(stdout).toMatch(/sources: Streams and super streams, rabbitmq\.com\/docs\/streams/);
    expect(stdout).toMatch(/answers: 004-040 /);
    const list = await advise("explain");
    expect(list.stdout).toMatch(/^gate$[\s\S]*^veto$[\s\S]*^score$[\s\S]*^note$/m);
  });
});

import { describe, expect, it } from "vitest";
import { termList, termText } from "../../src/cli/explain-text.ts";
import { judge } from "../../src/doctor/judge.ts";
import { findTerm, namesOf } from "../../src/explain/find-term.ts";
import { readTerms } from "../../src/explain/terms.ts";
import { EXIT } from "../../src/model/exit.ts";
import { FAULT_KINDS } from "../../src/model/fault.ts";
import { LATENCIES } from "../../src/model/metric.ts";
import { DURABILITIES } from "../../src/model/topology.ts";
import { renderComparison } from "../../src/report/comparison.ts";
import { PLAIN, widthOf } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import { COUNT_METRICS, RATE_METRICS } from "../../src/verify/threshold-metrics.ts";
import { literalsOf } from "../docs/markdown.ts";
import { FIT, machine } from "../doctor/facts.ts";
import { sampleRun } from "../fixtures/run.ts";
import { closedLoop, kafkaRun } from "../fixtures/series.ts";
import { codesIn, namesPrinted, rowNamesIn, sources } from "./coverage.ts";

const groups = readTerms();
const terms = groups.flatMap((g) => g.terms);
const source = sources();

/** Those that `mqbench explain` does not know. */
function unexplained(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].filter((name) => {
    try {
      findTerm(name, groups);
      return false;
    } catch {
      return true;
    }
  });
}

describe("what mqbench prints is explained", () => {
  it("every code in its source", () => {
    const codes = [...source].flatMap(([path, text]) => codesIn(text).map((code) => `${code} ${path}`));
    expect(codes.length).toBeGreaterThan(100);
    const exact = namesOf(groups, (name) => name);
    expect(codes.filter((code) => !exact.has(code.split(" ")[0]!))).toEqual([]);
  });

  it.each([
    ["model/result.ts", "FindingCode"],
    ["drivers/driver.ts", "EventKind"],
    ["drivers/driver.ts", "Outcome"],
    ["drivers/capabilities.ts", "Sharing"],
    ["model/exit.ts", "ExitKind"],
    ["report/limit-result.ts", "StepReasonCode"],
  ])("every value of a union in %s: %s", (path, type) => {
    const values = literalsOf(type, source.get(path)!);
    expect(values.length).toBeGreaterThan(1);
    expect(unexplained(values)).toEqual([]);
  });

  it("every metric, latency, durability and exit code", () => {
    const metrics = [...Object.keys(COUNT_METRICS), ...Object.keys(RATE_METRICS), ...LATENCIES];
    expect(
      unexplained([...metrics, ...DURABILITIES, ...FAULT_KINDS, ...Object.values(EXIT).map(String)]),
    ).toEqual([]);
    expect(unexplained(LATENCIES.flatMap((l) => [`${l}.p99.9`, `${l} max`]))).toEqual([]);
  });

  it("every check of the doctor", () => {
    const [disk] = FIT.disks;
    const harness = { ceilingPerS: 1, floorP50Ns: 1, floorP99Ns: 1, sizeBytes: 1 };
    const disks = [disk!, { ...disk!, purposes: ["brokers" as const] }];
    for (const facts of [FIT, machine({ disks, harness })])
      expect(unexplained(judge(facts).checks.map((c) => c.id))).toEqual([]);
  });

  it("every heading, column and row of a run's report", () => {
    const runs = [sampleRun(), kafkaRun(), closedLoop(sampleRun())];
    const subscriptions = new Set(sampleRun().subscriptions.map((s) => s.name));
    const names = runs.flatMap((run) => namesPrinted(renderRun(run, PLAIN)));
    expect(names).toEqual(
      expect.arrayContaining(["asked for", "found the client full", "largest displacement", "samples"]),
    );
    expect(unexplained(names.filter((name) => !subscriptions.has(name)))).toEqual([]);
  });

  it("every row of a comparison", () => {
    const names = namesPrinted(renderComparison([sampleRun(), kafkaRun()], { ...PLAIN, folders: [] }));
    expect(names).toEqual(expect.arrayContaining(["Every message", "mqbench late p99"]));
    const targets = /^(kafka|rabbitmq):/;
    expect(unexplained(names.filter((name) => !targets.test(name)))).toEqual([]);
  });

  it("every row that the sources of reports name", () => {
    const files = [...source].filter(([path]) => /^report\/(text-|series-rows|limit)/.test(path));
    const names = files.flatMap(([, text]) => rowNamesIn(text));
    expect(names).toEqual(expect.arrayContaining(["event loop delay", "mqbench CPU a message", "holds at"]));
    expect(unexplained(names)).toEqual([]);
  });
});

describe("the search for what lacks an explanation", () => {
  it("finds a code in any quotes, but not in a comment nor a variable of the environment", () => {
    const text =
      'throw x({ code: "MADE_UP" }); // "LINE"\n  // \'IN_COMMENT\'\n/* "BLOCK" */ y(\'ANOTHER\', env(`MQBENCH_OUT`))';
    expect(codesIn(text)).toEqual(["MADE_UP", "LINE", "ANOTHER"]);
    expect(unexplained(codesIn(text))).toEqual(["MADE_UP", "LINE", "ANOTHER"]);
  });

  it("finds a row and a column that nobody explained", () => {
    const report = renderRun(sampleRun(), PLAIN)
      .replace("event loop delay", "event loop  fancy")
      .replace("= acked", "= fancied")
      .replace("Rates (", "Fancies (");
    const names = namesPrinted(report).filter((name) => !name.startsWith("sub-"));
    expect(unexplained(names)).toEqual(expect.arrayContaining(["fancied", "event loop", "Fancies"]));
  });

  it("finds what a report's source calls a row or a column", () => {
    const text =
      '[["fancy rows", x], ["left", "right"]]; row("Rates", "fancy rate", y); agentRow("fancy agents", z); const heads = ["", "fancy head"];';
    const want = ["fancy rows", "fancy rate", "fancy agents", "fancy head"];
    expect(rowNamesIn(text)).toEqual(want);
    expect(unexplained(want)).toEqual(want);
  });
});

describe("the explanations", () => {
  it("spell every name once", () => {
    const names = terms.flatMap((t) => [t.term, ...t.aliases]);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("refer only to what there is", () => {
    expect(unexplained(terms.flatMap((t) => t.see))).toEqual([]);
  });

  it.each(terms.map((t) => [t.term, t] as const))("of %s is short and whole", (_, term) => {
    expect(term.brief).toMatch(/^\S.{10,110}[^.]$/);
    for (const sentence of [term.text, term.todo])
      if (sentence !== undefined) expect(sentence).toMatch(/[.!?)]$/);
    const lines = termText({ ...term, aliases: [], see: [] }, PLAIN)
      .trimEnd()
      .split("\n");
    const paragraph = lines.join("\n").split("\n\n")[1];
    expect(paragraph?.split("\n").length ?? 0).toBeLessThanOrEqual(8);
    expect(lines.filter((line) => widthOf(line) > 80 && !line.includes("://"))).toEqual([]);
  });

  it("are listed within 80 columns, each once, under their groups", () => {
    const text = termList(groups, PLAIN);
    expect(text.split("\n").filter((line) => widthOf(line) > 80)).toEqual([]);
    for (const { term } of terms)
      expect(text.split("\n").filter((l) => l.startsWith(`  ${term}  `))).toHaveLength(1);
  });

  it("have no key that nobody reads", () => {
    const known = ["term", "aliases", "brief", "text", "todo", "see", "source"];
    expect(terms.flatMap((t) => Object.keys(t)).filter((key) => !known.includes(key))).toEqual([]);
  });
});
